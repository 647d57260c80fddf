"""What is due when."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count


@dataclass(frozen=True, slots=True, order=True)
class _Due:
    at: float
    number: int
    change: Callable[[], None] = field(compare=False)


class Schedule:
    """Changes waiting for their time, in seconds since the epoch; those of one time in the order they came."""

    def __init__(self) -> None:
        self._heap: list[_Due] = []
        self._numbers = count()

    @property
    def next_due(self) -> float | None:
        """When the next change is due; None when nothing is scheduled."""
        return self._heap[0].at if self._heap else None

    def at(self, moment: float, change: Callable[[], None]) -> None:
        """Make this change at this moment."""
        heapq.heappush(self._heap, _Due(moment, next(self._numbers), change))

    def advance(self, now: float) -> None:
        """Make everything happen that is due. A change that raises has not happened, and is still due."""
        while self._heap and self._heap[0].at <= now:
            self._heap[0].change()
            heapq.heappop(self._heap)
