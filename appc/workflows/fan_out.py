"""Start, Stop and Restart of a whole VNF: each of its VMs, side by side (contract sections 3.2 and 4)."""

from concurrent.futures import ThreadPoolExecutor
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
    (405) if the run was cancelled. Where some succeeded, the outcome is 401 with a 501 before it.
    """
    if len(task.vms) == 1:
        return executor.execute(task, run)

    def one(vm: VmPlace) -> Outcome:
        try:
            return executor.execute(replace(task, vms=(vm,)), run)
        except Failed as failure:
            return Outcome.of(failure)

    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix=f"each-vm-{task.request.vnf_id}") as pool:
        return _together(task, list(pool.map(one, task.vms)))


def _together(task: Task, outcomes: list[Outcome]) -> Outcome:
    by_vm = [(vm.vm_id, outcome) for vm, outcome in zip(task.vms, outcomes, strict=True)]
    partial = tuple(f"VM {vm_id}: {text}" for vm_id, outcome in by_vm for text in outcome.partial)
    failures = [f"VM {vm_id}: {outcome.message}" for vm_id, outcome in by_vm if not outcome.succeeded]
    if not failures:
        return replace(Outcome.success(f"{task.action.name} of {len(by_vm)} VMs"), partial=partial)
    summary = f"{task.action.name} failed on {len(failures)} of {len(by_vm)} VMs: {'; '.join(failures)}"
    if any(outcome.aborted for outcome in outcomes):
        raise Aborted(summary)
    if len(failures) == len(by_vm):
        raise DgFailure(summary)
    return replace(Outcome.of(DgFailure(summary)), partial=(*partial, summary))
