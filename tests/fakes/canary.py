"""A socket that must stay untouched."""

import socket
from types import TracebackType
from typing import Self


class Canary:
    """Listens on a free port of 127.0.0.1 and answers nothing: the kernel takes connections, and they are counted."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self._visitors = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._socket.getsockname()[1])

    @property
    def visitors(self) -> int:
        """How many connections there were so far."""
        while True:
            try:
                connection, _ = self._socket.accept()
            except BlockingIOError:
                return self._visitors
            connection.close()
            self._visitors += 1
