"""Images, volumes and snapshots of volumes: made, found again by their mark, waited for, removed.

The mark is a property of an image and a member of a volume's or snapshot's metadata. Source: Image API v2, Block
Storage API v3.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from appc.lcm.errors import DgFailure
from appc.lcm.ports.cloud import Kind, Mark, VmVolume, VolumeOrder
from appc.lcm.record import VmPlace
from appc.lcm.vm_snapshot import LONGEST_NAME, VolumeMade, VolumeSnapshot
from appc.southbound.openstack.cloud_work import CloudWork, repeated
from appc.southbound.openstack.errors import CloudFailure
from appc.southbound.openstack.images import LOST, made_image, prepare_image
from appc.southbound.openstack.looks import IMAGES, SERVERS, VOLUME_SNAPSHOTS, VOLUMES, look
from appc.southbound.openstack.servers import attachments
from appc.southbound.openstack.waiting import Watch

if TYPE_CHECKING:
    from appc.southbound.openstack.connection import Answer, Service

T = TypeVar("T")
Body = Mapping[str, Any]

_MARK = "appc_mark"
_PLACES = {Kind.IMAGE: IMAGES, Kind.VOLUME: VOLUMES, Kind.VOLUME_SNAPSHOT: VOLUME_SNAPSHOTS}
#: The statuses of what can be used.
_READY = frozenset({"active", "available", "in-use"})
#: From this microversion on Cinder tells why this or that failed; from 3.31 on only if it is configured to.
_MESSAGES = "3.5"
#: How long after an answer was lost it is looked for what was made, in seconds.
_LOST_PAUSE_S = 1.0


class CloudStorage:
    """Port Storage."""

    def __init__(self, work: CloudWork) -> None:
        self._work = work

    def volumes(self, vm: VmPlace) -> Sequence[VmVolume]:
        """See Storage."""
        server = self._work.look(f"/{SERVERS}/{vm.vm_id}").body["server"]
        listed = attachments(self._work, vm.vm_id)
        found = [self._attached(one) for one in sorted(listed, key=lambda one: str(one.get("device")))]
        # Without an image it boots from the first device.
        return [
            VmVolume(body["id"], str(body.get("name") or ""), device, body["size"], body.get("volume_type"), boots)
            for number, (body, device) in enumerate(found)
            for boots in [number == 0 and not server.get("image")]
        ]

    def make_image(self, vm: VmPlace, mark: Mark) -> str:
        """See Storage. The image of a server that boots from a volume refers to snapshots of all its volumes."""
        nova, microversion = self._work.connection.compute, prepare_image(self._work)
        body = {"createImage": {"name": mark.name, "metadata": {_MARK: mark.id}}}

        def call() -> "Answer":
            path = f"/{SERVERS}/{vm.vm_id}/action"
            return nova.post(path, body, self._work.request_id, microversion)

        return self._once(f"createImage {mark.name}", call, made_image, lambda: self._marked_one(Kind.IMAGE, mark, _id))

    def referred(self, image_id: str) -> Sequence[VolumeSnapshot]:
        """See Storage."""
        try:
            image = self._look(Kind.IMAGE, image_id)
        except CloudFailure as failure:
            if failure.http_status != 404:
                raise
            return ()
        return [
            VolumeSnapshot(
                one["snapshot_id"],
                self._look(Kind.VOLUME_SNAPSHOT, one["snapshot_id"])["volume_id"],
                str(one.get("device_name") or ""),
                int(one.get("volume_size") or 0),
                one.get("boot_index") == 0,
            )
            for one in json.loads(image.get("block_device_mapping") or "[]")
            if one.get("snapshot_id")
        ]

    def make_volume_snapshot(self, volume: VmVolume, mark: Mark) -> VolumeSnapshot:
        """See Storage. It is named as Nova names those it makes itself."""
        name = _named(Kind.VOLUME_SNAPSHOT, mark)
        asked = {"volume_id": volume.id, "name": name, "force": True, "metadata": {_MARK: mark.id}}

        def taken(body: Body) -> VolumeSnapshot:
            return VolumeSnapshot(body["id"], volume.id, volume.device, volume.size_gib, volume.boots)

        def again() -> VolumeSnapshot | None:
            return self._marked_one(Kind.VOLUME_SNAPSHOT, mark, taken, lambda body: body["volume_id"] == volume.id)

        call = self._posting(f"/{VOLUME_SNAPSHOTS}", {"snapshot": asked})
        return self._once(f"snapshot of volume {volume.id}", call, lambda answer: taken(answer.body["snapshot"]), again)

    def make_volume(self, order: VolumeOrder, mark: Mark) -> VolumeMade:
        """See Storage."""
        asked: dict[str, object] = {"name": mark.name, "snapshot_id": order.snapshot_id, "metadata": {_MARK: mark.id}}
        asked |= {"volume_type": order.type} if order.type else {}
        asked |= {"multiattach": True} if order.multiattach else {}

        def made(body: Body) -> VolumeMade:
            return VolumeMade(body["id"], mark.name, body["size"], body.get("volume_type"), order.snapshot_id)

        call = self._posting(f"/{VOLUMES}", {"volume": asked})
        again = partial(self._marked_one, Kind.VOLUME, mark, made)
        return self._once(f"volume {mark.name}", call, lambda answer: made(answer.body["volume"]), again)

    def set_bootable(self, volume_id: str, bootable: bool) -> None:
        """See Storage."""
        if self._look(Kind.VOLUME, volume_id).get("bootable") != str(bool(bootable)).lower():
            call = self._posting(f"/{VOLUMES}/{volume_id}/action", {"os-set_bootable": {"bootable": bootable}})
            self._work.change(f"set bootable of volume {volume_id}", call)

    def make_image_of_volume(self, volume_id: str, mark: Mark) -> str:
        """See Storage. The image has no mark but its name, for Cinder takes none."""
        asked = {"image_name": f"{mark.name} {mark.id}", "container_format": "bare", "disk_format": "raw"}
        call = self._posting(f"/{VOLUMES}/{volume_id}/action", {"os-volume_upload_image": asked})

        def made(answer: "Answer") -> str:
            return str(answer.body["os-volume_upload_image"]["image_id"])

        def again() -> str | None:
            images = self._get(Kind.IMAGE, f"/{IMAGES}?name={quote(asked['image_name'])}").get("images", [])
            return next((image["id"] for image in images), None)

        return self._once(f"copy volume {volume_id} to an image", call, made, again)

    def await_made(self, kind: Kind, id: str) -> None:
        """See Storage."""

        def judge(body: Body | None) -> bool | None:
            if body is None or body.get("status") in LOST:
                raise DgFailure(f"{kind} {id} came to nothing: the cloud gave it up")
            if str(body.get("status")).startswith("error"):
                raise DgFailure(f"{kind} {id} came to nothing: it is {body['status']}{self._why(id)}")
            return True if body.get("status") in _READY else None

        self._work.wait(Watch(_PLACES[kind], id, self._work.request_id), f"{kind} {id} to be ready", judge)

    def marked(self, mark: Mark) -> Sequence[tuple[Kind, str]]:
        """See Storage."""
        return [(kind, one["id"]) for kind in Kind for one in self._all_marked(kind, mark)]

    def remove(self, kind: Kind, id: str) -> None:
        """See Storage."""
        try:
            body = self._look(kind, id)
            if body.get("status") != "deleting":
                service, path = self._service(kind), f"/{_PLACES[kind]}/{id}"
                self._work.change(f"delete {kind} {id}", lambda: service.delete(path, self._work.request_id))
        except CloudFailure as failure:
            if failure.http_status == 404:
                return
            if not failure.lost:  # else whether it goes tells whether it was told to
                raise

        def judge(body: Body | None) -> bool | None:
            if body is not None and str(body.get("status")).startswith("error"):
                raise DgFailure(f"{kind} {id} could not be removed: it is {body['status']}{self._why(id)}")
            return True if body is None or body.get("status") == "deleted" else None

        self._work.wait(Watch(_PLACES[kind], id, self._work.request_id), f"{kind} {id} to be gone", judge)

    def _why(self, id: str) -> str:
        """Cinder's own words on what came to nothing, and the id of the call; empty where it has none."""
        cinder, cloud = self._work.connection.volume, self._work.connection.cloud.name
        try:
            path = f"/messages?resource_uuid={id}"
            found = cinder.get(path, self._work.request_id, _MESSAGES).body.get("messages", [])
        except CloudFailure:
            # It has failed anyhow; it is only said with fewer words.
            return f": cloud {cloud}"
        said = [f": {one['user_message']}: cloud {cloud}, {one.get('request_id')}" for one in found[:1]]
        return said[0] if said else f": cloud {cloud}"

    def _once(
        self, step: str, call: Callable[[], "Answer"], made: Callable[["Answer"], T], again: Callable[[], T | None]
    ) -> T:
        """Make what is not there yet; where the answer was lost, look whether it is there now."""
        found = again()
        if found is not None:
            return found
        try:
            return made(self._work.change(step, call))
        except CloudFailure as failure:
            if not failure.lost:
                raise
            self._work.run.wait(_LOST_PAUSE_S)
            found = again()
            if found is None:
                raise
            return found

    def _marked_one(
        self, kind: Kind, mark: Mark, read: Callable[[Body], T], fits: Callable[[Body], bool] = lambda body: True
    ) -> T | None:
        return next((read(body) for body in self._all_marked(kind, mark) if fits(body)), None)

    def _all_marked(self, kind: Kind, mark: Mark) -> Sequence[Body]:
        if kind is Kind.IMAGE:
            return self._get(kind, f"/{IMAGES}?{_MARK}={quote(mark.id)}").get("images", [])  # type: ignore[no-any-return]
        listed = self._get(kind, f"/{_PLACES[kind]}/detail?name={quote(_named(kind, mark))}").get(_PLACES[kind], [])
        return [one for one in listed if (one.get("metadata") or {}).get(_MARK) == mark.id]

    def _attached(self, attachment: Body) -> tuple[Body, str]:
        return self._look(Kind.VOLUME, attachment["volumeId"]), str(attachment.get("device"))

    def _look(self, kind: Kind, id: str) -> Body:
        work = self._work
        return repeated(lambda: look(work.connection, _PLACES[kind], id, work.request_id), work.run)

    def _get(self, kind: Kind, path: str) -> Body:
        return repeated(lambda: self._service(kind).get(path, self._work.request_id).body, self._work.run)

    def _posting(self, path: str, body: object) -> Callable[[], "Answer"]:
        return lambda: self._service(Kind.VOLUME).post(path, body, self._work.request_id)

    def _service(self, kind: Kind) -> "Service":
        return self._work.connection.image if kind is Kind.IMAGE else self._work.connection.volume


def _named(kind: Kind, mark: Mark) -> str:
    return f"snapshot for {mark.name}"[:LONGEST_NAME] if kind is Kind.VOLUME_SNAPSHOT else mark.name


def _id(body: Body) -> str:
    return str(body["id"])
