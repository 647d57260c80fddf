"""Executions without a controller: on a fake clock with a journal in memory, and in real time with none."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from appc.lcm.errors import Aborted, DgFailure
from tests.fakes.clock import FakeClock


class FakeRun:
    """Port Run. `steps`: the names of the steps taken; waiting moves the clock. Several threads may use it."""

    def __init__(self, clock: FakeClock | None = None, time_limit_s: float = 600.0) -> None:
        self._clock = clock or FakeClock()
        self._ends_at = self._clock.monotonic() + time_limit_s
        self._cancelled = threading.Event()
        self.steps: list[str] = []
        self.reports: list[tuple[str, int | None]] = []

    def cancel(self) -> None:
        """Make every further call raise Aborted, as a stop of the controller does."""
        self._cancelled.set()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self._check()
        self.steps.append(name)
        yield

    def progress(self, what: str, percent: int | None = None) -> None:
        self._check()
        self.reports.append((what, percent))

    def wait(self, seconds: float) -> None:
        self._clock.advance(min(seconds, max(0.0, self.remaining_s())))
        self._check()

    def remaining_s(self) -> float:
        return self._ends_at - self._clock.monotonic()

    def _check(self) -> None:
        if self._cancelled.is_set():
            raise Aborted("the run was cancelled")
        if self.remaining_s() <= 0:
            raise DgFailure("the time limit is over")


class UnwatchedRun:
    """Port Run in real time, for benchmarks: nothing is written, nobody cancels."""

    def __init__(self, time_limit_s: float = 3600.0) -> None:
        self._ends_at = time.monotonic() + time_limit_s

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        yield

    def progress(self, what: str, percent: int | None = None) -> None:
        pass

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)

    def remaining_s(self) -> float:
        return self._ends_at - time.monotonic()
