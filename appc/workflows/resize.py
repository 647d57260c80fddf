"""Resize and migration of a VM, and the decision about it: confirm or revert (Cisco ESC, seed 000).

After a resize or a cold migration the VM is undecided until somebody confirms or reverts it. What is under way is
remembered in Documents by the VM, with what the VM was before, so that a call after a crash goes on and an undecided VM
can be explained.
"""

from dataclasses import asdict, dataclass
from typing import Any

from appc.lcm.errors import DgFailure
from appc.lcm.ports.cloud import Machine, Route
from appc.lcm.record import VmPlace
from appc.workflows.cloud_job import CloudJob

#: The kind of the documents; their id is the VM's.
CHANGE = "vm-change"


@dataclass(frozen=True)
class Changed:
    """A VM before a change and after it. `after.undecided`: somebody has to confirm or revert it."""

    before: Machine
    after: Machine


def resize(job: CloudJob, id: str, vm: VmPlace, flavor: str) -> Changed:
    """Give the VM another flavor, by name or id. `id`: a UUID of the one who asks; the same id again goes on.

    Raises: DgFailure (401).
    """
    cloud = job.cloud(vm.cloud, id)
    before = _begun(job, id, vm, cloud.look(vm), {"flavor": flavor})
    return _done(job, id, vm, before, cloud.resize(vm, flavor))


def migrate(job: CloudJob, id: str, vm: VmPlace, route: Route) -> Changed:
    """Move the VM to another host. A live migration is decided when it is done; a cold one is not.

    `id` as in `resize`. Raises: DgFailure (401).
    """
    cloud = job.cloud(vm.cloud, id)
    machine = cloud.look(vm)
    before = _begun(job, id, vm, machine, asdict(route))
    moved = machine.host != before.host or (machine.undecided and not before.undecided)
    return _done(job, id, vm, before, machine if moved else cloud.move(vm, route))


def confirm(job: CloudJob, id: str, vm: VmPlace) -> Machine:
    """Keep the resize or the cold migration. Raises: DgFailure (401), also where nothing waits for it."""
    return _decided(job, id, vm, keep=True)


def revert(job: CloudJob, id: str, vm: VmPlace) -> Machine:
    """Undo the resize or the cold migration. Raises: DgFailure (401), also where nothing waits for it."""
    return _decided(job, id, vm, keep=False)


def _decided(job: CloudJob, id: str, vm: VmPlace, keep: bool) -> Machine:
    cloud = job.cloud(vm.cloud, id)
    known = job.recall(CHANGE, vm.vm_id) or {}
    machine = cloud.look(vm)
    # Whoever asks again after a crash finds it decided; anybody else has asked too late, or for nothing.
    if not machine.undecided and known.get("decision") != id:
        raise DgFailure(f"conflict: {machine.name} ({vm.vm_id}) is {machine.status}: nothing is to be decided")
    job.remember(CHANGE, vm.vm_id, {**known, "decision": id, "keep": keep})
    machine = cloud.confirm(vm) if keep else cloud.revert(vm)
    job.forget(CHANGE, vm.vm_id)
    return machine


def _begun(job: CloudJob, id: str, vm: VmPlace, machine: Machine, wanted: dict[str, Any]) -> Machine:
    """What the VM was before, remembered; where this order was begun already, what it was then."""
    known = job.recall(CHANGE, vm.vm_id)
    if known and known["id"] == id:
        return Machine(**known["before"])
    if machine.undecided:
        raise DgFailure(f"conflict: {machine.name} ({vm.vm_id}) waits for a resize or a migration to be decided")
    job.remember(CHANGE, vm.vm_id, {"id": id, "before": asdict(machine), "wanted": wanted})
    return machine


def _done(job: CloudJob, id: str, vm: VmPlace, before: Machine, after: Machine) -> Changed:
    known = job.recall(CHANGE, vm.vm_id) or {}
    if after.undecided:
        job.remember(CHANGE, vm.vm_id, {**known, "id": id, "after": asdict(after)})
    else:
        job.forget(CHANGE, vm.vm_id)
    return Changed(before, after)
