"""A socket that must stay untouched: it counts who connects."""

import socket
import threading
from types import TracebackType
from typing import Self


class Canary:
    """Listens on a free port of 127.0.0.1 and answers nothing."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(0.05)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self.port: int = self._socket.getsockname()[1]
        self.visitors = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._socket.close()

    def touched(self) -> int:
        """How many connections there were, those included that nobody has accepted yet."""
        with socket.create_connection(("127.0.0.1", self.port)):
            # Connections are accepted in their order: when this one is, all earlier ones were.
            while not self._ended.wait(0.005):
                if self.visitors > self._own:
                    break
        self._own += 1
        return self.visitors - self._own

    _own = 0

    def _listen(self) -> None:
        while not self._ended.is_set():
            try:
                connection, _ = self._socket.accept()
            except TimeoutError:
                continue
            connection.close()
            self.visitors += 1
