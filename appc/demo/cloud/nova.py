"""Nova: discovery with microversions, servers, and the actions on them.

Source: the Compute API reference and Nova's own code, for the answers' bodies, codes and wording.
"""

from collections.abc import Callable

from starlette.responses import Response
from starlette.routing import Route

from appc.demo.cloud import microversions
from appc.demo.cloud.answers import Call, Guard, Handler, as_json, endpoint, fixed
from appc.demo.cloud.bodies import read_order
from appc.demo.cloud.faults import Fault, as_nova, no_such_path
from appc.demo.cloud.live import Live
from appc.demo.cloud.nova_filters import filtered
from appc.demo.cloud.nova_views import ServerViews
from appc.demo.cloud.paging import next_url, page
from appc.demo.cloud.state import Conflict, NotFound, Server

_ROOT = "/compute/v2.1"
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
        return [
            self._route("/servers/detail", self._details),
            self._route("/servers/{server_id}", self._show),
            self._route("/servers/{server_id}/action", self._act, "POST"),
            self._route("/servers", self._index),
            Route("/compute", versions, methods=["GET"]),
            Route("/compute/", versions, methods=["GET"]),
            Route(_ROOT, version, methods=["GET"]),
            Route(f"{_ROOT}/", version, methods=["GET"]),
            Route(_ROOT + "/{rest:path}", endpoint(_versioned(no_such_path), self._guard)),
        ]

    def _route(self, path: str, handler: Handler, method: str = "GET") -> Route:
        return Route(_ROOT + path, endpoint(_versioned(handler), self._guard), methods=[method])

    def _index(self, call: Call) -> Response:
        return self._list(call, "/servers", self._views.basic)

    def _details(self, call: Call) -> Response:
        return self._list(call, "/servers/detail", self._views.detailed)

    def _list(self, call: Call, path: str, view: Callable[[Server, int], bytes]) -> Response:
        minor, query = microversions.asked(call.request.headers), call.request.query_params
        servers = filtered(list(self._live.present().servers.values()), query, minor)
        shown, full = page(servers, query, _PAGE, _PAGE)
        members = b'{"servers":[' + b",".join([view(server, minor) for server in shown]) + b"]"
        if full and (len(shown) == _PAGE or "limit" in query):
            href = next_url(f"{self._url}{_ROOT}{path}", query, shown[-1])
            members += b',"servers_links":[{"rel":"next","href":"' + href.encode() + b'"}]'
        return Response(members + b"}", media_type="application/json")

    def _show(self, call: Call) -> Response:
        server = self._server(call)
        view = self._views.shown(server, microversions.asked(call.request.headers))
        return Response(b'{"server":' + view + b"}", media_type="application/json")

    def _act(self, call: Call) -> Response:
        order = read_order(call.body)
        server = self._server(call)
        caller = call.request.headers.get("x-openstack-request-id")
        try:
            image = self._live.present().act(server.id, order, caller, self._live.now())
        except Conflict as conflict:
            raise _refusal(conflict, order.action.word, server.id) from None
        self._live.replan()
        if image is None:
            return Response(status_code=202)
        # From 2.45 the image's id is in the body, and the Location header is gone.
        if microversions.asked(call.request.headers) >= 45:
            return as_json({"image_id": image.id}, 202)
        return Response(status_code=202, headers={"Location": f"{self._url}/image/v2/images/{image.id}"})

    def _server(self, call: Call) -> Server:
        server_id = call.request.path_params["server_id"]
        try:
            return self._live.present().server(server_id)
        except NotFound:
            raise Fault(404, f"Instance {server_id} could not be found.") from None

    def _described(self) -> dict[str, object]:
        return {
            "id": "v2.1",
            "status": "CURRENT",
            "version": f"2.{microversions.HIGHEST}",
            "min_version": f"2.{microversions.LOWEST}",
            "updated": "2013-07-23T11:33:21Z",
            "links": [{"rel": "self", "href": f"{self._url}{_ROOT}/"}],
        }


def _versioned(handler: Handler) -> Handler:
    """The handler with its faults in Nova's words; every answer names the microversion that was used."""

    def answer(call: Call) -> Response:
        try:
            minor = microversions.asked(call.request.headers)
        except Fault as fault:
            return as_nova(fault)
        try:
            response = handler(call)
        except Fault as fault:
            response = as_nova(fault)
        response.raw_headers.extend(microversions.answered(minor))
        return response

    return answer


def _refusal(conflict: Conflict, word: str, server_id: str) -> Fault:
    if conflict.state is None:
        return Fault(409, f"Instance {server_id} is in an invalid state for '{word}'")
    where = f"{conflict.attr} {conflict.state}"
    return Fault(409, f"Cannot '{word}' instance {server_id} while it is in {where}")
