"""One execution: steps, progress, limits and the lease that fences them (contract section 7; port Run)."""

import threading
from datetime import timedelta

import pytest

from appc.controller.decisions import finishing
from appc.controller.execution import Execution
from appc.lcm.errors import Aborted, DgFailure
from appc.lcm.outcome import Outcome
from appc.lcm.record import Step
from appc.lcm.request import Request
from tests.fakes.clock import START
from tests.fakes.lives import LEASE_S, Life, World

ALWAYS = 10**9
LIMIT_S = 600


class Run:
    """A request that was begun by hand, and its execution."""

    def __init__(self, world: World, life: Life) -> None:
        self.world = world
        self.life = life
        self.request: Request = world.request(ttl_s=3600)
        self.record = life.begin(self.request)
        self.execution = Execution(self.record, life.core)

    def steps(self) -> tuple[Step, ...]:
        """The journal."""
        return self.world.record_of(self.request).steps

    def status(self) -> tuple[str, str]:
        """What ActionStatus says."""
        return self.world.status(self.request)


@pytest.fixture
def run(world: World, life: Life) -> Run:
    """One that has just begun."""
    return Run(world, life)


class TestAStep:
    """Journalled before and after."""

    def test_is_in_the_journal_before_it_is_taken_and_again_when_it_is_done(self, world: World, run: Run) -> None:
        """By the controller's clock."""
        with run.execution.step("os-stop web-1"):
            assert run.steps() == (Step("os-stop web-1", START),)
            world.clock.advance(3)
        assert run.steps() == (Step("os-stop web-1", START, START + timedelta(seconds=3)),)

    def test_is_what_action_status_shows(self, run: Run) -> None:
        """The latest of them."""
        assert run.status() == ("IN_PROGRESS", "begun")
        with run.execution.step("os-stop web-1"):
            assert run.status() == ("IN_PROGRESS", "os-stop web-1")
        with run.execution.step("os-start web-1"):
            assert run.status() == ("IN_PROGRESS", "os-start web-1")

    def test_that_fails_is_not_done(self, run: Run) -> None:
        """The journal says where it was left."""
        with pytest.raises(DgFailure), run.execution.step("os-stop web-1"):
            raise DgFailure("conflict")
        assert [step.done_at for step in run.steps()] == [None]

    def test_is_told_to_observers(self, run: Run) -> None:
        """With its name."""
        with run.execution.step("os-stop web-1"):
            pass
        assert [vars(event)["step"] for event in run.life.events if type(event).__name__ == "Progressed"] == [
            "os-stop web-1"
        ]

    def test_waits_for_the_store(self, run: Run) -> None:
        """As long as the lease holds, a store that comes back costs nothing but time."""
        run.life.faults.fail("before update_many", 1)
        with run.execution.step("os-stop web-1"):
            assert run.status() == ("IN_PROGRESS", "os-stop web-1")

    def test_is_not_taken_where_the_store_stays_away_longer_than_the_lease(self, world: World, run: Run) -> None:
        """It cannot be journalled, and the lease cannot be renewed."""
        run.life.faults.fail("before update_many", ALWAYS)
        run.life.faults.listen("before update_many", lambda *_: world.clock.advance(LEASE_S))
        with pytest.raises(Aborted, match="lost its lease"), run.execution.step("os-stop web-1"):
            pytest.fail("the step was taken")

    def test_that_was_taken_is_not_undone_by_a_store_that_went_away_meanwhile(self, run: Run) -> None:
        """The next step will notice, if it has to."""
        with run.execution.step("os-stop web-1"):
            run.life.faults.fail("before update_many", 1)
        assert [step.done_at for step in run.steps()] == [None]
        with run.execution.step("os-start web-1"):
            pass

    def test_is_not_taken_by_one_who_was_asleep_while_it_was_journalled(self, world: World, run: Run) -> None:
        """Its lease is over by now."""
        run.life.faults.listen("after update_many", lambda *_: world.clock.advance(LEASE_S))
        with pytest.raises(Aborted, match="lost its lease"), run.execution.step("os-stop web-1"):
            pytest.fail("the step was taken")

    def test_that_waits_for_the_store_is_logged_once(self, run: Run, caplog: pytest.LogCaptureFixture) -> None:
        """However often it is tried again."""
        run.life.faults.fail("before update_many", 3)
        with run.execution.step("os-stop web-1"):
            pass
        said = [each.levelname for each in caplog.records if "is not journalled" in each.message]
        assert said.count("WARNING") == 1

    def test_is_not_taken_after_the_lease_is_lost(self, world: World, run: Run) -> None:
        """Known by the clock alone: nobody has to be asked."""
        world.clock.advance(LEASE_S)
        run.life.faults.fail("before update_many", ALWAYS)
        with pytest.raises(Aborted, match="lost its lease"), run.execution.step("os-stop web-1"):
            pytest.fail("the step was taken")

    def test_is_not_taken_in_the_next_life_of_its_controller(self, world: World, run: Run) -> None:
        """What a former life had begun is given up."""
        world.clock.advance(LEASE_S)
        run.life.ownership.renew()
        with pytest.raises(Aborted, match="lost its lease"), run.execution.step("os-stop web-1"):
            pytest.fail("the step was taken")

    def test_is_not_taken_once_somebody_else_has_answered(self, world: World, run: Run) -> None:
        """Even where this controller believes that its lease holds: the journal is the judge."""
        taken_over = finishing(run.record.id, "vnf-1", Outcome.of(Aborted("gone")), run.life.core.rules)
        world.store.update_many([taken_over], "second#1")
        with pytest.raises(Aborted, match="taken this over"), run.execution.step("os-stop web-1"):
            pytest.fail("the step was taken")
        assert run.steps() == ()

    def test_that_somebody_else_has_answered_for_ends_aborted(self, world: World, run: Run) -> None:
        """A step that was under way does not come back as if nothing had happened."""
        taken_over = finishing(run.record.id, "vnf-1", Outcome.of(Aborted("gone")), run.life.core.rules)
        with pytest.raises(Aborted, match="taken this over"), run.execution.step("os-stop web-1"):
            world.store.update_many([taken_over], "second#1")


