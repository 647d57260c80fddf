"""A resource of an API: one path, and an endpoint for each of its methods."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from appc.northbound.http.faults import Fault

#: Answers a request with a response, or with whatever else sends one.
Endpoint = Callable[[Request], Awaitable[ASGIApp]]


def resource(path: str, *, head: bool = True, **endpoints: Endpoint) -> Route:
    """The route of a resource, with the endpoint of each method: `resource("/topics", GET=…)`.

    The path decides before the method does: a request for another method goes to no other resource that the path
    would fit, too. It raises Fault 405 with the methods there are (RFC 9110, section 10.2.1). `head`: whether HEAD is
    what GET is, without its body; not so where a GET takes something.
    """
    if head and "GET" in endpoints:
        endpoints["HEAD"] = endpoints["GET"]
    return Route(path, _Resource(endpoints))


class _Resource:
    def __init__(self, endpoints: dict[str, Endpoint]) -> None:
        self._endpoints = endpoints

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        request = Request(scope, receive)
        endpoint = self._endpoints.get(request.method)
        if endpoint is None:
            allowed = ", ".join(sorted(self._endpoints))
            raise Fault(HTTPStatus.METHOD_NOT_ALLOWED, f"the methods here are {allowed}", {"Allow": allowed})
        answer = await endpoint(request)
        await answer(scope, receive, send)
