"""A clock that moves only when it is told to."""

import threading
from datetime import UTC, datetime, timedelta

#: Any moment does; this one is shortly after the guide's examples.
START = datetime(2026, 8, 3, 8, 50, 20, tzinfo=UTC)


class FakeClock:
    """Port Clock. Several threads may share it."""

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._passed_s = 0.0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        with self._lock:
            return self._start + timedelta(seconds=self._passed_s)

    def monotonic(self) -> float:
        with self._lock:
            return self._passed_s

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass at once."""
        if seconds < 0:
            raise ValueError("time does not run backwards")
        with self._lock:
            self._passed_s += seconds
