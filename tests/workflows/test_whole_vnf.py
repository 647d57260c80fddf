"""Start, Stop and Restart of a whole VNF, on the whole way through a controller (contract sections 3.2 and 4)."""

import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from appc.lcm.errors import DgFailure
from appc.lcm.outcome import Outcome
from appc.lcm.ports.execution import Run
from appc.lcm.ports.inventory import Vm, Vnf
from appc.lcm.record import Task
from appc.lcm.request import Request
from tests.fakes.executor import Effect
from tests.fakes.inventory import FakeInventory
from tests.fakes.lives import PATIENCE_S, Life, World

VMS = [f"aaaaaaaa-0000-4000-8000-{number:012}" for number in range(20)]


@pytest.fixture
def world() -> Iterator[World]:
    """A VNF of twenty VMs."""
    world = World(FakeInventory([Vnf("vnf-1", "default", vms=tuple(Vm(id, cloud="lab") for id in VMS))]))
    yield world
    world.close()


@pytest.fixture
def life(world: World) -> Life:
    """A controller at work."""
    return world.life().start()


def submitted(world: World, life: Life, action: str = "Stop") -> Request:
    """A request for the VNF."""
    request = world.request(None, action=action)
    assert life.submit(request) == [100]
    return request


@pytest.mark.parametrize("action", ["Start", "Stop", "Restart"])
def test_every_vm_is_done(world: World, life: Life, action: str) -> None:
    """One 100, one final, and an effect for each VM."""
    request = submitted(world, life, action)
    assert world.final(request)["code"] == 400
    assert world.codes(request) == [100, 400]
    done = {effect.vm_id for effect in world.executor.effects}
    assert (done, len(world.executor.effects)) == (set(VMS), len(VMS))


def test_no_more_than_eight_at_once(world: World, life: Life) -> None:
    """A VNF may be large; the request takes one worker."""
    inside, most, lock = set[str](), [0], threading.Lock()
    eight, nine = threading.Barrier(8), threading.Barrier(9)

    def work(task: Task, run: Run) -> Outcome:
        vm_id = task.vms[0].vm_id
        with lock:
            inside.add(vm_id)
            most[0] = max(most[0], len(inside))
        if vm_id in VMS[:8]:
            eight.wait(PATIENCE_S)  # so many are needed to get any further
        with suppress(threading.BrokenBarrierError):
            nine.wait(0.2)  # one more would get through here
        with lock:
            inside.remove(vm_id)
        return Outcome.success()

    world.executor.script("Stop", *[work] * len(VMS))
    request = submitted(world, life)
    assert world.final(request)["code"] == 400
    assert (most, nine.broken) == ([8], True)
    assert life.workers.busy <= 1


def test_a_part_that_failed_is_told_by_501_and_then_401(world: World, life: Life) -> None:
    """Both name the VM and why; the others are done."""
    world.executor.script("Stop", DgFailure("conflict: busy"), vm_id=VMS[3])
    request = submitted(world, life)
    world.final(request)
    assert world.codes(request) == [100, 501, 401]
    for answer in world.answers(request)[1:]:
        assert VMS[3].encode() in answer
        assert b"conflict: busy" in answer
    assert len(world.executor.effects) == len(VMS) - 1
    assert set(world.vnf().states.values()) == {"Error"}


def test_where_all_failed_there_is_no_501(world: World, life: Life) -> None:
    """Nothing was done."""
    world.executor.script("Stop", *[DgFailure("no host")] * len(VMS))
    request = submitted(world, life)
    world.final(request)
    assert world.codes(request) == [100, 401]


@pytest.mark.parametrize("defect", [KeyError("x"), SystemExit(1)], ids=["an exception", "an exit"])
def test_a_defect_on_one_vm_ends_405_after_all_were_tried(world: World, life: Life, defect: BaseException) -> None:
    """However early it comes: those behind it are not forgotten."""

    def stumble(task: Task, run: Run) -> Outcome:
        raise defect

    world.executor.script("Stop", stumble, vm_id=VMS[0])
    request = submitted(world, life)
    assert world.final(request)["code"] == 405
    assert {effect.vm_id for effect in world.executor.effects} == set(VMS[1:])


def test_a_stop_cancels_all_of_them(world: World, life: Life) -> None:
    """405, ABORTED; those that waited for their turn do nothing either."""
    world.executor.hold()
    request = submitted(world, life)
    world.executor.wait_for_executions(8)
    life.stop(drain_s=0.0)
    assert world.codes(request) == [100, 405]
    assert world.status(request)[0] == "ABORTED"
    assert world.vnf().states == {"everything": "Unknown"}
    assert world.executor.effects == []


def test_a_lost_lease_ends_all_of_them(world: World, life: Life) -> None:
    """No VM is touched after it."""
    world.executor.hold()
    request = submitted(world, life)
    world.executor.wait_for_executions(8)
    world.clock.advance(10)
    world.executor.release()
    assert world.final(request)["code"] == 405
    assert world.executor.effects == []


def test_the_time_limit_is_for_all_of_them_together(world: World) -> None:
    """Those that were done in time are told of."""
    life = world.life(lease_s=3600).start()

    def slow(task: Task, run: Run) -> Outcome:
        world.clock.advance(700)
        run.progress("still there")
        return Outcome.success()

    world.executor.script("Stop", slow, vm_id=VMS[0])
    request = submitted(world, life)
    final = world.final(request)
    assert final["code"] == 401
    assert "was not done within its time limit of 600 s" in final["message"]
    assert Effect("Stop", "vnf-1", VMS[0], request.key.request_id) not in world.executor.effects
