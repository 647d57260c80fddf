"""AttachVolume and DetachVolume: done when the attachment is really there, or really gone.

Nova shows an attachment as soon as it has reserved the volume; Cinder shows when it is there. Nova judges from which
status of the server (ACTIVE, SHUTOFF, PAUSED, VERIFY_RESIZE, shelved); one that is in transition is waited for.

    the volume is                                AttachVolume   DetachVolume
    free                                         attaches       nothing to do: success
    at this server, at the same device           success        detaches
    at this server, at another device            fails          detaches
    at another server                            fails          fails
    no volume, or neither free nor in use        fails          fails
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from appc.lcm.errors import DgFailure
from appc.lcm.outcome import Outcome
from appc.lcm.payloads import AttachVolumePayload, DetachVolumePayload
from appc.southbound.openstack.cloud_work import repeated
from appc.southbound.openstack.history import why
from appc.southbound.openstack.looks import VOLUMES
from appc.southbound.openstack.servers import Server, attachments, attachments_path, find_settled, told
from appc.southbound.openstack.vm_work import VmWork
from appc.southbound.openstack.waiting import Watch

if TYPE_CHECKING:
    from appc.southbound.openstack.connection import Answer

_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
#: A device's name but for its bus: Nova keeps the letters, and puts in the hypervisor's own bus.
_DEVICE = re.compile(r"(?:/dev/)?(?:x?[a-z]d)?([a-z]+)[0-9]*")
#: What a volume is while Nova is at work on it.
_UNDER_WAY = frozenset({"reserved", "attaching", "detaching"})
#: A volume that is free so long after it was to be attached, in seconds, will not be.
_GIVEN_UP_S = 3.0


@dataclass(frozen=True)
class Volume:
    """A volume as Cinder shows it; `servers` are those it is attached to, `shared` where they may be several."""

    id: str
    status: str
    servers: tuple[str, ...]
    shared: bool = False

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Self:
        """From Cinder's JSON."""
        servers = tuple(str(one.get("server_id")) for one in body.get("attachments", []))
        return cls(body["id"], body.get("status", "unknown"), servers, body.get("multiattach") is True)

    def __str__(self) -> str:
        return f"volume {self.id}"


def attach(work: VmWork) -> Outcome:
    """AttachVolume (guide, "AttachVolume"; facts 6.4)."""
    payload = AttachVolumePayload.parse(work.task.request.payload)
    server = find_settled(work)
    volume = _volume(work, payload.volume_id)
    device = _device_of(work, server, volume)
    if device is not None:
        _same_device(server, volume, device, payload.device)
        if server.id in volume.servers:
            return Outcome.success(f"{volume} is attached to {server} at {device} already")
        answer = None
    else:
        _check_free(volume, server)
        answer = _attach(work, server, volume, payload.device)
    _arrive(work, server, volume, answer, there=True)
    device = _device_of(work, server, volume) or payload.device
    return Outcome.success(f"{volume} is attached to {server} at {device}")


def detach(work: VmWork) -> Outcome:
    """DetachVolume (guide, "DetachVolume"; facts 6.4)."""
    payload = DetachVolumePayload.parse(work.task.request.payload)
    server = find_settled(work)
    volume = _volume(work, payload.volume_id)
    if _device_of(work, server, volume) is None and server.id not in volume.servers:
        if volume.servers:
            raise DgFailure(f"conflict: {volume} is attached to {_names(volume)}, not to {server}")
        return Outcome.success(f"{volume} is not attached to {server}")
    answer = None if volume.status == "detaching" else _detach(work, server, volume)
    _arrive(work, server, volume, answer, there=False)
    return Outcome.success()


def _attach(work: VmWork, server: Server, volume: Volume, device: str) -> "Answer | None":
    nova, body = work.connection.compute, {"volumeAttachment": {"volumeId": volume.id, "device": device}}

    def call() -> "Answer":
        path = attachments_path(server.id)
        return work.change(f"attach {volume} to {server.name}", lambda: nova.post(path, body, work.request_id))

    return told(call, lambda: _device_of(work, server, volume) is not None)


def _detach(work: VmWork, server: Server, volume: Volume) -> "Answer | None":
    nova, path = work.connection.compute, f"{attachments_path(server.id)}/{volume.id}"

    def call() -> "Answer":
        return work.change(f"detach {volume} from {server.name}", lambda: nova.delete(path, work.request_id))

    def taken() -> bool:
        now = _volume(work, volume.id)
        return now.status == "detaching" or server.id not in now.servers

    return told(call, taken)


def _arrive(work: VmWork, server: Server, volume: Volume, answer: "Answer | None", *, there: bool) -> None:
    """Wait until the volume is at the server, or is not any more. Raises: DgFailure (401)."""
    goal = f"{volume} to be {'attached to' if there else 'detached from'} {server}"
    elsewhere_since: float | None = None

    def judge(body: Mapping[str, Any] | None) -> bool | None:
        nonlocal elsewhere_since
        if body is None:
            raise DgFailure(f"itemNotFound: {volume} was deleted meanwhile")
        now = Volume.of(body)
        if now.status not in _UNDER_WAY and (server.id in now.servers) is there:
            return True
        if now.status in _UNDER_WAY:
            elsewhere_since = None
            return None
        moment = work.clock.monotonic()
        elsewhere_since = moment if elsewhere_since is None else elsewhere_since
        if now.status.startswith("error") or moment - elsewhere_since >= _GIVEN_UP_S:
            reason = why(work, server.id, answer)
            raise DgFailure(f"waited for {goal}, and it is {now.status}" + (f": {reason}" if reason else ""))
        return None

    work.wait(Watch(VOLUMES, volume.id, work.request_id, project=server.project), goal, judge)


def _volume(work: VmWork, volume_id: str) -> Volume:
    if not _ID.fullmatch(volume_id):
        raise DgFailure(f"badRequest: payload.volumeId is no UUID: {volume_id}")
    cinder = repeated(lambda: work.connection.volume, work.run)
    answer = repeated(lambda: cinder.get(f"/{VOLUMES}/{volume_id.lower()}", work.request_id), work.run)
    return Volume.of(answer.body["volume"])


def _device_of(work: VmWork, server: Server, volume: Volume) -> str | None:
    """Where Nova has, or will have, the volume at the server; None where it is not there."""
    listed = attachments(work, server.id)
    return next((str(one.get("device")) for one in listed if one.get("volumeId") == volume.id), None)


def _same_device(server: Server, volume: Volume, device: str, wanted: str) -> None:
    if _letters(device) != _letters(wanted):
        raise DgFailure(f"conflict: {volume} is attached to {server} at {device} already, not at {wanted}")


def _letters(device: str) -> str:
    found = _DEVICE.fullmatch(device)
    return found[1] if found else device


def _check_free(volume: Volume, server: Server) -> None:
    if volume.shared and volume.status == "in-use":
        return
    if volume.servers:
        raise DgFailure(f"conflict: {volume} is attached to {_names(volume)}: it must be detached there first")
    if volume.status != "available":
        raise DgFailure(f"conflict: {volume} cannot be attached to {server}: it is {volume.status}")


def _names(volume: Volume) -> str:
    return " and ".join(f"server {server_id}" for server_id in volume.servers)
