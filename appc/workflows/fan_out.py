"""Start, Stop and Restart of a whole VNF: each of its VMs, side by side (contract sections 3.2 and 4)."""

import queue
import threading
from dataclasses import replace

from appc.lcm.errors import Aborted, DgFailure, Failed
from appc.lcm.outcome import Outcome
from appc.lcm.ports import Executor, Run
from appc.lcm.record import Task, VmPlace

#: VMs of one request that are worked on at once: enough for a VNF, not enough to flood a cloud.
_AT_ONCE = 8


def each_vm(task: Task, executor: Executor, run: Run) -> Outcome:
    """Do the action on every VM of the task; one VM is simply delegated.

    All VMs are tried, whatever happens to one of them. Raises: DgFailure (401) if all failed, Aborted
    (405) if the run was cancelled, and what else an executor raises, a defect too. Where some succeeded,
    the outcome is 401 with a 501 before it.
    """
    if len(task.vms) == 1:
        return executor.execute(task, run)
    problems = _side_by_side(task, executor, run)
    for problem in problems.values():
        if isinstance(problem, Aborted) or not isinstance(problem, Failed):
            raise problem
    if not problems:
        return Outcome.success(f"{task.action.name} of {len(task.vms)} VMs")
    texts = "; ".join(f"VM {vm.vm_id}: {problem}" for vm, problem in problems.items())
    summary = f"{task.action.name} failed on {len(problems)} of {len(task.vms)} VMs: {texts}"
    if len(problems) == len(task.vms):
        raise DgFailure(summary)
    return replace(Outcome.of(DgFailure(summary)), partial=(summary,))


def _side_by_side(task: Task, executor: Executor, run: Run) -> dict[VmPlace, Exception]:
    """What went wrong, by VM."""
    waiting: queue.SimpleQueue[VmPlace] = queue.SimpleQueue()
    for vm in task.vms:
        waiting.put(vm)
    problems: dict[VmPlace, Exception] = {}

    def work() -> None:
        while True:
            try:
                vm = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                executor.execute(replace(task, vms=(vm,)), run)
            except Exception as problem:
                problems[vm] = problem

    # daemons: a call that does not come back must not keep the process from ending
    name = f"each-vm-{task.request.vnf_id}"
    threads = [threading.Thread(target=work, name=name, daemon=True) for _ in range(min(_AT_ONCE, len(task.vms)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return problems
