"""uvicorn in a thread of its own, on a socket that is bound before: so the port is known early."""

import asyncio
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future

import uvicorn
from starlette.types import ASGIApp

HOST = "127.0.0.1"
#: Longest time, in seconds, that a start may take, and that a stop waits for answers under way.
_PATIENCE_S = 10


class Listener:
    """Serves one application until it is stopped."""

    def __init__(self, port: int) -> None:
        """Binds the port, 0 for any free one. Raises: OSError when it is taken."""
        # With the protocol named, asyncio switches Nagle's algorithm off; else every answer takes 40 ms.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((HOST, port))
        except OSError:
            self._socket.close()
            raise
        self.port: int = self._socket.getsockname()[1]

    def start(self, app: ASGIApp, closing: Callable[[], None]) -> asyncio.AbstractEventLoop:
        """Returns the running loop when it listens; `closing` is called in the loop's thread before it ends.

        Raises: TimeoutError.
        """
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            loop="asyncio",
            ws="none",
            timeout_keep_alive=60,
            timeout_graceful_shutdown=_PATIENCE_S,
        )
        self._server = _Server(config, closing)
        # A daemon: a test that forgets to stop its cloud must not hang. Outside the main thread uvicorn
        # leaves the signal handlers alone.
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="demo-cloud", daemon=True)
        self._thread.start()
        return self._server.listening.result(_PATIENCE_S)

    def stop(self) -> None:
        """Answers what is under way, closes every connection and the port."""
        self._server.should_exit = True
        self._thread.join(2 * _PATIENCE_S)
        self._socket.close()


class _Server(uvicorn.Server):
    """A uvicorn server that tells when it listens and when it stops."""

    def __init__(self, config: uvicorn.Config, closing: Callable[[], None]) -> None:
        super().__init__(config)
        self.listening: Future[asyncio.AbstractEventLoop] = Future()
        self._closing = closing

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set_result(asyncio.get_running_loop())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        self._closing()
