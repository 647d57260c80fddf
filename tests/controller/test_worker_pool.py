"""Steps 7 and 8: who begins what, when, and what an execution may end with (contract sections 4 and 7)."""

from collections.abc import Sequence

import pytest

from appc.controller.decisions import beginning
from appc.lcm.errors import (
    Aborted,
    DgFailure,
    ExpiredRequestFailure,
    InvalidInputParameter,
    RequestNotSupported,
    UnexpectedFailure,
)
from appc.lcm.outcome import Outcome
from appc.lcm.ports.execution import Run
from appc.lcm.ports.inventory import Vm, Vnf
from appc.lcm.record import Task
from appc.lcm.request import Request
from tests.fakes.executor import Script
from tests.fakes.inventory import FakeInventory
from tests.fakes.lives import PATIENCE_S, Life, World
from tests.fakes.requests import VM_A, VM_B

ALWAYS = 10**9


def vm_id(number: int) -> str:
    """A VM for each number."""
    return f"aaaaaaaa-0000-4000-8000-{number:012}"


@pytest.fixture
def clouds(world: World) -> World:
    """VNF `c/n` has its one VM in cloud `c`."""
    world.inventory = FakeInventory(
        Vnf(f"{cloud}/{number}", "default", vms=(Vm(vm_id(number), cloud=cloud),))
        for cloud in ("east", "west", "north")
        for number in range(10)
    )
    return world


def at(world: World, *vnf_ids: str) -> list[Request]:
    """A request for each of these VNFs, good for an hour."""
    return [world.request(None, vnf_id, ttl_s=3600) for vnf_id in vnf_ids]


def inside(world: World, number: int) -> list[str]:
    """The VNFs that are executed for, as soon as there are so many."""
    return sorted(task.request.vnf_id for task in world.executor.wait_for_executions(number))


class TestFairness:
    """WORKERS executions at once, at most half of them for one cloud or VNF type."""

    def test_no_more_than_workers_at_once(self, clouds: World) -> None:
        """The others wait, and are begun as workers come free."""
        clouds.executor.hold()
        life = clouds.life(workers=4).start()
        requests = at(clouds, "east/1", "east/2", "west/1", "west/2", "north/1", "north/2")
        life.submit(*requests)
        assert inside(clouds, 4) == ["east/1", "east/2", "west/1", "west/2"]
        life.let_pass()
        assert inside(clouds, 4) == ["east/1", "east/2", "west/1", "west/2"]
        assert life.workers.busy == 4
        assert len(clouds.store.waiting(9)) == 2
        clouds.executor.release()
        assert [clouds.final(each)["code"] for each in requests] == [400] * 6

    def test_no_more_than_half_for_one_cloud(self, clouds: World) -> None:
        """Though workers are free; a younger request for another cloud goes first."""
        clouds.executor.hold()
        life = clouds.life(workers=4).start()
        life.submit(*at(clouds, "east/1", "east/2", "east/3", "east/4", "west/1"))
        assert inside(clouds, 3) == ["east/1", "east/2", "west/1"]
        life.let_pass()
        assert inside(clouds, 3) == ["east/1", "east/2", "west/1"]

    def test_no_more_than_half_for_one_vnf_type(self, world: World) -> None:
        """A lane of its own, beside the clouds."""
        world.executor.hold()
        life = world.life(workers=4).start()
        checks = [world.request(None, f"vnf-{number}", "HealthCheck") for number in range(3)]
        life.submit(*checks, world.request(vnf_id="vnf-9"))
        assert inside(world, 3) == ["vnf-0", "vnf-1", "vnf-9"]

    @pytest.mark.parametrize("workers", [1, 2, 3])
    def test_at_least_one_for_each(self, clouds: World, workers: int) -> None:
        """Half of one or three is one."""
        clouds.executor.hold()
        life = clouds.life(workers=workers).start()
        life.submit(*at(clouds, "east/1", "east/2"))
        assert inside(clouds, 1) == ["east/1"]
        life.let_pass()
        assert inside(clouds, 1) == ["east/1"]

    def test_the_oldest_is_begun_first(self, clouds: World) -> None:
        """In the order of acceptance, across VNFs and clouds."""
        life = clouds.life(workers=1)
        vnf_ids = ["east/1", "west/2", "east/3", "north/4", "west/5"]
        requests = at(clouds, *vnf_ids)
        life.submit(*requests)
        life.start()
        for request in requests:
            clouds.final(request)
        assert [effect.vnf_id for effect in clouds.executor.effects] == vnf_ids

    def test_a_full_lane_does_not_hide_the_lanes_behind_it(self, clouds: World) -> None:
        """However long its queue is."""
        clouds.executor.hold()
        life = clouds.life(workers=2)
        life.submit(*at(clouds, *(f"east/{number}" for number in range(10)), "west/1"))
        life.start()
        assert inside(clouds, 2) == ["east/0", "west/1"]


