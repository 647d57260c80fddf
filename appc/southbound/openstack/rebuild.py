"""Rebuild of a VM: its disk is made anew from an image, and it runs afterwards.

The image is the payload's `snapshot-id`, else the latest snapshot of the server, else the image it was made from. What
Nova is told depends on the server's status; what is not in the table fails:

    status      Rebuild
    ACTIVE      rebuild
    SHUTOFF     rebuild, os-start
    PAUSED      unpause, rebuild
    SUSPENDED   resume, rebuild

The guide wants the rebuild at once, without shutting off first; Nova takes it only of a server that runs or is off,
so one that is paused or suspended runs first. A server in ERROR fails, as in APPC; so does one that boots from a
volume.
"""

from typing import TYPE_CHECKING

from appc.lcm.errors import DgFailure
from appc.lcm.outcome import Outcome
from appc.lcm.payloads import RebuildPayload
from appc.southbound.openstack.images import Image, image_of, latest_snapshot
from appc.southbound.openstack.power import RESUME, START, UNPAUSE
from appc.southbound.openstack.servers import Goal, Move, Server, arrive, find_settled, move, told
from appc.southbound.openstack.vm_work import VmWork

if TYPE_CHECKING:
    from appc.southbound.openstack.connection import Answer

#: What comes before and after the rebuild, by the server's status.
_AROUND: dict[str, tuple[tuple[Move, ...], tuple[Move, ...]]] = {
    "ACTIVE": ((), ()),
    "SHUTOFF": ((), (START,)),
    "PAUSED": ((UNPAUSE,), ()),
    "SUSPENDED": ((RESUME,), ()),
}


def rebuild(work: VmWork) -> Outcome:
    """Rebuild (guide, "Rebuild"; facts 6.4)."""
    snapshot_id = RebuildPayload.parse(work.task.request.payload).snapshot_id
    server = find_settled(work)
    if server.image_id is None:
        raise DgFailure(
            f"forbidden: Rebuilding is currently not supported for servers built from bootable volumes [{server.id}]"
        )
    if server.status not in _AROUND:
        raise DgFailure(f"Rebuild is not possible: {server.described}")
    image = _chosen(work, server, server.image_id, snapshot_id)
    before, after = _AROUND[server.status]
    for step in before:
        server = move(work, server, step)
    server = rebuild_from(work, server, image)
    for step in after:
        server = move(work, server, step)
    return Outcome.success(f"{server} was rebuilt from {image}")


def rebuild_from(work: VmWork, server: Server, image: Image) -> Server:
    """Rebuild a server that runs or is off, and is so again. Raises: CloudFailure, DgFailure (401)."""

    def done(now: Server) -> bool:
        return now.status == server.status and now.image_id == image.id and now.launched != server.launched

    def call() -> "Answer":
        return work.act("rebuild", {"imageRef": image.id}, f"{server.name} from {image}")

    # Nova would rebuild it twice: where the answer is lost, and nothing is seen of it, nobody dares to.
    answer = told(call, lambda: done(find_settled(work)), repeats=0)
    return arrive(work, server, Goal("come up anew", done), answer)


def _chosen(work: VmWork, server: Server, original_id: str, snapshot_id: str | None) -> Image:
    if snapshot_id is not None:
        return image_of(work, snapshot_id, "payload.snapshot-id")
    return latest_snapshot(work, server) or image_of(work, original_id, f"the image of {server}")
