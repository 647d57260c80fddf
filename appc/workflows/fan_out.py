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

    def one(vm: VmPlace) -> Failed | None:
        try:
            executor.execute(replace(task, vms=(vm,)), run)
        except Failed as failure:
            return failure
        return None

    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix=f"each-vm-{task.request.vnf_id}") as pool:
        results = dict(zip(task.vms, pool.map(one, task.vms), strict=True))
    failures = {vm.vm_id: failure for vm, failure in results.items() if failure}
    for failure in failures.values():
        if isinstance(failure, Aborted):
            raise failure
    if not failures:
        return Outcome.success(f"{task.action.name} of {len(task.vms)} VMs")
    return _failed_in_part(task, failures)


def _failed_in_part(task: Task, failures: dict[str, Failed]) -> Outcome:
    texts = "; ".join(f"VM {vm_id}: {failure.message}" for vm_id, failure in failures.items())
    summary = f"{task.action.name} failed on {len(failures)} of {len(task.vms)} VMs: {texts}"
    if len(failures) == len(task.vms):
        raise DgFailure(summary)
    return replace(Outcome.of(DgFailure(summary)), partial=(summary,))
