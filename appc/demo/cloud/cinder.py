"""Cinder v3: discovery with microversions, volumes and their snapshots.

Source: the Block Storage API v3 reference.
"""

import json
import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from starlette.responses import Response
from starlette.routing import Route

from appc.demo.cloud.answers import Call, Guard, Handler, as_json, endpoint, fixed
from appc.demo.cloud.cinder_views import snapshot_view, volume_view
from appc.demo.cloud.faults import Fault, as_nova, no_such_path, refusing
from appc.demo.cloud.live import Live
from appc.demo.cloud.paging import Identified, next_url, page
from appc.demo.cloud.refusals import Invalid, NotFound
from appc.demo.cloud.seed import TENANCY
from appc.demo.cloud.values import Volume, VolumeSnapshot

_ROOT = f"/volume/v3/{TENANCY.project_id}"
#: The newest microversion, and most things on one page, and how many without a limit (Cinder's `osapi_max_limit`).
_NEWEST, _PAGE = "3.70", 1000
_FILTERS = ("name", "status", "volume_id")


T = TypeVar("T", bound=Identified)


class Cinder:
    """The block storage service."""

    def __init__(self, url: str, live: Live, guard: Guard) -> None:
        self._url = url
        self._live = live
        self._guard = guard

    def routes(self) -> list[Route]:
        """Discovery needs no token."""
        choices, version = endpoint(fixed(self._described(), 300)), endpoint(fixed(self._described()))
        return [
            *self._collection("volumes", self._volumes, self._create_volume),
            self._route("/volumes/{volume_id}", self._volume),
            self._route("/volumes/{volume_id}", self._delete_volume, "DELETE"),
            self._route("/volumes/{volume_id}/action", self._act, "POST"),
            *self._collection("snapshots", self._snapshots, self._create_snapshot),
            self._route("/snapshots/{snapshot_id}", self._snapshot),
            self._route("/snapshots/{snapshot_id}", self._delete_snapshot, "DELETE"),
            Route("/volume", choices, methods=["GET"]),
            Route("/volume/", choices, methods=["GET"]),
            Route("/volume/v3", version, methods=["GET"]),
            Route("/volume/v3/", version, methods=["GET"]),
            Route("/volume/{rest:path}", endpoint(refusing(no_such_path, as_nova), self._guard)),
        ]

    def _collection(self, name: str, lists: Handler, creates: Handler) -> list[Route]:
        return [
            self._route(f"/{name}/detail", lists),
            self._route(f"/{name}", lists),
            self._route(f"/{name}", creates, "POST"),
        ]

    def _route(self, path: str, handler: Handler, method: str = "GET") -> Route:
        return Route(_ROOT + path, endpoint(refusing(_judged(handler), as_nova), self._guard), methods=[method])

    def _volumes(self, call: Call) -> Response:
        volumes = self._live.present().block.volumes.values()
        return self._list(call, "volumes", volumes, lambda volume: volume_view(volume, self._url + _ROOT))

    def _snapshots(self, call: Call) -> Response:
        return self._list(call, "snapshots", self._live.present().block.snapshots.values(), snapshot_view)

    def _list(self, call: Call, name: str, things: Iterable[T], view: Callable[[T], dict[str, object]]) -> Response:
        query = call.request.query_params
        wanted = [(one, query[one]) for one in _FILTERS if one in query]
        found: Sequence[T] = [one for one in things if all(getattr(one, key) == value for key, value in wanted)]
        shown, full = page(found, query, _PAGE, _PAGE)
        views = [view(one) for one in shown]
        if not call.request.url.path.endswith("/detail"):
            views = [{key: one[key] for key in ("id", "name", "links") if key in one} for one in views]
        answer: dict[str, object] = {name: views}
        if full and "limit" in query:
            answer[f"{name}_links"] = [
                {"rel": "next", "href": next_url(f"{self._url}{call.request.url.path}", query, shown[-1])}
            ]
        return as_json(answer)

    def _volume(self, call: Call) -> Response:
        volume = self._live.present().block.volume(call.request.path_params["volume_id"])
        return as_json({"volume": volume_view(volume, self._url + _ROOT)})

    def _snapshot(self, call: Call) -> Response:
        snapshot = self._live.present().block.snapshot(call.request.path_params["snapshot_id"])
        return as_json({"snapshot": snapshot_view(snapshot)})

    def _create_volume(self, call: Call) -> Response:
        asked = _member(call, "volume")
        snapshot_id = asked.get("snapshot_id")
        size = asked.get("size")
        if size is None and snapshot_id is None:
            raise Fault(400, "Invalid input for field/attribute volume. 'size' is a required property")
        volume = Volume(
            str(uuid.uuid4()),
            str(asked.get("name") or ""),
            int(str(size or 0)),
            self._live.now(),
            snapshot_id=str(snapshot_id) if snapshot_id else None,
            description=asked.get("description"),
            metadata=asked.get("metadata") or {},
        )
        made = self._live.change(lambda world, now: world.block.create(volume, now))
        return as_json({"volume": volume_view(made, self._url + _ROOT)}, 202)

    def _create_snapshot(self, call: Call) -> Response:
        asked = _member(call, "snapshot")
        now = self._live.now()
        name, text, metadata = asked.get("name"), asked.get("description"), asked.get("metadata") or {}
        snapshot = VolumeSnapshot(
            str(uuid.uuid4()), name, str(asked.get("volume_id")), 0, now, now, description=text, metadata=metadata
        )
        force = str(asked.get("force")).lower() == "true"
        taken = self._live.change(lambda world, now: world.block.take_snapshot(snapshot, force, now))
        return as_json({"snapshot": snapshot_view(taken)}, 202)

    def _delete_volume(self, call: Call) -> Response:
        volume_id = call.request.path_params["volume_id"]
        self._live.change(lambda world, now: world.block.delete(volume_id, now))
        return Response(status_code=202)

    def _delete_snapshot(self, call: Call) -> Response:
        snapshot_id = call.request.path_params["snapshot_id"]
        self._live.change(lambda world, now: world.block.delete_snapshot(snapshot_id, now))
        return Response(status_code=202)

    def _act(self, call: Call) -> Response:
        volume_id = call.request.path_params["volume_id"]
        asked = call.body
        if b"os-volume_upload_image" in asked:
            return self._upload(volume_id, _member(call, "os-volume_upload_image"))
        if b"os-set_bootable" in asked:
            bootable = _member(call, "os-set_bootable").get("bootable") is True
            self._live.change(lambda world, now: world.block.set_bootable(volume_id, bootable, now))
            return Response()
        snapshot_id = str(_member(call, "revert").get("snapshot_id"))
        self._live.change(lambda world, now: world.block.revert(volume_id, snapshot_id, now))
        return Response(status_code=202)

    def _upload(self, volume_id: str, asked: dict[str, Any]) -> Response:
        image = self._live.change(lambda world, now: world.upload(volume_id, str(asked.get("image_name")), now))
        answer = {"id": volume_id, "status": "uploading", "image_id": image.id, "image_name": image.name}
        return as_json({"os-volume_upload_image": answer}, 202)

    def _described(self) -> dict[str, object]:
        version = {
            "id": "v3.0",
            "status": "CURRENT",
            "version": _NEWEST,
            "min_version": "3.0",
            "updated": "2016-02-08T12:20:21Z",
            "links": [{"rel": "self", "href": f"{self._url}/volume/v3/"}],
        }
        return {"versions": [version]}


def _judged(handler: Handler) -> Handler:
    """The handler, with what the world refuses as a fault."""

    def answer(call: Call) -> Response:
        try:
            return handler(call)
        except NotFound as missing:
            kind = "Snapshot" if str(missing) == call.request.path_params.get("snapshot_id") else "Volume"
            raise Fault(404, f"{kind} {missing} could not be found.") from None
        except Invalid as invalid:
            raise Fault(400, str(invalid)) from None

    return answer


def _member(call: Call, name: str) -> dict[str, Any]:
    try:
        member = json.loads(call.body)[name]
    except (ValueError, KeyError, TypeError):
        raise Fault(400, f"Invalid input for field/attribute {name}. {name!r} is a required property") from None
    if not isinstance(member, dict):
        raise Fault(400, f"Invalid input for field/attribute {name}. {member!r} is not of type 'object'")
    return member
