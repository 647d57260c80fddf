"""Start, Stop and Restart of a whole VNF: each of its VMs, side by side (contract sections 3.2 and 4)."""

import queue
import threading
from contextlib import suppress
from dataclasses import replace

from appc.lcm.errors import Aborted, DgFailure, Failed
from appc.lcm.outcome import Outcome
from appc.lcm.ports.execution import Executor, Run
from appc.lcm.ports.outside import Ports
from appc.lcm.record import Task, VmPlace

#: VMs of one request that are worked on at once: enough for a VNF, not enough to flood a cloud.
_AT_ONCE = 8
#: What the message of a failure begins with; the summary of several has it once.
_PREFIX = "DG FAILURE - "


def each_vm(task: Task, ports: Ports, run: Run) -> Outcome:
    """Do the action on every VM of the task; one VM is simply delegated.

    All VMs are tried, whatever happens to one of them. Raises: DgFailure (401) if all failed, Aborted
    (405) if the run was cancelled, and what else an executor raises, a defect too. Where some succeeded,
    the outcome is 401 with a 501 before it.
    """
    executor = ports.executors[task.protocol]
    if len(task.vms) == 1:
        return executor.execute(task, run)
    ends = _side_by_side(task, executor, run)
    for end in ends.values():
        if isinstance(end, BaseException) and (isinstance(end, Aborted) or not isinstance(end, Failed)):
            raise end
    failures = [f"VM {vm.vm_id}: {text}" for vm, end in ends.items() if (text := _failure(end))]
    if not failures:
        partial = [
            f"VM {vm.vm_id}: {text}" for vm, end in ends.items() if isinstance(end, Outcome) for text in end.partial
        ]
        return replace(Outcome.success(f"{task.action.name} of {len(ends)} VMs"), partial=tuple(partial))
    summary = f"{task.action.name} failed on {len(failures)} of {len(ends)} VMs: {'; '.join(failures)}"
    if len(failures) == len(ends):
        raise DgFailure(summary)
    return replace(Outcome.of(DgFailure(summary)), partial=(summary,))


def _failure(end: Outcome | BaseException) -> str:
    """Why it is no success; "" if it is one."""
    if isinstance(end, BaseException):
        return str(end).removeprefix(_PREFIX)
    return "" if end.succeeded else end.message.removeprefix(_PREFIX)


def _side_by_side(task: Task, executor: Executor, run: Run) -> dict[VmPlace, Outcome | BaseException]:
    """How it ended, by VM, in the task's order."""
    waiting: queue.SimpleQueue[VmPlace] = queue.SimpleQueue()
    for vm in task.vms:
        waiting.put(vm)
    ends: dict[VmPlace, Outcome | BaseException] = {}

    def work() -> None:
        while True:
            try:
                vm = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                ends[vm] = executor.execute(replace(task, vms=(vm,)), run)
            except BaseException as problem:  # SystemExit too: the others are tried nevertheless
                ends[vm] = problem

    # daemons: a call that does not come back must not keep the process from ending
    name = f"each-vm-{task.request.vnf_id}"
    others = [threading.Thread(target=work, name=name, daemon=True) for _ in task.vms[1:_AT_ONCE]]
    started = []
    with suppress(RuntimeError):  # where the machine has no more threads, fewer do it
        for thread in others:
            thread.start()
            started.append(thread)
    work()
    for thread in started:
        thread.join()
    return {vm: ends[vm] for vm in task.vms}
