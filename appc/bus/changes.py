"""Whoever waits for a change of the embedded bus is woken here: at once by its own process, soon by another one."""

import threading
from collections.abc import Callable

from appc.lcm.ports.failures import Unavailable

#: How often the file is looked at for changes by other processes, in seconds; one look takes about 5 µs.
_LOOK_S = 0.025


class Changes:
    """A counter of changes that threads can wait on.

    `version` gives another number than before when another process has changed the file. One thread
    looks at it, whoever waits; it starts with `start` and calls `told` after each change.
    """

    def __init__(self, version: Callable[[], int], told: Callable[[], None]) -> None:
        self._version = version
        self._told = told
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stopped = False
        self.count = 0

    def announce(self) -> None:
        """Something changed: wake all who wait."""
        with self._changed:
            self.count += 1
            self._changed.notify_all()

    def wait(self, seen: int, timeout_s: float) -> None:
        """Return when `count` is no longer `seen`, at the time-out, or when this is stopped."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self.count != seen, timeout_s)

    def start(self) -> None:
        """Notice changes by other processes from now on; once is enough. Raises: Unavailable."""
        with self._changed:
            if self._thread or self._stopped:
                return
            # Asked here and not in the thread: a change right after this call must not pass for the first state.
            begin = self._version(), self.count
            self._thread = threading.Thread(target=self._look, args=begin, name="bus-changes", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Let everybody go who waits, and end the thread; idempotent."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if self._thread and self._thread is not threading.current_thread():
            self._thread.join()

    def _look(self, version: int, told: int) -> None:
        failed = False
        while True:
            with self._changed:
                if not self._stopped and (failed or self.count == told):
                    self._changed.wait(_LOOK_S)
                if self._stopped:
                    return
            try:
                version, before = self._version(), version
                if version != before:
                    self.announce()
                if (count := self.count) != told:
                    self._told()
                    told = count
                failed = False
            except Unavailable:
                failed = True  # tried again; whoever reads or writes meets the same, and says so
