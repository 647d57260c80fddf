"""Snapshot of a VM: Nova makes the image, Glance says when it is there."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from appc.lcm.errors import DgFailure
from appc.lcm.outcome import Outcome
from appc.southbound.openstack.cloud_work import repeated
from appc.southbound.openstack.looks import IMAGES
from appc.southbound.openstack.servers import find_settled
from appc.southbound.openstack.vm_work import VmWork
from appc.southbound.openstack.waiting import Watch

if TYPE_CHECKING:
    from appc.southbound.openstack.connection import Answer

#: From this microversion on Nova gives the image's id in the answer's body, before that in its Location header.
_IMAGE_ID_IN_BODY = (2, 45)
#: So much of a server's name is in the image's, in characters: Nova takes 255 for both.
_LONGEST_NAME = 200
#: Statuses of an image that will never be usable.
_LOST = frozenset({"killed", "deleted", "pending_delete", "deactivated"})


def snapshot(work: VmWork) -> Outcome:
    """Snapshot: the answer carries the id of an image that is complete (guide, "Snapshot").

    A server that boots from a volume gets an image without data that refers to snapshots of its volumes.
    """
    # Before anything is changed: a snapshot that nobody could look for must not be begun.
    repeated(lambda: work.connection.image, work.run)
    newer = repeated(lambda: work.connection.compute.supports(_IMAGE_ID_IN_BODY), work.run)
    server = find_settled(work)
    title = f"Snapshot of {server.name[:_LONGEST_NAME].strip()} at {work.clock.now():%Y-%m-%d %H:%M:%S}"
    image_id = _image_id(work.act("createImage", {"name": title}, server.name, "2.45" if newer else None))

    def judge(body: Mapping[str, Any] | None) -> str | None:
        if body is None or body.get("status") in _LOST:
            raise DgFailure(f"the snapshot of {server} failed: Nova gave image {image_id} up")
        return image_id if body.get("status") == "active" else None

    work.wait(Watch(IMAGES, image_id, work.request_id), f"image {image_id} to become active", judge)
    return Outcome.success(snapshot_id=image_id)


def _image_id(answer: "Answer") -> str:
    named = answer.body.get("image_id") or answer.headers.get("location", "").rstrip("/").rpartition("/")[2]
    if not re.fullmatch(r"[0-9a-fA-F-]{32,36}", str(named)):
        raise DgFailure("Nova took the snapshot, but did not say which image it makes")
    return str(named)
