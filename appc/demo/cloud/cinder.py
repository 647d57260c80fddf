"""Cinder v3: discovery, the lists of volumes, one volume.

Source: the Block Storage API v3 reference.
"""

from collections.abc import Callable

from starlette.responses import Response
from starlette.routing import Route

from appc.demo.cloud.answers import Call, Guard, Handler, as_json, endpoint, fixed
from appc.demo.cloud.faults import Fault, as_nova, no_such_path, refusing
from appc.demo.cloud.isotime import naive_micros
from appc.demo.cloud.live import Live
from appc.demo.cloud.paging import next_url, page
from appc.demo.cloud.seed import TENANCY
from appc.demo.cloud.state import Volume

_ROOT = f"/volume/v3/{TENANCY.project_id}"
#: Most volumes on one page, and how many without a limit (Cinder's `osapi_max_limit`).
_PAGE = 1000
_FILTERS = ("name", "status")


class Cinder:
    """The block storage service."""

    def __init__(self, url: str, live: Live, guard: Guard) -> None:
        self._url = url
        self._live = live
        self._guard = guard

    def routes(self) -> list[Route]:
        """Discovery needs no token."""
        choices = endpoint(fixed(self._described(), 300))
        version = endpoint(fixed(self._described()))
        return [
            self._route("/volumes/detail", self._details),
            self._route("/volumes/{volume_id}", self._show),
            self._route("/volumes", self._index),
            Route("/volume", choices, methods=["GET"]),
            Route("/volume/", choices, methods=["GET"]),
            Route("/volume/v3", version, methods=["GET"]),
            Route("/volume/v3/", version, methods=["GET"]),
            Route("/volume/{rest:path}", endpoint(refusing(no_such_path, as_nova), self._guard)),
        ]

    def _route(self, path: str, handler: Handler) -> Route:
        return Route(_ROOT + path, endpoint(refusing(handler, as_nova), self._guard), methods=["GET"])

    def _index(self, call: Call) -> Response:
        return self._list(call, "/volumes", self._basic)

    def _details(self, call: Call) -> Response:
        return self._list(call, "/volumes/detail", self._view)

    def _list(self, call: Call, path: str, view: Callable[[Volume], dict[str, object]]) -> Response:
        query = call.request.query_params
        wanted = [(name, query[name]) for name in _FILTERS if name in query]
        volumes = self._live.present().volumes.values()
        found = [one for one in volumes if all(getattr(one, name) == value for name, value in wanted)]
        shown, full = page(found, query, _PAGE, _PAGE)
        answer: dict[str, object] = {"volumes": [view(volume) for volume in shown]}
        if full and "limit" in query:
            href = next_url(f"{self._url}{_ROOT}{path}", query, shown[-1])
            answer["volumes_links"] = [{"rel": "next", "href": href}]
        return as_json(answer)

    def _show(self, call: Call) -> Response:
        volume_id = call.request.path_params["volume_id"]
        volume = self._live.present().volumes.get(volume_id)
        if volume is None:
            raise Fault(404, f"Volume {volume_id} could not be found.")
        return as_json({"volume": self._view(volume)})

    def _basic(self, volume: Volume) -> dict[str, object]:
        links = [{"rel": "self", "href": f"{self._url}{_ROOT}/volumes/{volume.id}"}]
        return {"id": volume.id, "name": volume.name, "links": links}

    def _view(self, volume: Volume) -> dict[str, object]:
        return self._basic(volume) | {
            "status": volume.status,
            "size": volume.size,
            "attachments": [],
            "availability_zone": "nova",
            "bootable": "false",
            "consistencygroup_id": None,
            "created_at": naive_micros(volume.created),
            "updated_at": naive_micros(volume.created),
            "description": None,
            "encrypted": False,
            "metadata": {},
            "multiattach": False,
            "os-vol-tenant-attr:tenant_id": TENANCY.project_id,
            "replication_status": None,
            "snapshot_id": None,
            "source_volid": None,
            "user_id": TENANCY.user_id,
            "volume_type": "demo",
        }

    def _described(self) -> dict[str, object]:
        version = {
            "id": "v3.0",
            "status": "CURRENT",
            # One microversion only: nothing here depends on another.
            "version": "3.0",
            "min_version": "3.0",
            "updated": "2016-02-08T12:20:21Z",
            "links": [{"rel": "self", "href": f"{self._url}/volume/v3/"}],
        }
        return {"versions": [version]}
