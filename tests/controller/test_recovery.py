"""Contract section 7 and section 4, "Unstable": what a dead controller owned is answered by a living one, once."""

import threading
from datetime import timedelta

import pytest

from appc.controller.execution import Execution
from appc.controller.finisher import Ended
from appc.controller.ownership import Ownership
from appc.controller.recovery import Recovery
from appc.lcm.outcome import Outcome
from appc.lcm.ports.failures import Unavailable
from appc.lcm.request import Request
from tests.fakes.faulty import Died
from tests.fakes.lives import LEASE_S, PATIENCE_S, Life, World
from tests.fakes.requests import VM_A, VM_B

ALWAYS = 10**9


@pytest.fixture
def dead(world: World) -> Life:
    """A controller that is about to die."""
    return world.life("first")


def begun(world: World, life: Life, vm_id: str = VM_A, vnf_id: str = "vnf-1") -> Request:
    """A request that it had begun, with a step in the journal."""
    request = world.request(vm_id, vnf_id, ttl_s=3600)
    with Execution(life.begin(request), life.core).step("os-stop web-1"):
        pass
    return request


class TestWhatItHadBegun:
    """It ends 405/ABORTED: it is never silently run again."""

    def test_is_answered_at_once_by_its_next_life(self, world: World, dead: Life) -> None:
        """Its id is its own again: nobody needs to wait for the lease. Nothing new is read before that."""
        request = begun(world, dead)
        dead.faults.die()
        world.life("first").recover()
        assert world.codes(request) == [100, 405]
        assert world.status(request)[0] == "ABORTED"

    def test_is_answered_by_another_controller_after_its_lease(self, world: World, dead: Life) -> None:
        """Until then it may only be slow."""
        request = begun(world, dead)
        dead.faults.die()
        other = world.life("second").start()
        world.clock.advance(LEASE_S - 0.001)
        other.ownership.renew()
        other.recovery.take_over()
        assert world.codes(request) == [100]
        world.clock.advance(0.001)
        other.recovery.take_over()
        assert world.final(request)["code"] == 405

    def test_is_answered_with_its_last_step(self, world: World, dead: Life) -> None:
        """For whoever has to look after the VM."""
        request = begun(world, dead)
        dead.faults.die()
        world.life("first").recover()
        assert world.final(request)["message"] == (
            "UNEXPECTED FAILURE - the controller that executed this was silent for longer than its lease;"
            " its last step was: os-stop web-1; the target's state is not known"
        )

    def test_leaves_its_target_in_an_unknown_state(self, world: World, dead: Life) -> None:
        """From which everything is allowed."""
        begun(world, dead)
        dead.faults.die()
        after = world.life("first")
        after.recover()
        assert list(world.vnf().states.values()) == ["Unknown"]
        assert after.submit(world.request()) == [100]

    def test_goes_nowhere_though_its_executor_still_lives(self, world: World, dead: Life) -> None:
        """Its next step cannot be taken."""
        request = world.request()
        world.executor.hold()
        dead.submit(request)
        dead.start()
        world.executor.wait_for_executions(1)
        dead.faults.die()
        world.life("first").recover()
        world.executor.release()
        assert world.codes(request) == [100, 405]
        assert world.executor.effects == []

    @pytest.mark.parametrize("point", ["before update_many", "after update_many"])
    def test_is_not_begun_again_where_it_died_while_beginning(self, world: World, dead: Life, point: str) -> None:
        """Begun and not executed, or not begun: the store knows."""
        request = world.request()
        dead.submit(request)
        dead.faults.die(point)
        dead.start()
        assert dead.faults.died.wait(PATIENCE_S)
        after = world.life("first").start()
        after.recovery.take_over()
        code = 400 if point == "before update_many" else 405
        assert world.final(request)["code"] == code
        assert len(world.executor.effects) == (code == 400)

    @pytest.mark.parametrize(
        ("point", "code"),
        [
            pytest.param("before update_many", 405, id="not stored: nobody knows any more"),
            pytest.param("after update_many", 400, id="stored"),
            pytest.param("before publish", 400, id="not published"),
            pytest.param("after publish", 400, id="published"),
            pytest.param("after published", 400, id="marked published"),
        ],
    )
    def test_ends_as_it_did_if_that_was_stored(self, world: World, dead: Life, point: str, code: int) -> None:
        """One final, whatever was on the way; perhaps twice, byte-identical."""
        request = begun(world, dead)
        dead.faults.die(point)
        with pytest.raises(Died):
            dead.finisher.finish_now([Ended(world.record_of(request).id, "vnf-1", Outcome.success())])
        after = world.life("first")
        after.recover()
        after.recovery.take_over()
        assert list(dict.fromkeys(world.codes(request))) == [100, code]
        assert len(set(world.answers(request))) == 2


