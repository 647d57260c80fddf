"""No web page commands VMs (contract section 5, first sentence).

A browser sends what a page asks it to send, from inside the operator's network and with the operator's password. It
says so in headers that a page cannot change: `Origin` and `Sec-Fetch-Site` name who asked, and `Host` the name by
which the page was reached, which after DNS rebinding is a name of the attacker's.
"""

import re
from http import HTTPStatus
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from appc.northbound.http.faults import Fault, FaultTable

_LOOPBACK = IPv4Network("127.0.0.0/8")
_LOOPBACK_6 = IPv6Address("::1")
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:/?#@\[\]]+)(?::(\d{1,5}))?")
_ORIGIN = re.compile(r"(https?)://(.+)", re.IGNORECASE)
_DEFAULT_PORTS = {"http": 80, "https": 443}

#: Added to every answer: no page frames ours, guesses at types, or reads an answer across origins.
ANSWER_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
}


class BrowserProtection:
    """ASGI middleware: 403 for what a foreign page sent."""

    def __init__(self, app: ASGIApp, faults: FaultTable, loopback_only: bool) -> None:
        """`loopback_only`: nobody is asked for a password, so the Host must be this machine."""
        self._app = app
        self._faults = faults
        self._loopback_only = loopback_only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in ANSWER_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refusal(Headers(scope=scope), scope["scheme"])
        if refusal is None:
            await self._app(scope, receive, guarded)
        else:
            answer = self._faults.answer(scope["path"], Fault(HTTPStatus.FORBIDDEN, refusal))
            await answer(scope, receive, guarded)

    def _refusal(self, headers: Headers, scheme: str) -> str | None:
        if any(value.strip().lower() == "cross-site" for value in headers.getlist("sec-fetch-site")):
            return "sent by a page of another site (Sec-Fetch-Site)"
        hosts = headers.getlist("host")
        host = hosts[0] if len(hosts) == 1 else ""
        if any(not is_own(origin, host, scheme) for origin in headers.getlist("origin")):
            return "sent by a page of another origin (Origin)"
        if self._loopback_only and not is_loopback(host):
            return "without HTTP_USERS_FILE only this machine is served, under a loopback name (Host)"
        return None


def is_loopback(host: str) -> bool:
    """Whether a Host header names this machine, with any port: 127.0.0.0/8, localhost or [::1]."""
    found = _AUTHORITY.fullmatch(host)
    if not found:
        return False
    name = found[1].lower()
    try:
        return name == "localhost" or (
            IPv6Address(name[1:-1]) == _LOOPBACK_6 if name.startswith("[") else IPv4Address(name) in _LOOPBACK
        )
    except AddressValueError:
        return False


def is_own(origin: str, host: str, scheme: str) -> bool:
    """Whether an Origin header names the server that a Host header names.

    A plain server may stand behind a proxy that ends TLS, so there the origin may be https; not the reverse.
    """
    found = _ORIGIN.fullmatch(origin)
    if not found or (scheme == "https" and found[1].lower() != "https"):
        return False
    port = _DEFAULT_PORTS[found[1].lower()]
    own = _authority(host, port)
    return own is not None and _authority(found[2], port) == own


def _authority(text: str, default_port: int) -> tuple[str, int] | None:
    found = _AUTHORITY.fullmatch(text)
    return (found[1].lower(), int(found[2] or default_port)) if found else None
