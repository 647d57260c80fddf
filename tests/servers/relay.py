"""A relay between a client and a server on loopback, that loses an answer when it is told to."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self


class Relay:
    """Passes everything on, in both directions, until an answer is to be lost: then it cuts that connection."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self._lock = threading.Lock()
        self._marker: bytes | None = None
        self._then: Callable[[], object] = lambda: None
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def lose(self, marker: bytes, then: Callable[[], object] = lambda: None) -> None:
        """Lose the next answer that holds this: the server has done what it was asked, nobody hears of it.

        `then` is called before the client finds out.
        """
        with self._lock:
            self._marker, self._then = marker, then

    @property
    def lost(self) -> bool:
        """Whether the answer was lost."""
        with self._lock:
            return self._marker is None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        for each in self._open:
            _cut(each)
        self._thread.join(5)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._door.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                self._open += [client, server]
                for work in (self._ask, self._answer):
                    threading.Thread(target=work, args=(client, server), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while said := client.recv(65536):
                server.sendall(said)
        _cut(server)

    def _answer(self, client: socket.socket, server: socket.socket) -> None:
        tail = b""
        with suppress(OSError):
            while said := server.recv(65536):
                if self._loses(tail + said):
                    break
                client.sendall(said)
                tail = said[-100:]
        _cut(client)
        _cut(server)

    def _loses(self, said: bytes) -> bool:
        with self._lock:
            if self._marker is None or self._marker not in said:
                return False
            self._marker = None
            then = self._then
        then()
        return True


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