class TestWhatItHadAccepted:
    """It waits for anybody, and its answers are told."""

    def test_is_executed_without_waiting_for_a_lease(self, world: World, dead: Life) -> None:
        """The queue is everybody's."""
        request = world.request()
        dead.submit(request)
        dead.faults.die()
        world.life("second").start()
        assert world.final(request)["code"] == 400

    @pytest.mark.parametrize("point", ["after update_many", "before publish", "after publish", "before published"])
    def test_gets_its_stored_answers_and_enters_the_queue(self, world: World, dead: Life, point: str) -> None:
        """Byte-identical where they were out already; by the doors that nobody delivers again, too."""
        lock, accepted = world.request(None, action="Lock"), world.request(vnf_id="vnf-2")
        dead.faults.die(point)
        with pytest.raises(Died):
            dead.submit(lock, accepted)
        after = world.life("first").start()
        after.recover()
        assert world.final(accepted)["code"] == 400
        assert set(world.codes(lock)) == {400}
        assert list(dict.fromkeys(world.codes(accepted))) == [100, 400]
        assert len(set(world.answers())) == 3


class TestSeveralWhoRecover:
    """Of one dead controller."""

    def test_answer_once(self, world: World, dead: Life) -> None:
        """Whoever stores it first; the others have nothing to say."""
        requests = [begun(world, dead, vnf_id=f"vnf-{number}") for number in range(10)]
        dead.faults.die()
        world.clock.advance(LEASE_S)
        lives = [world.life(name).start() for name in ("second", "third", "first")]
        threads = [threading.Thread(target=life.recovery.take_over) for life in lives for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_S)
        for life in lives:
            life.stop()
        for request in requests:
            assert world.codes(request) == [100, 405]

    def test_may_die_themselves(self, world: World, dead: Life) -> None:
        """Then the next one does it."""
        request = begun(world, dead)
        dead.faults.die()
        for point in ("before begun_by", "before update_many", "after update_many", "before publish"):
            life = world.life("first")
            life.faults.die(point)
            with pytest.raises(Died):
                life.recover()
        world.life("first").recover()
        assert world.codes(request) == [100, 405]

    def test_find_the_same_again_until_it_is_stored(self, world: World, dead: Life) -> None:
        """It is handed to the finisher once."""
        request = begun(world, dead)
        dead.faults.die()
        world.clock.advance(LEASE_S)
        life = world.life("second")
        for _ in range(5):
            life.recovery.take_over()
        life.start()
        assert world.final(request)["code"] == 405
        life.stop()
        assert life.faults.passed("before publish") == 1


class TestUnstable:
    """309: from the lapse of a dead controller's lease until a living one has stored the final answer."""

    @pytest.fixture
    def orphaned(self, world: World, dead: Life) -> Life:
        """A living controller that has not taken over yet."""
        begun(world, dead)
        dead.faults.die()
        world.clock.advance(LEASE_S)
        return world.life("second")

    def test_is_the_target_of_that_request(self, world: World, orphaned: Life) -> None:
        """Another VM of the VNF is not."""
        assert orphaned.submit(world.request(VM_A), world.request(VM_B)) == [309, 100]

    def test_is_not_before_the_lease_has_lapsed(self, world: World, dead: Life) -> None:
        """It may only be slow: the VM is busy."""
        begun(world, dead)
        dead.faults.die()
        world.clock.advance(LEASE_S - 0.001)
        assert world.life("second").submit(world.request()) == [316]

    def test_does_not_stop_force(self, world: World, orphaned: Life) -> None:
        """Check 10 is passed by it."""
        assert orphaned.submit(world.request(force=True)) == [100]

    def test_is_over_when_somebody_has_taken_over(self, world: World, orphaned: Life) -> None:
        """The state is Unknown then."""
        orphaned.recover()
        assert orphaned.submit(world.request()) == [100]


