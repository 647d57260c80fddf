"""Contract section 7: a stop drains, then cancels; what has not begun stays for the next controller."""

import threading

import pytest

from appc.lcm.outcome import Outcome
from appc.lcm.ports.execution import Run
from appc.lcm.record import Task
from appc.lcm.request import Request
from tests.fakes.lives import PATIENCE_S, Life, World
from tests.fakes.requests import VM_A, VM_B


class Stubborn:
    """An execution that heeds no cancellation: it goes on until it is let go, and succeeds then."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.let_go = threading.Event()
        self.over = threading.Event()

    def __call__(self, task: Task, run: Run) -> Outcome:
        self.begun.set()
        self.let_go.wait(PATIENCE_S)
        self.over.set()
        return Outcome.success("at last")


def running(world: World, life: Life, *requests: Request) -> None:
    """Executions that are held inside."""
    world.executor.hold()
    life.submit(*requests)
    life.start()
    world.executor.wait_for_executions(len(requests))


def stopping(life: Life, **limits: float) -> threading.Thread:
    """A stop that is under way."""
    thread = threading.Thread(target=lambda: life.stop(**limits))
    thread.start()
    return thread


class TestTheDrainTime:
    """Begun requests get DRAIN_S."""

    def test_is_for_what_is_under_way(self, world: World, life: Life) -> None:
        """It ends as ever; then the stop does."""
        request = world.request()
        running(world, life, request)
        stop = stopping(life)
        world.executor.release()
        stop.join(PATIENCE_S)
        assert not stop.is_alive()
        assert world.codes(request) == [100, 400]

    def test_is_not_waited_for_where_nothing_runs(self, life: Life) -> None:
        """A stop of the idle is at once."""
        life.start()
        stop = stopping(life, drain_s=3600.0)
        stop.join(PATIENCE_S)
        assert not stop.is_alive()


class TestACancellation:
    """After the drain time: 405, and nobody knows the target's state."""

    def test_ends_every_execution(self, world: World, life: Life) -> None:
        """ABORTED, the VNF free, the state Unknown."""
        requests = [world.request(VM_A), world.request(VM_B)]
        running(world, life, *requests)
        life.stop(drain_s=0.0)
        world.executor.wait_for_end()
        for request in requests:
            assert world.codes(request) == [100, 405]
            assert world.status(request)[0] == "ABORTED"
        assert world.vnf().in_progress == ()
        assert set(world.vnf().states.values()) == {"Unknown"}
        assert world.executor.effects == []

    def test_of_one_that_does_not_come_back_is_answered_all_the_same(self, world: World, life: Life) -> None:
        """Its late outcome is dropped: the client has its answer, and it stays true."""
        stubborn = Stubborn()
        request = world.request()
        self.play(world, life, request, stubborn)
        life.stop(drain_s=0.0, cancel_s=0.0)
        assert world.codes(request) == [100, 405]
        stubborn.let_go.set()
        assert stubborn.over.wait(PATIENCE_S)
        world.executor.wait_for_end()
        assert world.codes(request) == [100, 405]
        assert world.status(request)[0] == "ABORTED"

    def test_may_come_too_late(self, world: World, life: Life) -> None:
        """What succeeds nevertheless, before it is given up, is a success."""
        stubborn = Stubborn()
        request = world.request()
        self.play(world, life, request, stubborn)
        stop = stopping(life, drain_s=0.0)
        stubborn.let_go.set()
        stop.join(PATIENCE_S)
        assert world.codes(request) == [100, 400]

    def play(self, world: World, life: Life, request: Request, stubborn: Stubborn) -> None:
        """Its execution is under way."""
        world.executor.script("Restart", stubborn)
        life.submit(request)
        life.start()
        assert stubborn.begun.wait(PATIENCE_S)


class TestWhatHasNotBegun:
    """It stays in the queue, which is everybody's."""

    @pytest.mark.parametrize("successor", ["first", "second"])
    def test_is_executed_by_the_next_controller(self, world: World, successor: str) -> None:
        """The same one started again, or another one."""
        life = world.life(workers=1)
        requests = [world.request(VM_A), world.request(VM_B), world.request(vnf_id="vnf-2")]
        world.executor.hold()
        life.submit(*requests)
        life.start()
        world.executor.wait_for_executions(1)
        life.stop(drain_s=0.0)
        world.executor.release()
        assert world.codes() == [100, 100, 100, 405]
        world.life(successor).start()
        for request in requests[1:]:
            assert world.final(request)["code"] == 400
        assert len(world.executor.effects) == 2

    def test_may_have_come_in_the_last_moment(self, world: World, life: Life) -> None:
        """Accepted while the workers stop."""
        life.start()
        life.workers.stop(0)
        request = world.request()
        life.submit(request)
        assert world.codes() == [100]
        life.finisher.stop(PATIENCE_S)
        world.life("second").start()
        assert world.final(request)["code"] == 400


def test_a_stop_while_the_bus_is_away_loses_no_answer(world: World, life: Life) -> None:
    """The final is stored; the next life publishes it."""
    request = world.request()
    running(world, life, request)
    life.faults.fail("before publish", 10**9)
    stop = stopping(life)
    world.executor.release()
    stop.join(PATIENCE_S)
    assert world.codes(request) == [100]
    after = world.life()
    after.recover()
    assert world.codes(request) == [100, 400]


def test_a_stop_gives_the_lease_back(world: World, life: Life) -> None:
    """What it still owned may be taken over at once."""
    life.finisher.start()
    request = world.request()
    life.begin(request)
    life.store.leave(life.ownership.owner)
    second = world.life("second").start()
    second.recovery.take_over()
    assert world.final(request)["code"] == 405


def test_the_message_says_that_the_controller_was_stopped(world: World, life: Life) -> None:
    """And that nobody can vouch for the target."""
    request = world.request()
    running(world, life, request)
    life.stop(drain_s=0.0)
    message = world.final(request)["message"]
    assert message.startswith("UNEXPECTED FAILURE - the controller was stopped while this was under way")
    assert world.status(request)[1] == message
