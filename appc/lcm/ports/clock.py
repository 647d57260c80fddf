"""Port Clock: time."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Time, so that tests own it."""

    def now(self) -> datetime:
        """The wall clock, in UTC, with time zone."""

    def monotonic(self) -> float:
        """Seconds that never jump."""