class TestASleeper:
    """A controller that was asleep for longer than its lease, and believes that nothing has happened."""

    def test_takes_no_further_step_and_publishes_nothing_for_what_was_taken_over(self, world: World) -> None:
        """The client keeps the answer it has."""
        sleeper = world.life("first")
        request = world.request()
        world.executor.hold()
        sleeper.submit(request)
        sleeper.start()
        world.executor.wait_for_executions(1)
        world.clock.advance(LEASE_S)
        other = world.life("second").start()
        other.recovery.take_over()
        assert world.final(request)["code"] == 405
        before = sleeper.faults.passed("before publish")
        world.executor.release()
        sleeper.stop()
        assert world.codes(request) == [100, 405]
        assert sleeper.faults.passed("before publish") == before
        assert world.executor.effects == []

    def test_gives_up_what_it_was_executing_if_nobody_has_taken_over(self, world: World) -> None:
        """405 by itself."""
        sleeper = world.life("first")
        request = world.request()
        world.executor.hold()
        sleeper.submit(request)
        sleeper.start()
        world.executor.wait_for_executions(1)
        world.clock.advance(LEASE_S)
        world.executor.release()
        assert "lost its lease" in world.final(request)["message"]
        assert world.status(request)[0] == "ABORTED"

    def test_joins_anew_and_works_on(self, world: World) -> None:
        """Under the same id, in its next life; its former one it takes over itself."""
        life = world.life("first")
        request = begun(world, life)
        world.clock.advance(LEASE_S)
        life.ownership.renew()
        assert life.ownership.owner == "first#2"
        life.start()
        life.recovery.take_over()
        assert world.final(request)["code"] == 405
        after = world.request()
        life.submit(after)
        assert world.final(after)["code"] == 400

    def test_answers_no_request_twice_when_it_wakes_between_storing_and_publishing(self, world: World) -> None:
        """What another controller published for it meanwhile is byte-identical, and executed once."""
        sleeper, other = world.life("first"), world.life("second").start()
        request = world.request()

        def sleep(*_: object) -> None:
            world.clock.advance(LEASE_S)
            other.ownership.renew()
            other.recovery.take_over()
            world.final(request)

        sleeper.faults.listen("before publish", sleep)
        sleeper.deliver([request])
        assert set(world.codes(request)) == {100, 400}
        assert len(set(world.answers(request))) == 2
        assert len(world.executor.effects) == 1


class TestOutOfReach:
    """Store or bus are away while somebody is to be taken over."""

    def test_the_start_fails_rather_than_to_forget(self, world: World, dead: Life) -> None:
        """Unavailable: whoever starts it says so."""
        begun(world, dead)
        dead.faults.die()
        life = world.life("first")
        life.faults.fail("before begun_by")
        with pytest.raises(Unavailable):
            life.recover()

    def test_a_start_that_failed_is_repeated_or_given_up(self, world: World, dead: Life) -> None:
        """By whoever waits for the store, or is told to stop meanwhile."""
        request = begun(world, dead)
        dead.faults.die()
        life = world.life("first")
        life.faults.fail("before dead", 2)
        for _ in range(2):
            with pytest.raises(Unavailable):
                life.recovery.start()
        life.recovery.stop()
        world.life("first").recover()
        assert world.codes(request) == [100, 405]

    def test_a_bus_that_is_away_does_not_keep_vnfs_unstable(self, world: World, dead: Life) -> None:
        """What was begun is ended first; answers that are left wait for the next look."""
        request = begun(world, dead)
        dead.faults.die("after update_many")
        with pytest.raises(Died):
            dead.submit(world.request(vnf_id="vnf-2"))
        life = world.life("first")
        life.faults.fail("before publish", 1)
        with pytest.raises(Unavailable):
            life.recovery.take_over()
        life.start()
        assert world.final(request)["code"] == 405
        life.recovery.take_over()
        assert world.codes().count(100) == 2


def test_the_thread_takes_over_by_itself(world: World) -> None:
    """It looks several times within a lease; a store that is away for a while is looked at again."""
    life = world.life("second").start()
    ownership = Ownership(life.store, "third", timedelta(seconds=0.2), world.clock)
    core = type(life.core)(life.store, ownership, life.core.rules, life.core.observers, world.clock)
    recovery = Recovery(life.store, core, life.finisher, life.replies)
    recovery.start()
    dying = world.life("first")
    request = begun(world, dying)
    life.faults.fail("before dead", 2)
    dying.faults.die()
    world.clock.advance(LEASE_S)
    assert world.final(request)["code"] == 405
    recovery.stop()


def test_the_dead_are_those_who_own_something(world: World) -> None:
    """Who left nothing is no matter."""
    first = world.life("first")
    first.submit(world.request(None, action="CheckLock"))
    first.faults.die()
    life = world.life("first")
    life.recover()
    assert life.faults.passed("before begun_by") == 0
