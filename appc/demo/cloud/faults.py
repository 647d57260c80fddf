"""Refusals: one exception, and how each of OpenStack's services writes it."""

import html
from collections.abc import Callable

from starlette.responses import Response

from appc.demo.cloud.answers import Call, Handler, as_json

#: The member that holds the fault (Nova, `nova/api/openstack/wsgi.py`, class Fault; Cinder's is the same).
_NAMES = {
    400: "badRequest",
    401: "unauthorized",
    403: "forbidden",
    404: "itemNotFound",
    405: "badMethod",
    409: "conflictingRequest",
    413: "overLimit",
    415: "badMediaType",
    503: "serviceUnavailable",
}
_TITLES = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict"}


class Fault(Exception):
    """An answer that is an error: HTTP code and message."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def as_nova(fault: Fault) -> Response:
    """Nova's and Cinder's: `{"itemNotFound": {"code": 404, "message": ...}}`."""
    name = _NAMES.get(fault.code, "computeFault")
    return as_json({name: {"code": fault.code, "message": fault.message}}, fault.code)


def as_keystone(fault: Fault) -> Response:
    """Keystone's: `{"error": {"code": 401, "title": "Unauthorized", "message": ...}}`."""
    error = {"code": fault.code, "message": fault.message, "title": _TITLES.get(fault.code, "Error")}
    return as_json({"error": error}, fault.code)


def as_glance(fault: Fault) -> Response:
    """Glance's: a page of HTML with the message in its body."""
    title = f"{fault.code} {_TITLES.get(fault.code, 'Error')}"
    page = (
        f"<html>\n <head>\n  <title>{title}</title>\n </head>\n <body>\n  <h1>{title}</h1>\n"
        f"  {html.escape(fault.message)}<br /><br />\n </body>\n</html>"
    )
    return Response(page, fault.code, media_type="text/html")


def refusing(handler: Handler, dialect: Callable[[Fault], Response]) -> Handler:
    """The handler, with its faults written in a dialect."""

    def answer(call: Call) -> Response:
        try:
            return handler(call)
        except Fault as fault:
            return dialect(fault)

    return answer


def no_such_path(_: Call) -> Response:
    """For every path that a service does not have. Raises: Fault 404, always."""
    raise Fault(404, "The resource could not be found.")
