"""The demonstration's cloud: what starts it, stops it, and lets a test look into it."""

import asyncio
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from starlette.types import ASGIApp, Receive, Scope, Send

from appc.demo.cloud.application import application
from appc.demo.cloud.effects import EffectLog
from appc.demo.cloud.listener import HOST, Listener
from appc.demo.cloud.live import Live
from appc.demo.cloud.seed import DEMO, REGION, demo_world
from appc.demo.cloud.state import World
from appc.demo.cloud.statuses import SETTLED
from appc.demo.cloud.values import Failure, Host, Put, Server, Volume, VolumeSnapshot

T = TypeVar("T")
#: Longest time, in seconds, that a call from another thread waits for the cloud's own.
_PATIENCE_S = 10


class DemoCloud:
    """A small OpenStack on 127.0.0.1 (contract section 1, `appc demo-cloud`); a context manager, too."""

    def __init__(
        self,
        delay_s: float = 1.0,
        servers: int = 2,
        effects: Path | None = None,
        port: int = 0,
        *,
        token_s: float = 3600,
    ) -> None:
        """A cloud that does not listen yet.

        `delay_s` is how long each change of a server takes, `effects` the file of the effect log, `port` 0
        any free one, `token_s` how long a token is good for. Raises: OSError when the file cannot be written.
        """
        now = time.time()
        self._world = demo_world(servers, delay_s, EffectLog(effects).record, now)
        self._live = Live(self._world, now - time.monotonic())
        self._token_s = token_s
        self._password = secrets.token_urlsafe(16)
        self._port = port
        self._app: ASGIApp | None = None
        self._listener: Listener | None = None
        self._calls = 0
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Returns when it listens. Started again after a stop, it is the same cloud at the same port.

        Raises: OSError when the port is taken.
        """
        if self._listener is not None:
            raise RuntimeError("the cloud is running")
        self._listener = Listener(self._port)
        self._port = self._listener.port
        if self._app is None:
            self._app = self._counting(
                application(f"http://{HOST}:{self._port}", self._password, self._token_s, self._live)
            )
        self._loop = self._listener.start(self._app, self._live.unbind)
        loop = self._loop
        self._ask(lambda _: self._live.bind(loop))

    def stop(self) -> None:
        """Does nothing where it does not run."""
        if self._listener is None:
            return
        self._listener.stop()
        self._listener = self._loop = None

    @property
    def url(self) -> str:
        """The auth_url. Before the first start with port 0 the port is not known, and shown as 0."""
        return f"http://{HOST}:{self._port}/v3"

    def clouds_yaml(self) -> str:
        """A clouds.yaml with exactly one cloud, `demo`. It holds the password."""
        cloud = {
            "auth": {
                "auth_url": self.url,
                "username": DEMO,
                "password": self._password,
                "project_name": DEMO,
                "user_domain_name": "Default",
                "project_domain_name": "Default",
            },
            "region_name": REGION,
            "identity_api_version": 3,
        }
        # JSON is YAML, and quotes whatever a password may hold.
        return json.dumps({"clouds": {DEMO: cloud}}, indent=2) + "\n"

    @property
    def calls(self) -> int:
        """How many HTTP calls it has been asked so far."""
        return self._calls

    def servers(self) -> list[Server]:
        """Every server as it is now, in Nova's order."""
        return self._ask(lambda world: list(world.servers.values()))

    def server(self, server_id: str) -> Server:
        """One server as it is now. Raises: KeyError."""
        return self._ask(lambda world: world.servers[server_id])

    def put(self, server_id: str, status: str, *, task_state: str | None = None, fault: str | None = None) -> Server:
        """Put a server in a status from outside, as a broken hypervisor would: what it was doing never ends.

        `task_state` makes it look busy for ever; `fault` is the message that Nova shows of a server in ERROR.
        The effect log says nothing of it.

        Raises: KeyError for an unknown server, ValueError for an unknown status.
        """
        if status not in SETTLED:
            raise ValueError(f"status {status!r} is none of {', '.join(SETTLED)}")
        put = Put(status, task_state, fault)
        return self._ask(lambda world: world.put(server_id, put, self._live.now()))

    def put_on_volume(self, server_id: str) -> Volume:
        """Have a server boot from a volume, which is returned, instead of from an image. Raises: KeyError."""
        return self._ask(lambda world: world.put_on_volume(server_id, self._live.now()))

    def volumes(self) -> list[Volume]:
        """Every volume as it is now, the oldest first."""
        return self._ask(lambda world: list(world.block.volumes.values()))

    def volume_snapshots(self) -> list[VolumeSnapshot]:
        """Every snapshot of a volume as it is now, the oldest first."""
        return self._ask(lambda world: list(world.block.snapshots.values()))

    def hosts(self) -> list[Host]:
        """Every host as it is now."""
        return self._ask(lambda world: list(world.moves.hosts.values()))

    def set_host(self, name: str, *, up: bool = True, enabled: bool = True) -> None:
        """Have a host die or come back, and its service be disabled or enabled. Raises: KeyError."""

        def change(world: World) -> None:
            host = world.moves.hosts[name]
            world.moves.hosts[name] = replace(host, up=up, enabled=enabled)

        self._ask(change)

    def fail(self, operation: str, message: str, *, rolled_back: bool = False) -> None:
        """Have the next accepted `operation` (as the effect log names it) fail, with this message in Nova's history.

        The server is in ERROR then, or, `rolled_back`, as it was before.
        """
        failure = Failure(message, rolled_back)
        self._ask(lambda world: world.failures.setdefault(operation, []).append(failure))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _counting(self, app: ASGIApp) -> ASGIApp:
        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            self._calls += 1
            await app(scope, receive, send)

        return counted

    def _ask(self, work: Callable[[World], T]) -> T:
        """Look at the world from any thread: while the cloud runs, only its own thread may touch it."""
        if self._loop is None:
            return work(self._live.present())

        async def worked() -> T:
            return work(self._live.present())

        return asyncio.run_coroutine_threadsafe(worked(), self._loop).result(_PATIENCE_S)
