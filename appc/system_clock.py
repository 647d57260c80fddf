"""The machine's own clock."""

import time
from datetime import UTC, datetime


class SystemClock:
    """Port Clock on the operating system's clocks."""

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never jump."""
        return time.monotonic()
