"""Nova: discovery with microversions, servers, and the actions on them.

Source: the Compute API reference and Nova's own code, for the answers' bodies, codes and wording.
"""

import secrets
from collections.abc import Callable
from dataclasses import replace

from starlette.responses import Response
from starlette.routing import Route

from appc.demo.cloud import actions, microversions, nova_calls
from appc.demo.cloud.actions import Order
from appc.demo.cloud.answers import Call, Guard, as_json, endpoint, fixed
from appc.demo.cloud.bodies import read_order
from appc.demo.cloud.faults import Fault, no_such_path
from appc.demo.cloud.live import Live
from appc.demo.cloud.nova_attachments import NovaAttachments
from appc.demo.cloud.nova_calls import ROOT, minor_of, route, server_of
from appc.demo.cloud.nova_filters import filtered
from appc.demo.cloud.nova_hosts import NovaHosts
from appc.demo.cloud.nova_views import ServerViews
from appc.demo.cloud.paging import next_url, page
from appc.demo.cloud.values import Image, Server

#: Most servers on one page, and how many without a limit (Nova's `api.max_limit`).
_PAGE = 1000
_MEDIA_TYPE = {"base": "application/json", "type": "application/vnd.openstack.compute+json;version=2.1"}
_MEDIA_TYPES: dict[str, object] = {"media-types": [_MEDIA_TYPE]}


class Nova:
    """The compute service."""

    def __init__(self, url: str, live: Live, guard: Guard) -> None:
        self._url = url
        self._live = live
        self._guard = guard
        self._views = ServerViews(url)

    def routes(self) -> list[Route]:
        """The most used first; discovery needs no token."""
        versions = endpoint(fixed({"versions": [self._described()]}))
        version = endpoint(fixed({"version": self._described() | _MEDIA_TYPES}))
        guard = self._guard
        return [
            route("/servers/detail", self._details, guard),
            route("/servers/{server_id}", self._show, guard),
            route("/servers/{server_id}/action", self._act, guard, "POST"),
            route("/servers", self._index, guard),
            *NovaAttachments(self._live, guard).routes(),
            *NovaHosts(self._url, self._live, guard).routes(),
            Route("/compute", versions, methods=["GET"]),
            Route("/compute/", versions, methods=["GET"]),
            Route(ROOT, version, methods=["GET"]),
            Route(f"{ROOT}/", version, methods=["GET"]),
            Route(ROOT + "/{rest:path}", endpoint(nova_calls.versioned(no_such_path), guard)),
        ]

    def _index(self, call: Call) -> Response:
        return self._list(call, "/servers", self._views.basic)

    def _details(self, call: Call) -> Response:
        return self._list(call, "/servers/detail", self._views.detailed)

    def _list(self, call: Call, path: str, view: Callable[[Server, int], bytes]) -> Response:
        minor, query = minor_of(call), call.request.query_params
        servers = filtered(list(self._live.present().servers.values()), query, minor)
        shown, full = page(servers, query, _PAGE, _PAGE)
        members = b'{"servers":[' + b",".join([view(server, minor) for server in shown]) + b"]"
        if full and (len(shown) == _PAGE or "limit" in query):
            href = next_url(f"{self._url}{ROOT}{path}", query, shown[-1])
            members += b',"servers_links":[{"rel":"next","href":"' + href.encode() + b'"}]'
        return Response(members + b"}", media_type="application/json")

    def _show(self, call: Call) -> Response:
        view = self._views.shown(server_of(self._live, call), minor_of(call))
        return Response(b'{"server":' + view + b"}", media_type="application/json")

    def _act(self, call: Call) -> Response:
        order = read_order(call.body, minor_of(call))
        server = server_of(self._live, call)
        if order.action is actions.CREATE_IMAGE and server.image_id is None:
            order = replace(order, action=actions.CREATE_VOLUME_IMAGE)
        if order.action is actions.REBUILD and server.image_id is None and minor_of(call) < 93:
            raise Fault(400, "Unable to rebuild with a different image for a volume-backed server.")
        image = nova_calls.act(self._live, call, order)
        return self._image_made(image, call) if image else self._accepted(order, call)

    def _accepted(self, order: Order, call: Call) -> Response:
        if order.action is actions.CONFIRM_RESIZE:
            return Response(status_code=204)
        if order.action is actions.REBUILD:
            server = self._views.rebuilding(server_of(self._live, call), minor_of(call))
            return as_json({"server": {**server, "adminPass": secrets.token_urlsafe(9)}}, 202)
        if order.action is actions.EVACUATE:
            return as_json({"adminPass": secrets.token_urlsafe(9)}) if minor_of(call) < 14 else Response()
        return Response(status_code=202)

    def _image_made(self, image: Image, call: Call) -> Response:
        # From 2.45 the image's id is in the body, and the Location header is gone.
        if minor_of(call) >= 45:
            return as_json({"image_id": image.id}, 202)
        return Response(status_code=202, headers={"Location": f"{self._url}/image/v2/images/{image.id}"})

    def _described(self) -> dict[str, object]:
        return {
            "id": "v2.1",
            "status": "CURRENT",
            "version": f"2.{microversions.HIGHEST}",
            "min_version": f"2.{microversions.LOWEST}",
            "updated": "2013-07-23T11:33:21Z",
            "links": [{"rel": "self", "href": f"{self._url}{ROOT}/"}],
        }
