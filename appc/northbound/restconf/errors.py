"""RESTCONF's form of an error: what is malformed, and every other fault of this door (RFC 8040, section 7.1)."""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import JSONResponse, Response

from appc.lcm.actions import ACTIONS
from appc.lcm.errors import ActionNotSupported, Rejected
from appc.northbound.http.faults import Fault
from appc.wire.malformed import Malformed

#: RFC 8040, section 7, "Mapping from <error-tag> to status code". It has none for 408, 415 and 503.
ERROR_TAGS: Mapping[int, str] = {
    400: "malformed-message",
    401: "access-denied",
    403: "access-denied",
    404: "invalid-value",
    405: "operation-not-supported",
    408: "malformed-message",
    413: "too-big",
    415: "operation-not-supported",
    503: "resource-denied",
}
#: For everything else.
OTHER_TAG = "operation-failed"


def restconf_form(fault: Fault) -> Response:
    """Whatever this door raises."""
    return _errors(fault.status, fault.detail)


def malformed_form(malformed: Malformed) -> Response:
    """400, with everything that is wrong in `error-info`, in the words that it has on the bus."""
    info = "; ".join(f"{error.code} {error.message}" for error in malformed.errors)
    return _errors(HTTPStatus.BAD_REQUEST, f"Error parsing input: {_said(malformed.error)}", info)


def _said(error: Rejected) -> str:
    if isinstance(error, ActionNotSupported):  # the words of APPC's YANG parser (guide, "Malformed Requests")
        allowed = ", ".join(ACTIONS)
        return f"Invalid value '{error.fields['action']}' for enum type. Allowed values are: [{allowed}]"
    return error.message


def _errors(status: int, message: str, info: str | None = None) -> Response:
    error = {
        "error-type": "protocol" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "application",
        "error-tag": ERROR_TAGS.get(status, OTHER_TAG),
        "error-message": message,
        "error-info": info or HTTPStatus(status).phrase,
    }
    return JSONResponse({"errors": {"error": [error]}}, status)
