"""The four services as one ASGI application: a plain router, and a request id on every answer."""

import uuid
from collections.abc import Sequence

from starlette.routing import Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from appc.demo.cloud.cinder import Cinder
from appc.demo.cloud.glance import Glance
from appc.demo.cloud.keystone import Keystone
from appc.demo.cloud.live import Live
from appc.demo.cloud.nova import Nova


def application(url: str, password: str, token_s: float, live: Live) -> ASGIApp:
    """The cloud's API below `url`; Nova's routes come first, because they are the most used."""
    keystone = Keystone(url, password, token_s, live.now)
    nova, glance, cinder = (service(url, live, keystone.guard) for service in (Nova, Glance, Cinder))
    routes: Sequence[Route] = [*nova.routes(), *glance.routes(), *cinder.routes(), *keystone.routes()]
    return _with_request_id(Router(routes, redirect_slashes=False))


def _with_request_id(app: ASGIApp) -> ASGIApp:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        name = f"req-{uuid.uuid4()}"
        scope["state"] = {"request_id": name}

        async def stamped(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"].append((b"x-openstack-request-id", name.encode()))
            await send(message)

        await app(scope, receive, stamped)

    return answer
