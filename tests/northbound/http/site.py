"""The HTTP edge with Message Router and the operators' routes, on a bus and a store in memory."""

import base64
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import bcrypt
import httpx
from prometheus_client import CollectorRegistry, Counter
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from appc.northbound.http.application import Door, HttpApplication
from appc.northbound.http.authentication import Users
from appc.northbound.http.server import HttpServer, TlsFiles
from appc.northbound.message_router.arrivals import Arrivals
from appc.northbound.message_router.door import MessageRouter, Topics
from appc.northbound.message_router.groups import Groups
from appc.northbound.message_router.long_polls import LongPolls
from appc.northbound.operations import Operations
from tests.fakes.clock import FakeClock
from tests.fakes.memory_bus import MemoryBus
from tests.fakes.memory_documents import MemoryDocuments

READ, WRITE, DLQ, CONFIGURATIONS = "APPC-LCM-READ", "APPC-LCM-WRITE", "APPC-LCM-DLQ", "APPC-CONFIGURATION"
MAX_MESSAGE_BYTES = 1024 * 1024
USER, PASSWORD = "operator", "correct horse"


class Site:
    """What stands behind the edge outlives it: `client` and `server` may be asked for several times."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.bus = MemoryBus(clock)
        self.documents = MemoryDocuments(clock)
        self.groups = Groups(self.bus, self.documents, clock)
        self.checks: dict[str, Callable[[], object]] = {"bus": lambda: self.bus.end(READ), "store": self._ask_store}
        self.in_flight = 0
        #: Without certificates to load it takes no time to make.
        self.http = httpx.Client(verify=False, timeout=30, limits=httpx.Limits())
        self.registry = CollectorRegistry()
        Counter("appc_requests", "Requests.", registry=self.registry).inc()

    def doors(self) -> list[Door]:
        """New doors, and a broken one."""
        polls = LongPolls(self.groups, Arrivals(self.bus))
        router = MessageRouter(Topics(READ, WRITE, DLQ, CONFIGURATIONS), self.bus, polls, MAX_MESSAGE_BYTES)
        operations = Operations(self.checks, self.registry)
        broken = Door([Route("/broken", _broken, methods=["GET"])])
        return [router.door(), operations.door(), broken]

    def application(self, users: Users | None = None) -> HttpApplication:
        """A new edge."""
        return Observed(self, self.doors(), users)

    @contextmanager
    def client(self, users: Users | None = None) -> Iterator[TestClient]:
        """A client of a new edge, without a socket."""
        app = self.application(users)
        with TestClient(app, "http://127.0.0.1:8181", raise_server_exceptions=False) as client:
            yield client
            app.close()

    @contextmanager
    def server(
        self, users: Users | None = None, tls: TlsFiles | None = None, head_s: float = 30.0
    ) -> Iterator[HttpServer]:
        """A new edge that listens on a free port."""
        server = HttpServer(self.application(users), "127.0.0.1", 0, tls, head_s)
        server.start()
        try:
            yield server
        finally:
            server.stop(5)

    def _ask_store(self) -> None:
        self.documents.get("readiness", "")


class Observed(HttpApplication):
    """Counts the requests that are being served."""

    def __init__(self, site: Site, doors: Sequence[Door], users: Users | None) -> None:
        super().__init__(doors, users)
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._site.in_flight += 1
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._site.in_flight -= 1


async def _broken(request: Request) -> Response:
    raise RuntimeError("the password is hunter2")


def one_user(password: str = PASSWORD) -> Users:
    """A users' file with one line, as cheap as bcrypt gets."""
    return Users({USER.encode(): bcrypt.hashpw(password.encode(), bcrypt.gensalt(4))})


def basic(user: str | bytes, password: str | bytes) -> dict[str, str]:
    """The header of basic authentication."""
    name, word = (text.encode() if isinstance(text, str) else text for text in (user, password))
    return {"Authorization": "Basic " + base64.b64encode(name + b":" + word).decode()}
