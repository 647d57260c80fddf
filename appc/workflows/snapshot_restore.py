"""What snapshots are for: a new volume from one, and a VM that is as it was.

A revert keeps the VM, its UUID and its ports. The volume that it boots from cannot be taken off it, so its data are
written over (through an image, for that is the way that Nova has); each other volume is exchanged for a new one that is
made from its snapshot. The old ones are removed if the cloud lets them go: one that has snapshots stays (seed 002).
"""

from dataclasses import dataclass

from appc.lcm.errors import DgFailure
from appc.lcm.ports.cloud import Cloud, Kind, Machine, Mark, VolumeOrder
from appc.lcm.vm_snapshot import (
    LONGEST_NAME,
    Condition,
    UnknownSnapshot,
    VmSnapshot,
    VolumeMade,
    VolumeSnapshot,
    from_document,
)
from appc.workflows.cloud_job import CloudJob
from appc.workflows.snapshots import SNAPSHOT

#: The kind of the documents about reverts that are under way.
REVERT = "vm-revert"


@dataclass(frozen=True)
class NewVolume:
    """A volume that is to be made from a snapshot. `id`: a UUID of the one who asks; `type` None: the default."""

    id: str
    snapshot_id: str
    name: str
    type: str | None = None
    multiattach: bool = False
    bootable: bool = True


@dataclass(frozen=True)
class Reverted:
    """What a revert did. `volumes`: the new volume by the device; `left`: old volumes that the cloud kept."""

    machine: Machine
    volumes: dict[str, str]
    left: tuple[str, ...]


def volume_from_snapshot(job: CloudJob, order: NewVolume) -> VolumeMade:
    """Make a volume from the snapshot of the volume that a VM boots from, and wait until it can be used.

    The same id again is the same volume. Raises: DgFailure (401), also where the VM boots from an image;
    UnknownSnapshot.
    """
    if not 0 < len(order.name) <= LONGEST_NAME:
        raise DgFailure(f"the name of a volume has 1 to {LONGEST_NAME} characters")
    snapshot = _active(job, order.snapshot_id)
    boot = _boot_volume(snapshot)
    cloud = job.cloud(snapshot.vm.cloud, order.id)
    made = cloud.make_volume(VolumeOrder(boot.id, order.type, order.multiattach), Mark(order.id, order.name))
    cloud.await_made(Kind.VOLUME, made.id)
    cloud.set_bootable(made.id, order.bootable)
    return made


def revert_to_snapshot(job: CloudJob, id: str, snapshot_id: str) -> Reverted:
    """Bring the snapshot's VM back to it. `id`: a UUID of the one who asks; the same id again goes on.

    Everything is made before anything of the VM is touched. Raises: DgFailure (401), also where the VM boots from an
    image; UnknownSnapshot.
    """
    snapshot = _active(job, snapshot_id)
    boot = _boot_volume(snapshot)
    cloud = job.cloud(snapshot.vm.cloud, id)
    exchanges = _prepared(job, cloud, id, snapshot)
    copy = _volume(cloud, id, snapshot, boot)
    image_id = cloud.make_image_of_volume(copy.id, _mark(id, snapshot, boot))
    cloud.await_made(Kind.IMAGE, image_id)
    machine = cloud.restore(snapshot.vm, image_id)
    for device, (old_id, new_id) in exchanges.items():
        cloud.exchange(snapshot.vm, device, old_id, new_id)
    left = tuple(old_id for old_id, _ in exchanges.values() if not _removed(cloud, Kind.VOLUME, old_id))
    _removed(cloud, Kind.IMAGE, image_id)
    _removed(cloud, Kind.VOLUME, copy.id)
    job.forget(REVERT, id)
    return Reverted(machine, {device: new_id for device, (_, new_id) in exchanges.items()}, left)


def _prepared(job: CloudJob, cloud: Cloud, id: str, snapshot: VmSnapshot) -> dict[str, tuple[str, str]]:
    """By device, the volume at the VM and a new one, for each that the VM does not boot from."""
    known = job.recall(REVERT, id)
    if known is None:
        at_vm = {volume.device: [volume.id, volume.type] for volume in cloud.volumes(snapshot.vm)}
        known = {"snapshot": snapshot.id, "vm": snapshot.vm.vm_id, "volumes": at_vm}
        job.remember(REVERT, id, known)
    others = [one for one in snapshot.volumes if not one.boots and one.device in known["volumes"]]
    exchanges = {}
    for one in others:
        old_id, type = known["volumes"][one.device]
        exchanges[one.device] = (old_id, _volume(cloud, id, snapshot, one, type).id)
    return exchanges


def _volume(cloud: Cloud, id: str, snapshot: VmSnapshot, one: VolumeSnapshot, type: str | None = None) -> VolumeMade:
    made = cloud.make_volume(VolumeOrder(one.id, type), _mark(id, snapshot, one))
    cloud.await_made(Kind.VOLUME, made.id)
    return made


def _removed(cloud: Cloud, kind: Kind, id: str) -> bool:
    """Whether the cloud let it go; a failure is none of the revert."""
    try:
        cloud.remove(kind, id)
    except DgFailure:
        return False
    return True


def _active(job: CloudJob, snapshot_id: str) -> VmSnapshot:
    document = job.recall(SNAPSHOT, snapshot_id)
    if document is None:
        raise UnknownSnapshot(f"Snapshot image [{snapshot_id}] not found.")
    snapshot = from_document(document)
    if snapshot.condition is not Condition.ACTIVE:
        raise DgFailure(f"conflict: snapshot {snapshot_id} is {snapshot.condition}, not active")
    return snapshot


def _boot_volume(snapshot: VmSnapshot) -> VolumeSnapshot:
    if snapshot.boot_volume is None:
        raise DgFailure(f"snapshot {snapshot.id} is of a VM without a bootable volume: {snapshot.vm_name}")
    return snapshot.boot_volume


def _mark(id: str, snapshot: VmSnapshot, one: VolumeSnapshot) -> Mark:
    return Mark(f"{id} {one.device}", f"{one.device} of {snapshot.name}"[:LONGEST_NAME])
