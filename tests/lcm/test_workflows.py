"""What an action means after 100: delegated to its executor, or done on every VM of the VNF (contract section 3.2)."""

import threading

import pytest

from appc.lcm.actions import DeviceProtocol
from appc.lcm.errors import Aborted, DgFailure, ExpiredRequestFailure, Failed
from appc.lcm.outcome import Outcome
from appc.lcm.record import Task, VmPlace
from appc.lcm.target import Target
from appc.workflows.tables import WORKFLOWS
from tests.fakes.device import ports_of
from tests.fakes.executor import Effect, FakeExecutor
from tests.fakes.requests import VM_A, VM_B, VM_C, a_request
from tests.fakes.run import FakeRun

THREE = (VM_A, VM_B, VM_C)


def task(action: str = "Stop", vms: tuple[str, ...] = THREE) -> Task:
    """A task for these VMs."""
    request = a_request(action, request_id="r")
    places = tuple(VmPlace(vm, "lab") for vm in vms)
    return Task(request, Target("vnf-1"), DeviceProtocol.OPENSTACK, "openstack:lab", places)


def done(task: Task, executor: FakeExecutor, run: FakeRun | None = None) -> Outcome:
    """The outcome of the action's workflow."""
    return WORKFLOWS[task.action.workflow](task, ports_of(executor), run or FakeRun())


def test_most_actions_are_delegated_whole() -> None:
    """One call of the executor."""
    executor = FakeExecutor()
    assert done(task("Reboot", (VM_A,)), executor).code == 400
    assert executor.effects == [Effect("Reboot", "vnf-1", VM_A, "r")]


def test_a_failure_of_the_executor_flies_on() -> None:
    """Whoever runs the workflow makes an outcome of it."""
    executor = FakeExecutor()
    executor.script("Reboot", DgFailure("no host"))
    with pytest.raises(DgFailure, match="no host"):
        done(task("Reboot", (VM_A,)), executor)


@pytest.mark.parametrize("action", ["Start", "Stop", "Restart"])
class TestAFanOut:
    """Start, Stop and Restart of a whole VNF."""

    def test_does_every_vm_and_is_one_success(self, action: str) -> None:
        """A full success is 400, without 501."""
        executor = FakeExecutor()
        outcome = done(task(action), executor)
        assert (outcome.code, outcome.partial) == (400, ())
        assert {effect.vm_id for effect in executor.effects} == set(THREE)

    def test_of_one_vm_is_the_executors_own_outcome(self, action: str) -> None:
        """Simply delegated."""
        executor = FakeExecutor()
        executor.script(action, Outcome.success("it was so already"))
        assert done(task(action, (VM_A,)), executor).message.endswith(": it was so already")

    def test_that_fails_in_part_ends_401_with_a_501_before_it(self, action: str) -> None:
        """Details in the message; the others are done nevertheless."""
        executor = FakeExecutor()
        executor.script(action, DgFailure("conflict: it is busy"), vm_id=VM_B)
        outcome = done(task(action), executor)
        assert outcome.code == 401
        assert outcome.message.startswith("DG FAILURE - ")
        (intermediate,) = outcome.intermediates()
        assert intermediate.code == 501
        for message in (outcome.message, intermediate.message):
            assert all(word in message for word in (VM_B, "conflict: it is busy", "1 of 3"))
            assert VM_A not in message
        assert {effect.vm_id for effect in executor.effects} == {VM_A, VM_C}

    def test_that_fails_altogether_is_401_alone(self, action: str) -> None:
        """Nothing was done: there is no partial success to tell of."""
        executor = FakeExecutor()
        executor.script(action, *[DgFailure("no host")] * 3)
        with pytest.raises(DgFailure, match="3 of 3"):
            done(task(action), executor)

    def test_that_is_answered_with_a_failed_outcome_counts_it(self, action: str) -> None:
        """An executor may return what it could raise."""
        executor = FakeExecutor()
        executor.script(action, Outcome.of(DgFailure("no host")), vm_id=VM_C)
        outcome = done(task(action), executor)
        assert (outcome.code, VM_C in outcome.message) == (401, True)

    def test_that_is_cancelled_is_aborted(self, action: str) -> None:
        """405: nobody can vouch for the end."""
        run = FakeRun()
        run.cancel()
        with pytest.raises(Aborted):
            done(task(action), FakeExecutor(), run)

    def test_that_is_aborted_on_one_vm_is_aborted(self, action: str) -> None:
        """Whatever became of the others."""
        executor = FakeExecutor()
        executor.script(action, DgFailure("no host"), vm_id=VM_A)
        executor.script(action, Aborted("stopped"), vm_id=VM_B)
        with pytest.raises(Aborted):
            done(task(action), executor)

    def test_passes_on_what_the_executor_could_not_update(self, action: str) -> None:
        """A 501 of one VM is told before the final 400."""
        executor = FakeExecutor()
        executor.script(action, Outcome(400, "SUCCESS", partial=("the inventory is out of reach",)), vm_id=VM_B)
        outcome = done(task(action), executor)
        assert outcome.code == 400
        assert [each.message for each in outcome.intermediates()] == [
            f"PARTIAL FAILURE - VM {VM_B}: the inventory is out of reach"
        ]

    def test_raises_a_defect_after_all_were_tried(self, action: str) -> None:
        """Whoever runs the workflow answers 405."""
        executor = FakeExecutor()
        executor.script(action, KeyError("defect"), vm_id=VM_A)
        with pytest.raises(KeyError):
            done(task(action), executor)
        assert {effect.vm_id for effect in executor.effects} == {VM_B, VM_C}


def test_vms_are_worked_on_side_by_side() -> None:
    """All three are inside the executor at once."""
    executor = FakeExecutor()
    executor.hold()
    outcomes: list[Outcome] = []
    thread = threading.Thread(target=lambda: outcomes.append(done(task("Stop"), executor)))
    thread.start()
    try:
        inside = executor.wait_for_executions(3)
    finally:
        executor.release()
        thread.join(10)
    assert {each.vms[0].vm_id for each in inside} == set(THREE)
    assert [outcome.code for outcome in outcomes] == [400]


@pytest.mark.parametrize(
    "failure", [pytest.param(ExpiredRequestFailure(), id="404"), pytest.param(DgFailure("x"), id="401")]
)
def test_every_failure_of_a_vm_counts(failure: Failed) -> None:
    """Whatever its code, the fan-out ends 401."""
    executor = FakeExecutor()
    executor.script("Stop", failure, vm_id=VM_A)
    assert done(task("Stop"), executor).code == 401
