"""How many more requests may be accepted: the queue is durable, and it has a size."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from appc.lcm.ports.store import RequestQueue


class QueueFull(Exception):
    """QUEUE_SIZE requests are accepted and wait; nothing was recorded."""


class Backlog:
    """The durable queue and how many requests may wait in it, those of all controllers together; for many threads."""

    def __init__(self, queue: RequestQueue, size: int) -> None:
        self._queue = queue
        self._size = size
        self._lock = threading.Lock()
        self._promised = 0

    def room(self) -> int:
        """How many more may be accepted. Raises: Unavailable."""
        return max(0, self._size - self._queue.length() - self._promised)

    @contextmanager
    def place(self) -> Iterator[None]:
        """Room for one request while it is judged. Raises: QueueFull; Unavailable."""
        self._promise(1)
        try:
            # its own place is promised already: of several that come at once none takes what another was shown
            if self._queue.length() + self._promised > self._size:
                raise QueueFull(f"{self._size} requests are waiting")
            yield
        finally:
            self._promise(-1)

    def _promise(self, places: int) -> None:
        with self._lock:
            self._promised += places
