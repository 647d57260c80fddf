"""The threads that call handlers: calls for one request keep their order, a slow handler delays few others."""

import logging
import queue
import threading
from collections.abc import Callable
from zlib import crc32

logger = logging.getLogger(__name__)

Job = Callable[[], None]


class Lanes:
    """`count` threads, each started when it is first needed. A handler that raises is logged and harms nobody."""

    def __init__(self, count: int) -> None:
        self._lanes: list[queue.SimpleQueue[Job | None]] = [queue.SimpleQueue() for _ in range(count)]
        self._threads: dict[int, threading.Thread] = {}
        self._lock = threading.Lock()

    def put(self, key: str, job: Job) -> None:
        """Have it called, after all that were put under this key before. Never waits."""
        number = crc32(key.encode()) % len(self._lanes)
        self._lanes[number].put(job)
        with self._lock:
            if number not in self._threads:
                name = f"lcm-client-handlers-{number}"
                thread = threading.Thread(target=self._run, args=[self._lanes[number]], name=name, daemon=True)
                self._threads[number] = thread
                thread.start()

    def close(self) -> None:
        """Return when all that was put has been called; from a handler, at once."""
        for number, thread in self._threads.items():
            self._lanes[number].put(None)
            if thread is not threading.current_thread():
                thread.join()

    def _run(self, lane: "queue.SimpleQueue[Job | None]") -> None:
        while job := lane.get():
            try:
                job()
            except Exception:
                logger.exception("a handler of answers failed")