class TestTimeToLive:
    """404: not begun when its TTL runs out."""

    def test_it_runs_out_while_all_workers_are_busy(self, world: World) -> None:
        """Nobody needs a worker to tell; the VNF is free then, its state as it was."""
        world.executor.hold()
        life = world.life(workers=1, lease_s=3600).start()
        running, waiting = world.request(VM_A, ttl_s=100), world.request(VM_B, ttl_s=20)
        life.submit(running, waiting)
        inside(world, 1)
        world.clock.advance(20)
        life.workers.wake()
        assert world.final(waiting)["code"] == 404
        assert world.codes(running) == [100]
        assert [entry.key for entry in world.vnf().in_progress] == [running.key]
        assert world.vnf().states == {}
        assert world.status(waiting)[0] == "FAILED"

    def test_is_by_the_stores_clock(self, world: World) -> None:
        """A controller whose own clock is slow begins nothing that is too late."""
        life = world.life(lease_s=3600)
        request = world.request(ttl_s=20)
        life.submit(request)
        record, owner = world.record_of(request), life.ownership.owner
        world.clock.advance(20)
        (stored,) = world.store.update_many([beginning(record.id, "vnf-1", owner)], owner)
        assert stored.record is None
        assert world.record_of(request) == record

    def test_once_begun_it_does_not_count(self, world: World) -> None:
        """The action has a time limit of its own."""
        world.executor.hold()
        life = world.life(lease_s=3600).start()
        request = world.request(ttl_s=20)
        life.submit(request)
        inside(world, 1)
        world.clock.advance(60)
        life.let_pass()
        world.executor.release()
        assert world.final(request)["code"] == 400

    def test_what_is_too_late_is_never_executed(self, world: World) -> None:
        """Even where workers are free and nobody noticed before."""
        life = world.life(lease_s=3600)
        request = world.request(ttl_s=20)
        life.submit(request)
        world.clock.advance(20)
        life.start()
        assert world.final(request)["code"] == 404
        assert world.executor.effects == []

    def test_it_is_handed_over_once_however_long_it_takes_to_be_told(self, world: World) -> None:
        """The dispatcher sees it again and again until it is stored: while the bus is away that may be an hour."""
        life = world.life(lease_s=3600)
        life.submit(world.request(VM_A, ttl_s=20), world.request(VM_B, ttl_s=20))
        world.clock.advance(20)
        sizes: list[int] = []
        life.faults.listen("before update_many", lambda changes, owner: sizes.append(len(changes)))
        life.workers.start()
        life.let_pass()
        life.workers.stop(0)
        life.finisher.start()
        life.finisher.stop(PATIENCE_S)
        assert world.codes() == [100, 100, 404, 404]
        assert sizes == [2]