class TestProgress:
    """For ActionStatus; cheap to call often."""

    def test_is_shown_with_its_percentage(self, run: Run) -> None:
        """Or without one."""
        run.execution.progress("waiting for ACTIVE")
        assert run.status()[1] == "waiting for ACTIVE"

    def test_is_written_once_a_second_at_most(self, world: World, run: Run) -> None:
        """Each time the latest."""
        shown = []
        for percent in range(0, 60, 10):
            run.execution.progress("copying", percent)
            shown.append(run.status()[1])
            world.clock.advance(0.5)
        assert shown == [
            "copying (0 %)",
            "copying (0 %)",
            "copying (20 %), 1 s so far",
            "copying (20 %), 1 s so far",
            "copying (40 %), 2 s so far",
            "copying (40 %), 2 s so far",
        ]

    def test_that_says_the_same_again_is_not_written(self, world: World, run: Run) -> None:
        """An hour of waiting leaves the store alone."""
        for _ in range(5):
            run.execution.progress("waiting for ACTIVE")
            world.clock.advance(1)
        assert run.life.faults.passed("after update_many") == 3  # accepted, begun, and this

    def test_does_not_make_the_journal_grow_for_ever(self, world: World, run: Run) -> None:
        """One entry for each text, however often its percentage changes."""
        for percent in range(100):
            run.life.ownership.renew()
            run.execution.progress("copying", percent)
            world.clock.advance(1)
        assert [str(step) for step in run.steps()] == ["copying (99 %)"]

    def test_is_no_matter_for_which_anything_fails(self, run: Run) -> None:
        """A store that is out of reach does not show it, that is all."""
        run.life.faults.fail("before update_many")
        run.execution.progress("copying", 10)

    def test_comes_to_an_end_with_the_lease(self, world: World, run: Run) -> None:
        """As a step does."""
        world.clock.advance(LEASE_S)
        with pytest.raises(Aborted):
            run.execution.progress("copying", 10)


class TestTheTimeLimit:
    """Once begun, an action is bounded by its own (contract section 4)."""

    @pytest.fixture
    def life(self, world: World) -> Life:
        """A lease that is longer."""
        return world.life(lease_s=3600)

    def test_is_the_actions_from_its_begin(self, world: World, run: Run) -> None:
        """In seconds that never jump."""
        assert run.execution.remaining_s() == LIMIT_S
        world.clock.advance(LIMIT_S - 1)
        assert run.execution.remaining_s() == 1

    def test_ends_every_call_with_401(self, world: World, run: Run) -> None:
        """The message says how long it was."""
        world.clock.advance(LIMIT_S)
        with pytest.raises(DgFailure, match="Restart was not done within its time limit of 600 s"):
            run.execution.progress("still there")
        with pytest.raises(DgFailure), run.execution.step("os-stop web-1"):
            pytest.fail("the step was taken")
        with pytest.raises(DgFailure):
            run.execution.wait(100)  # not a hundred seconds: there is nothing left of the limit


class TestACancellation:
    """The controller stops."""

    def test_ends_every_call_with_aborted(self, run: Run) -> None:
        """405, and nobody knows the target's state."""
        run.execution.cancel()
        with pytest.raises(Aborted, match="the controller was stopped"):
            run.execution.progress("copying")
        with pytest.raises(Aborted, match="the controller was stopped"):
            run.execution.wait(60)
        with pytest.raises(Aborted), run.execution.step("os-stop web-1"):
            pytest.fail("the step was taken")
        assert run.steps() == ()

    def test_ends_a_wait_at_once(self, run: Run) -> None:
        """However long it was meant to be."""
        raised: list[BaseException] = []

        def wait() -> None:
            try:
                run.execution.wait(60)
            except Aborted as aborted:
                raised.append(aborted)

        waiting = threading.Thread(target=wait)
        waiting.start()
        run.execution.cancel()
        waiting.join(10)
        assert not waiting.is_alive()
        assert [type(error) for error in raised] == [Aborted]

    def test_lets_a_step_that_was_taken_be_journalled(self, run: Run) -> None:
        """It was done; the next one is not begun."""
        with run.execution.step("os-stop web-1"):
            run.execution.cancel()
        assert [step.done_at is not None for step in run.steps()] == [True]

    def test_is_told_with_the_last_step(self, run: Run) -> None:
        """For whoever has to look after the target."""
        with run.execution.step("os-stop web-1"):
            run.execution.cancel()
        with pytest.raises(Aborted, match=r"was stopped .*; its last step was: os-stop web-1; the target's state"):
            run.execution.progress("waiting for SHUTOFF")


def test_several_threads_may_take_steps_of_one_execution(run: Run) -> None:
    """As a fan-out does: no entry of the journal is lost."""

    def work(number: int) -> None:
        for step in range(5):
            with run.execution.step(f"{step} on vm-{number}"):
                pass

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len({step.name for step in run.steps() if step.done_at}) == 20
