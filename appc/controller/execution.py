"""One execution: the port Run, through which an executor touches the outside."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from appc.controller.core import Core
from appc.lcm.errors import Aborted, DgFailure
from appc.lcm.events import Progressed
from appc.lcm.phases import Phase
from appc.lcm.ports import Change, Decision, View
from appc.lcm.record import RequestRecord, Step

#: Progress is written no more often than this, in seconds; steps always are.
_PROGRESS_S = 1.0


class Execution:
    """See Run. Several threads may use one execution, as a fan-out does."""

    def __init__(self, record: RequestRecord, core: Core) -> None:
        self._record = record
        self._owner = record.owner or ""
        self._core = core
        self._clock = core.clock
        self._cancelled = threading.Event()
        self._ends_at = self._clock.monotonic() + record.task.action.time_limit_s
        self._last_progress = (float("-inf"), "")

    def cancel(self) -> None:
        """Make every further call raise Aborted."""
        self._cancelled.set()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """See Run."""
        self._check()
        step = Step(name, self._clock.now())
        self._journal(step)
        self._core.observers.notify(Progressed(self._record.request, step.begun_at, name))
        yield
        self._journal(replace(step, done_at=self._clock.now()))

    def progress(self, what: str, percent: int | None = None) -> None:
        """See Run."""
        self._check()
        now, text = self._clock.monotonic(), f"{what} {percent}"
        at, before = self._last_progress
        if text != before and now - at >= _PROGRESS_S:
            self._last_progress = (now, text)
            self._journal(Step(what, self._clock.now(), percent=percent))

    def wait(self, seconds: float) -> None:
        """See Run."""
        self._cancelled.wait(min(seconds, max(0.0, self.remaining_s())))
        self._check()

    def remaining_s(self) -> float:
        """See Run."""
        return self._ends_at - self._clock.monotonic()

    def _check(self) -> None:
        if self._cancelled.is_set():
            raise Aborted("the controller was stopped while this was under way; the target's state is not known")
        if not self._core.ownership.held_by(self._owner):
            raise Aborted("the controller lost its lease while this was under way; the target's state is not known")
        if self.remaining_s() <= 0:
            action = self._record.task.action
            raise DgFailure(f"{action.name} was not done within its time limit of {action.time_limit_s} s")

    def _journal(self, step: Step) -> None:
        def decide(view: View) -> Decision:
            record = view.record
            mine = record is not None and record.phase is Phase.BEGUN and record.owner == self._owner
            return Decision(view.vnf, record.stepped(step) if record and mine else None)

        change = Change(self._record.request.vnf_id, decide, record_id=self._record.id)
        (stored,) = self._core.store.update_many([change], self._owner)
        if stored.record is None:
            raise Aborted("another controller has taken this over; the target's state is not known")
