"""The ASGI application: the routes of all APIs behind the same protections, with one error table.

A request passes: browser protection (403), authentication (401), the router (404), its resource (405), its endpoint.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from appc.lcm.ports.failures import Unavailable
from appc.northbound.http.authentication import BasicAuthentication, Users
from appc.northbound.http.browser_protection import BrowserProtection
from appc.northbound.http.faults import Fault, FaultForm, FaultTable, problem


@dataclass(frozen=True)
class Door:
    """One API. `prefixes`: the paths at and below which faults have its form; `closing` ends what waits in it."""

    routes: Sequence[BaseRoute]
    prefixes: tuple[str, ...] = ()
    fault_form: FaultForm = problem
    closing: Callable[[], None] | None = None


class HttpApplication:
    """All doors as one ASGI application."""

    def __init__(self, doors: Sequence[Door], users: Users | None = None) -> None:
        """Without `users` everybody on this machine may come in, and nobody else (contract section 5)."""
        self._doors = tuple(doors)
        self._faults = FaultTable([(prefix, door.fault_form) for door in doors for prefix in door.prefixes])
        protections = [Middleware(BrowserProtection, faults=self._faults, loopback_only=users is None)]
        if users is not None:
            protections.append(Middleware(BasicAuthentication, faults=self._faults, users=users))
        handled = (Fault, HTTPException, Unavailable, ClientDisconnect, Exception)
        self._app = Starlette(
            routes=[route for door in doors for route in door.routes],
            middleware=protections,
            exception_handlers=dict.fromkeys(handled, self._answer),
        )
        # A redirect would repeat a Host that a client made up, and make a second request of one.
        self._app.router.redirect_slashes = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI. One slash behind a path is of no account: whoever asks what the path is, is told the same."""
        if scope["type"] == "http":
            scope = {**scope, "path": scope["path"].removesuffix("/") or "/"}
        await self._app(scope, receive, send)

    @property
    def paths(self) -> frozenset[str]:
        """Whatever is served, as the routes have it."""
        return frozenset(route.path for door in self._doors for route in door.routes if isinstance(route, Route))

    def close(self) -> None:
        """End what waits, with what it has. To be called in the event loop's thread, before the server stops."""
        for door in self._doors:
            if door.closing:
                door.closing()

    async def _answer(self, request: Request, error: Exception) -> Response:
        return self._faults.answer(request.scope["path"], error)
