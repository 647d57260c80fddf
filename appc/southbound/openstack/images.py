"""Images: snapshots of a VM that Nova makes and Glance keeps, and those that a VM is rebuilt from."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from appc.lcm.errors import DgFailure
from appc.lcm.outcome import Outcome
from appc.southbound.openstack.cloud_work import CloudWork, repeated
from appc.southbound.openstack.errors import CloudFailure
from appc.southbound.openstack.looks import IMAGES, VOLUME_SNAPSHOTS
from appc.southbound.openstack.servers import Server, find_settled
from appc.southbound.openstack.vm_work import VmWork
from appc.southbound.openstack.waiting import Watch

if TYPE_CHECKING:
    from appc.southbound.openstack.connection import Answer

#: From this microversion on Nova gives the image's id in the answer's body, before that in its Location header.
_IMAGE_ID_IN_BODY = (2, 45)
#: So much of a server's name is in the image's, in characters: Nova takes 255 for both.
_LONGEST_NAME = 200
#: Statuses of an image that will never be usable.
LOST = frozenset({"killed", "deleted", "pending_delete", "deactivated"})
_ID = re.compile(r"[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")


@dataclass(frozen=True)
class Image:
    """An image of Glance."""

    id: str
    name: str
    status: str
    created: str

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Self:
        """From Glance's JSON."""
        return cls(
            body["id"], str(body.get("name") or body["id"]), body.get("status", "unknown"), str(body.get("created_at"))
        )

    def __str__(self) -> str:
        return f"image {self.name} ({self.id})"


def snapshot(work: VmWork) -> Outcome:
    """Snapshot: the answer carries the id of an image that is complete (guide, "Snapshot").

    A server that boots from a volume gets an image without data that refers to snapshots of its volumes: it is
    complete when they are. Nova takes a snapshot of a server that is ACTIVE, SHUTOFF, PAUSED or SUSPENDED.
    """
    microversion = prepare_image(work)
    server = find_settled(work)
    title = f"Snapshot of {server.name[:_LONGEST_NAME].strip()} at {work.clock.now():%Y-%m-%d %H:%M:%S}"
    image_id = made_image(work.act("createImage", {"name": title}, server.name, microversion))

    def judge(body: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        if body is None or body.get("status") in LOST:
            raise DgFailure(f"the snapshot of {server} failed: Nova gave image {image_id} up")
        return body if body.get("status") == "active" else None

    image = work.wait(Watch(IMAGES, image_id, work.request_id), f"image {image_id} to become active", judge)
    for snapshot_id in _volume_snapshots(image):
        _await_volume_snapshot(work, server, snapshot_id)
    return Outcome.success(snapshot_id=image_id)


def image_of(work: VmWork, image_id: str, what: str) -> Image:
    """The image of this id, `what` it is in words: there must be one that is active. Raises: DgFailure (401)."""
    if not _ID.fullmatch(image_id):
        raise DgFailure(f"badRequest: {what}, {image_id}, is no id of an image")
    try:
        image = Image.of(_look(work, f"/{IMAGES}/{image_id}"))
    except CloudFailure as failure:
        if failure.http_status != 404:
            raise
        raise DgFailure(
            f"itemNotFound: {what}, {image_id}, is no image of cloud {work.connection.cloud.name}"
        ) from None
    if image.status != "active":
        raise DgFailure(f"conflict: {what} is {image}, which is {image.status}, not active")
    return image


def latest_snapshot(work: VmWork, server: Server) -> Image | None:
    """The newest complete snapshot of a server's disk; None where there is none. Raises: CloudFailure."""
    # Anybody may write a server's id into an image of his own, and an administrator sees everybody's images.
    owners = {server.project, work.connection.cloud.project_id or server.project}
    query = f"image_type=snapshot&instance_uuid={server.id}&status=active&sort=created_at:desc&limit=1"
    newest = [
        Image.of(body) for owner in owners for body in _look(work, f"/{IMAGES}?{query}&owner={owner}").get("images", [])
    ]
    return max(newest, key=lambda image: image.created, default=None)


def _look(work: VmWork, path: str) -> Mapping[str, Any]:
    return repeated(lambda: work.connection.image.get(path, work.request_id), work.run).body


def prepare_image(work: CloudWork) -> str | None:
    """The microversion to call createImage with. Raises: CloudFailure, before anything is changed.

    An image that nobody could look for must not be begun.
    """
    repeated(lambda: work.connection.image, work.run)
    newer = repeated(lambda: work.connection.compute.supports(_IMAGE_ID_IN_BODY), work.run)
    return "2.45" if newer else None


def made_image(answer: "Answer") -> str:
    """The id of the image that Nova makes. Raises: DgFailure (401) where it does not say."""
    named = answer.body.get("image_id") or answer.headers.get("location", "").rstrip("/").rpartition("/")[2]
    if not re.fullmatch(r"[0-9a-fA-F-]{32,36}", str(named)):
        raise DgFailure("Nova took the snapshot, but did not say which image it makes")
    return str(named)


def _volume_snapshots(image: Mapping[str, Any]) -> Iterable[str]:
    """The ids of the snapshots of volumes that an image refers to: Glance keeps what Nova wrote as text."""
    try:
        mapping = json.loads(image.get("block_device_mapping") or "[]")
    except ValueError:
        mapping = []
    named = [device.get("snapshot_id") for device in mapping if isinstance(device, dict)]
    return [str(snapshot_id) for snapshot_id in named if snapshot_id and _ID.fullmatch(str(snapshot_id))]


def _await_volume_snapshot(work: VmWork, server: Server, snapshot_id: str) -> None:
    def judge(body: Mapping[str, Any] | None) -> bool | None:
        status = "gone" if body is None else body.get("status")
        if status not in ("creating", "available"):
            raise DgFailure(f"the snapshot of {server} failed: its volume's snapshot {snapshot_id} is {status}")
        return True if status == "available" else None

    watch = Watch(VOLUME_SNAPSHOTS, snapshot_id, work.request_id)
    work.wait(watch, f"snapshot {snapshot_id} of a volume to become available", judge)
