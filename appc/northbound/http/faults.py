"""The one table of HTTP errors: what went wrong, and the form in which each API says so.

    Fault                          raised by an endpoint, or by what protects all of them
    Unavailable (of the ports)     503 with Retry-After
    HTTPException (of the router)  404
    ClientDisconnect               400, to nobody
    anything else                  500; the log has the trace, the answer has not

Source: contract section 5; RFC 9457 for `application/problem+json`.
"""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response

from appc.lcm.ports.failures import Unavailable

#: When to try again after a 503, in seconds: about as long as a broker takes to elect a leader.
RETRY_AFTER_S = 5


class Fault(Exception):
    """An HTTP error: its status code, what was wrong in words, and headers that belong to it."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})


#: How an API words a fault.
FaultForm = Callable[[Fault], Response]


def problem(fault: Fault) -> Response:
    """RFC 9457."""
    content = {
        "type": "about:blank",
        "title": HTTPStatus(fault.status).phrase,
        "status": fault.status,
        "detail": fault.detail,
    }
    return JSONResponse(content, fault.status, media_type="application/problem+json")


class FaultTable:
    """Turns whatever was raised into the answer that the API at that path gives."""

    def __init__(self, forms: Sequence[tuple[str, FaultForm]]) -> None:
        """`forms`: the first segment of a path, such as `/events`, and the form spoken there and below."""
        self._forms = tuple(forms)

    def answer(self, path: str, error: Exception) -> Response:
        """The response to `error` for a request to `path`."""
        fault = _fault(error)
        response = self._form(path)(fault)
        response.headers.update(fault.headers)
        return response

    def _form(self, path: str) -> FaultForm:
        return next((form for prefix, form in self._forms if f"{path}/".startswith(f"{prefix}/")), problem)


def _fault(error: Exception) -> Fault:
    match error:
        case Fault():
            return error
        case Unavailable():
            detail = f"{error.what} is out of reach for now; try again"
            return Fault(HTTPStatus.SERVICE_UNAVAILABLE, detail, {"Retry-After": str(RETRY_AFTER_S)})
        case HTTPException():
            return Fault(error.status_code, error.detail, error.headers)
        case ClientDisconnect():
            return Fault(HTTPStatus.BAD_REQUEST, "the client left before its request was complete")
        case _:
            return Fault(HTTPStatus.INTERNAL_SERVER_ERROR, "unexpected failure; the log says more")
