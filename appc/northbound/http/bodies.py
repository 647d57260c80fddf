"""Reading a request's body, no further than it may go."""

from http import HTTPStatus

import anyio
from starlette.requests import Request

from appc.northbound.http.faults import Fault

#: How long a whole body may take to arrive, in seconds.
BODY_S = 120.0


async def read_body(request: Request, limit_bytes: int) -> bytes:
    """The whole body. Raises: Fault 413 as soon as it is known to be larger than the limit; 408 if it is slow."""
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > limit_bytes:
        raise _too_large(limit_bytes)
    body = bytearray()
    try:
        with anyio.fail_after(BODY_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit_bytes:
                    raise _too_large(limit_bytes)
    except TimeoutError:
        detail = f"the body did not arrive within {BODY_S:.0f} s"
        raise Fault(HTTPStatus.REQUEST_TIMEOUT, detail, {"Connection": "close"}) from None
    return bytes(body)


def _too_large(limit_bytes: int) -> Fault:
    return Fault(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body is larger than {limit_bytes} bytes")
