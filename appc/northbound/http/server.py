"""uvicorn in a thread of its own, on a socket that is bound before: a taken port is known at once, and any free one.

The thread is the only one for all connections; endpoints that block do so in pools of their own.
"""

import asyncio
import contextlib
import math
import resource
import socket
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from appc.northbound.http.application import HttpApplication

#: Connections waiting to be accepted; the kernel's own limit may be lower.
_BACKLOG = 2048

#: The head of a request must be there so many seconds after the connection, or after the head's first byte.
HEAD_S = 30.0

#: The longest head of a request, in bytes: room for whatever a client takes for a password.
_MAX_HEAD_BYTES = 512 * 1024

#: How long an idle connection is kept for the next request, in seconds; longer than clients keep theirs.
_KEEP_ALIVE_S = 75

#: How long a start may take, in seconds, and a stop beyond what it was given.
_PATIENCE_S = 10.0


@dataclass(frozen=True)
class TlsFiles:
    """PEM files: the certificate with its chain, and its key where that is not in the same file."""

    cert: Path
    key: Path | None = None


class HttpServer:
    """Serves one application, from one start to one stop."""

    def __init__(
        self, app: HttpApplication, host: str, port: int, tls: TlsFiles | None = None, head_s: float = HEAD_S
    ) -> None:
        """`port` 0: any free one. `head_s`: how long a client may take for the head of a request, in seconds.

        Nothing happens before `start`.
        """
        self._app = app
        self._host = host
        self._port = port
        self._tls = tls
        self._head_s = head_s
        self._server: _Server | None = None

    def start(self) -> None:
        """Returns when it listens.

        Raises: OSError with the address if that cannot be listened on, with the files if they are no TLS
        certificate and key.
        """
        server = _Server(_config(self._app, self._tls, self._head_s))
        listener = _listen(self._host, self._port)
        self._port = listener.getsockname()[1]
        # A daemon: whoever forgets to stop it must not hang at exit. Outside the main thread uvicorn leaves the
        # signal handlers alone.
        self._thread = threading.Thread(target=server.run, args=([listener],), name="http", daemon=True)
        self._thread.start()
        self._loop = server.listening.result(_PATIENCE_S)
        self._server = server

    @property
    def url(self) -> str:
        """Where it listens. Before the start with port 0 the port is not known, and shown as 0."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{'https' if self._tls else 'http'}://{host}:{self._port}"

    def stop(self, timeout_s: float) -> None:
        """Accepts no more, ends long polls at once with what they have, and gives the rest this long to end."""
        server, self._server = self._server, None
        if server is None:
            return
        server.config.timeout_graceful_shutdown = math.ceil(timeout_s)
        with contextlib.suppress(RuntimeError):  # the loop has ended by itself
            self._loop.call_soon_threadsafe(self._app.close)
        server.should_exit = True
        self._thread.join(timeout_s + _PATIENCE_S)


def _listen(host: str, port: int) -> socket.socket:
    try:
        # It listens from here on: of two that only bind, both would believe to have the port.
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        # The protocol is named: else asyncio leaves Nagle's algorithm on, and each answer on a kept connection
        # takes 40 ms.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
            listener.listen(_BACKLOG)
        except OSError:
            listener.close()
            raise
        return listener
    except OSError as error:
        raise OSError(error.errno, f"cannot listen on {host} port {port}: {error.strerror}") from error


def _config(app: HttpApplication, tls: TlsFiles | None, head_s: float) -> uvicorn.Config:
    config = uvicorn.Config(
        app,
        http=type("_Protocol", (_PunctualProtocol,), {"head_s": head_s}),
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        h11_max_incomplete_event_size=_MAX_HEAD_BYTES,
        timeout_keep_alive=_KEEP_ALIVE_S,
        limit_concurrency=_most_connections(),
        ssl_certfile=tls.cert if tls else None,
        ssl_keyfile=tls.key if tls else None,
    )
    try:
        config.load()
    except OSError as error:
        assert tls is not None
        raise OSError(f"no TLS with {tls.cert} and {tls.key or 'the key in it'}: {error}") from error
    return config


def _most_connections() -> int | None:
    """Half of the files that this process may have open: the store and the bus need theirs."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft // 2


class _Server(uvicorn.Server):
    """A uvicorn server that tells when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening: Future[asyncio.AbstractEventLoop] = Future()

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            super().run(sockets)
        finally:
            if not self.listening.done():
                self.listening.set_exception(OSError("the HTTP server did not start; the log says why"))

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set_result(asyncio.get_running_loop())


class _PunctualProtocol(H11Protocol):
    """Ends connections whose client dawdles over the head of a request, so that they cannot be hoarded."""

    head_s: ClassVar[float] = HEAD_S
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._watch_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch_head()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._forget_head()

    def _watch_head(self) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            self._forget_head()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(self.head_s, self.transport.abort)

    def _forget_head(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
