"""Snapshots of VMs: made, listed, found, deleted; for the interfaces of Cisco ESC and ETSI SOL002 and SOL003.

A snapshot is an image of the VM with the snapshot's name, and a snapshot of each of its volumes, named "snapshot for
<name>" (seeds 000, 002). It is remembered in Documents before anything is made and after each thing that was, and what
is made carries its id: so whoever calls again after a crash goes on where it ended.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from appc.lcm.errors import DgFailure
from appc.lcm.ports.cloud import Cloud, Kind, Mark
from appc.lcm.ports.store import Documents
from appc.lcm.record import VmPlace
from appc.lcm.vm_snapshot import (
    LONGEST_NAME,
    Condition,
    UnknownSnapshot,
    VmSnapshot,
    VolumeSnapshot,
    as_document,
    from_document,
)
from appc.workflows.cloud_job import CloudJob

#: The kind of the documents.
SNAPSHOT = "vm-snapshot"


@dataclass(frozen=True)
class SnapshotOrder:
    """A snapshot to be made. `id`: a UUID of the one who asks; the same id again is the same snapshot."""

    id: str
    name: str
    vm: VmPlace
    labels: Mapping[str, str] = field(default_factory=dict)


def create_snapshot(job: CloudJob, order: SnapshotOrder) -> VmSnapshot:
    """Make it, or go on making it, and wait until all of it can be used.

    Raises: DgFailure (401), remembered as the snapshot's message; what was made until then stays, to be gone on with
    or deleted.
    """
    if not 0 < len(order.name) <= LONGEST_NAME:
        raise DgFailure(f"the name of a snapshot has 1 to {LONGEST_NAME} characters")
    cloud = job.cloud(order.vm.cloud, order.id)
    snapshot = _begun(job, cloud, order)
    if snapshot.condition is Condition.ACTIVE:
        return snapshot
    if snapshot.condition is Condition.DELETING:
        raise DgFailure(f"conflict: snapshot {order.id} is being deleted")
    with _blamed(job, order.id):
        return _made(job, cloud, snapshot)


def list_snapshots(documents: Documents, wanted: Callable[[VmSnapshot], bool] = lambda _: True) -> list[VmSnapshot]:
    """Those that are remembered and wanted, in the order of their begin. Raises: Unavailable."""
    found = [documents.get(SNAPSHOT, id) for id in documents.ids(SNAPSHOT)]
    snapshots = [from_document(document) for document, _ in filter(None, found)]
    return sorted(filter(wanted, snapshots), key=lambda snapshot: snapshot.started_at)


def find_snapshot(documents: Documents, id_or_name: str) -> VmSnapshot:
    """The one with this id, else the only one with this name. Raises: UnknownSnapshot, Unavailable."""
    by_id = documents.get(SNAPSHOT, id_or_name)
    if by_id:
        return from_document(by_id[0])
    named = list_snapshots(documents, lambda snapshot: snapshot.name == id_or_name)
    if not named:
        raise UnknownSnapshot(f"Snapshot image [{id_or_name}] not found.")
    if len(named) > 1:
        raise UnknownSnapshot(f"{len(named)} snapshots are named [{id_or_name}]: the id must tell which is meant.")
    return named[0]


def delete_snapshot(job: CloudJob, id: str) -> None:
    """Remove the image and the snapshots of volumes, then forget it. Nothing happens where it is forgotten already.

    Raises: DgFailure (401), remembered as the snapshot's message; what is left can be deleted again.
    """
    document = job.recall(SNAPSHOT, id)
    if document is None:
        return
    snapshot = _remember(job, replace(from_document(document), condition=Condition.DELETING))
    cloud = job.cloud(snapshot.vm.cloud, id)
    with _blamed(job, id):
        _remove(cloud, snapshot)
    job.forget(SNAPSHOT, id)


def _begun(job: CloudJob, cloud: Cloud, order: SnapshotOrder) -> VmSnapshot:
    known = job.recall(SNAPSHOT, order.id)
    if known:
        return from_document(known)
    machine = cloud.look(order.vm)
    now = job.clock.now()
    return _remember(job, VmSnapshot(order.id, order.name, order.vm, machine.name, now, labels=order.labels))


def _made(job: CloudJob, cloud: Cloud, snapshot: VmSnapshot) -> VmSnapshot:
    mark = _mark(snapshot)
    snapshot = _remember(job, replace(snapshot, condition=Condition.CREATING, message=""))
    if snapshot.image_id is None:
        snapshot = _remember(job, replace(snapshot, image_id=cloud.make_image(snapshot.vm, mark)))
    image_id = str(snapshot.image_id)
    # Of a VM that boots from a volume the cloud makes them all with the image; of any other we make them.
    snapshot = _with(job, snapshot, cloud.referred(image_id))
    for volume in cloud.volumes(snapshot.vm):
        if volume.id not in {one.volume_id for one in snapshot.volumes}:
            snapshot = _with(job, snapshot, [cloud.make_volume_snapshot(volume, mark)])
    cloud.await_made(Kind.IMAGE, image_id)
    for one in snapshot.volumes:
        cloud.await_made(Kind.VOLUME_SNAPSHOT, one.id)
    message = f"Snapshot image for [{snapshot.vm_name}] is active."
    return _remember(job, snapshot.ended(Condition.ACTIVE, message, job.clock.now()))


def _with(job: CloudJob, snapshot: VmSnapshot, more: Sequence[VolumeSnapshot]) -> VmSnapshot:
    known = {one.id for one in snapshot.volumes}
    new = tuple(one for one in more if one.id not in known)
    return _remember(job, replace(snapshot, volumes=snapshot.volumes + new)) if new else snapshot


def _remove(cloud: Cloud, snapshot: VmSnapshot) -> None:
    # What was made in the moment of a crash is not remembered, but carries the mark.
    found = cloud.marked(_mark(snapshot))
    images = {id for kind, id in found if kind is Kind.IMAGE} | ({snapshot.image_id} if snapshot.image_id else set())
    volumes = {id for kind, id in found if kind is Kind.VOLUME_SNAPSHOT} | {one.id for one in snapshot.volumes}
    volumes |= {one.id for image_id in images for one in cloud.referred(image_id)}
    for image_id in sorted(images):
        cloud.remove(Kind.IMAGE, image_id)
    for id in sorted(volumes):
        cloud.remove(Kind.VOLUME_SNAPSHOT, id)


def _mark(snapshot: VmSnapshot) -> Mark:
    return Mark(snapshot.id, snapshot.name)


def _remember(job: CloudJob, snapshot: VmSnapshot) -> VmSnapshot:
    job.remember(SNAPSHOT, snapshot.id, as_document(snapshot))
    return snapshot


@contextmanager
def _blamed(job: CloudJob, id: str) -> Iterator[None]:
    """A failure inside is remembered as the snapshot's."""
    try:
        yield
    except DgFailure as failure:
        document = job.recall(SNAPSHOT, id)
        if document:
            _remember(job, from_document(document).ended(Condition.FAILED, failure.message, job.clock.now()))
        raise
