"""From a plain function to an endpoint, and how answers are written."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

_encode = json.JSONEncoder(separators=(",", ":")).encode


def encoded(value: object) -> bytes:
    """Compact JSON."""
    return _encode(value).encode()


def as_json(value: object, code: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer whose body is this value."""
    return Response(encoded(value), code, headers, "application/json")


class Call(NamedTuple):
    """A request whose body has been read."""

    request: Request
    body: bytes

    @property
    def request_id(self) -> str:
        """The id that the answer carries."""
        return str(self.request.state.request_id)

    @property
    def caller_request_id(self) -> str | None:
        """The id that the caller gave."""
        return self.request.headers.get("x-openstack-request-id")


#: What a service does with a call. It does not wait, so nothing changes while it works.
Handler = Callable[[Call], Response]
#: Looks at a request before its body is read; an answer is a refusal.
Guard = Callable[[Request], Response | None]


def endpoint(handler: Handler, guard: Guard | None = None) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint that lets a request past the guard, reads its body and hands it to the handler."""

    async def answer(request: Request) -> Response:
        refusal = guard(request) if guard is not None else None
        if refusal is not None:
            return refusal
        body = await request.body() if request.method in ("POST", "PUT") else b""
        return handler(Call(request, body))

    return answer


def fixed(value: object, code: int = 200) -> Handler:
    """A handler that always answers with this value, such as a discovery document."""
    body = encoded(value)
    return lambda _: Response(body, code, media_type="application/json")
