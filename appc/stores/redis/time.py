"""The store's clock: Redis' own time, in microseconds, so that all controllers go by one."""

import secrets
import threading
from datetime import UTC, datetime, timedelta

from appc.lcm.ports.clock import Clock

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(time: datetime | timedelta) -> int:
    """Since 1970, or as long as it takes; exact."""
    return (time - _EPOCH if isinstance(time, datetime) else time) // _MICROSECOND


def moment(time_us: int) -> datetime:
    """The time so many microseconds after 1970."""
    return _EPOCH + time_us * _MICROSECOND


class StoreClock:
    """Redis' time, unless a test brings a clock of its own."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock

    @property
    def argument(self) -> str:
        """The first argument of scripts that ask for the time: empty where Redis' own counts."""
        return str(microseconds(self._clock.now())) if self._clock else ""

    def now(self, server_us: int) -> int:
        """The store's time, where Redis' own is this; both in microseconds."""
        return microseconds(self._clock.now()) if self._clock else server_us


class RisingNumbers:
    """Numbers for what one handle stores: each about the present microsecond, and larger than those before it.

    `handle` tells the numbers of several handles apart, where they are the same.
    """

    def __init__(self) -> None:
        self.handle = secrets.randbits(64)
        self._last = 0
        self._lock = threading.Lock()

    def next(self, server_us: int) -> int:
        """The next one, at this time of Redis' own clock."""
        with self._lock:
            self._last = max(self._last + 1, server_us)
            return self._last