def test_two_controllers_on_one_store_begin_each_request_once(world: World) -> None:
    """Whoever is faster; the results are the same."""
    lives = [world.life(name, workers=8).start() for name in ("first", "second")]
    requests = [world.request(vnf_id=f"vnf-{number}") for number in range(40)]
    for number in range(0, 40, 4):
        lives[number // 4 % 2].submit(*requests[number : number + 4])
        lives[0].workers.wake()
        lives[1].workers.wake()
    assert [world.final(each)["code"] for each in requests] == [400] * 40
    assert sorted(world.codes()) == [100] * 40 + [400] * 40
    assert len(world.executor.effects) == 40


def raises(error: BaseException) -> Script:
    """A script that raises what is no Exception."""

    def run(task: Task, run: Run) -> Outcome:
        raise error

    return run


def returns(value: object) -> Script:
    """A script that keeps no promise of the port."""
    return lambda task, run: value  # type: ignore[return-value]


ENDS = [
    pytest.param(Outcome.success("done"), 400, ": done", id="success"),
    pytest.param(DgFailure("no host"), 401, "DG FAILURE - no host", id="failure"),
    pytest.param(UnexpectedFailure("odd"), 405, "UNEXPECTED FAILURE - odd", id="unexpected failure"),
    pytest.param(InvalidInputParameter("bad vm"), 401, "INVALID INPUT PARAMETER - bad vm", id="301 comes too late"),
    pytest.param(RequestNotSupported(), 401, "REQUEST NOT SUPPORTED", id="450 comes too late"),
    pytest.param(ExpiredRequestFailure(), 405, "404", id="404 is for what was not begun"),
    pytest.param(KeyError("secret"), 405, "KeyError while executing Restart", id="defect"),
    pytest.param(raises(SystemExit(3)), 405, "SystemExit while executing Restart", id="exit of a library"),
    pytest.param(Outcome(100, "ACCEPTED"), 405, "100", id="100 is no end"),
    pytest.param(Outcome(501, "PARTIAL"), 405, "501", id="501 is no end"),
    pytest.param(Outcome(301, "INVALID"), 405, "301", id="301 is no end"),
    pytest.param(returns(None), 405, "AttributeError", id="nothing at all"),
]


@pytest.mark.parametrize(("script", "code", "text"), ENDS)
def test_whatever_an_executor_does_the_request_ends(world: World, script: Script, code: int, text: str) -> None:
    """With exactly one final 4xx, and the VNF is free; a secret in an exception's text stays in the log."""
    life = world.life(workers=1).start()
    if isinstance(script, Outcome):
        script = returns(script)
    world.executor.script("Restart", script)
    request = world.request()
    life.submit(request)
    final = world.final(request)
    assert final["code"] == code
    assert text in final["message"]
    assert "secret" not in final["message"]
    assert world.codes(request) == [100, code]
    assert world.vnf().in_progress == ()
    assert world.status(request)[0] == ("SUCCESSFUL" if code == 400 else "FAILED")
    after = world.request()  # the only worker is free again
    life.submit(after)
    assert world.final(after)["code"] == 400


@pytest.mark.parametrize(
    ("script", "state"),
    [
        pytest.param(Outcome.success(), "Running", id="success"),
        pytest.param(DgFailure("no host"), "Error", id="failure"),
        pytest.param(Aborted("stopped"), "Unknown", id="abort"),
    ],
)
def test_the_target_settles_by_its_end(world: World, script: Script, state: str) -> None:
    """The state machine of the target, applied with the outcome."""
    life = world.life().start()
    world.executor.script("Restart", script)
    request = world.request()
    life.submit(request)
    world.final(request)
    assert list(world.vnf().states.values()) == [state]


class TestTheStoreIsOutOfReach:
    """Unavailable while requests are taken."""

    @pytest.mark.parametrize("point", ["before waiting", "before expired", "before update_many", "before begun_by"])
    def test_requests_are_begun_when_it_is_back(self, world: World, point: str) -> None:
        """Nothing is lost meanwhile."""
        life = world.life()
        request = world.request()
        life.submit(request)
        life.faults.fail(point, 2)
        life.start()
        assert world.final(request)["code"] == 400
        assert len(world.executor.effects) == 1

    def test_what_was_begun_without_saying_so_is_executed_once(self, world: World) -> None:
        """The write succeeded and its result was lost: as long as this controller lives, nobody else will do it."""
        life = world.life()
        requests = [world.request(vnf_id=f"vnf-{number}") for number in range(2)]
        life.submit(*requests)
        life.faults.fail("after update_many")
        life.start()
        assert [world.final(each)["code"] for each in requests] == [400, 400]
        assert len(world.executor.effects) == 2

    def test_what_was_begun_without_saying_so_by_a_former_life_is_not_executed(self, world: World) -> None:
        """That life is over, by its lease: recovery answers for it."""
        life = world.life()
        request = world.request()
        life.submit(request)
        life.faults.listen("after update_many", lambda changes, owner: lapse(world, life, changes))
        life.faults.fail("after update_many")
        life.start()
        life.faults.wait_for("after join", 2)
        life.let_pass()
        life.recovery.take_over()
        assert "ABORTED" not in world.final(request)["message"]
        assert world.status(request)[0] == "ABORTED"
        assert world.executor.effects == []


def lapse(world: World, life: Life, changes: Sequence[object]) -> None:
    """The lease lapses in the middle of the first write; a new life begins."""
    if life.ownership.owner == "first#1":
        world.clock.advance(11)
        life.ownership.renew()


def test_nothing_is_begun_without_a_lease(world: World) -> None:
    """Somebody else may believe this controller dead."""
    life = world.life(lease_s=5)
    request = world.request()
    life.submit(request)
    world.clock.advance(6)
    life.start()
    life.let_pass()
    assert world.record_of(request).phase == "accepted"
    life.ownership.renew()
    assert world.final(request)["code"] == 400


def test_observers_hear_the_life_of_a_request_in_order(world: World) -> None:
    """Accepted, started, every step, finished; with the seconds it waited and took."""
    life = world.life(lease_s=60)
    request = world.request()
    life.submit(request)
    world.clock.advance(2)
    world.executor.script("Restart", takes(world, 3))
    life.start()
    world.final(request)
    assert life.heard() == ["Accepted", "Started", "Progressed", "Finished"]
    started, finished = life.events[1], life.events[3]
    assert vars(started)["waited_s"] == 2.0
    assert vars(finished)["took_s"] == 5.0


def takes(world: World, seconds: float) -> Script:
    """A script during which time passes."""

    def run(task: Task, run: Run) -> Outcome:
        world.clock.advance(seconds)
        return Outcome.success()

    return run
