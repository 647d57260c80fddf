"""One execution: the port Run, through which an executor touches the outside."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from appc.controller.core import Core
from appc.lcm.errors import Aborted, DgFailure
from appc.lcm.events import Progressed
from appc.lcm.phases import Phase
from appc.lcm.ports.failures import Unavailable
from appc.lcm.ports.store import Change, Decision, View
from appc.lcm.record import RequestRecord, Step
from appc.lcm.request import request_fields

_log = logging.getLogger(__name__)

#: Progress is written no more often than this, in seconds; steps always are.
_PROGRESS_S = 1.0
#: Why a stop ends what was begun.
STOPPED = "the controller was stopped while this was under way"
#: How long a step waits before it asks again a store that did not answer, in seconds.
_STORE_PAUSE_S = 0.2


class Execution:
    """See Run. Several threads may use one execution, as a fan-out does."""

    def __init__(self, record: RequestRecord, core: Core) -> None:
        self._record = record
        self._owner = record.owner or ""
        self._core = core
        self._clock = core.clock
        self._cancelled = threading.Event()
        self._ends_at = self._clock.monotonic() + record.task.time_limit_s
        self._last_progress: tuple[float, str, int | None] = (float("-inf"), "", None)
        self._reported_since: dict[str, datetime] = {}
        self._last_step = ""
        self._store_is_away = False

    def cancel(self) -> None:
        """Make every further call raise Aborted."""
        self._cancelled.set()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """See Run."""
        self._check()
        step = Step(name, self._clock.now())
        while not self._journal(step):
            self.wait(_STORE_PAUSE_S)  # the lease is not renewed either: it ends this, if the store does not come back
        self._check()  # who was asleep while writing takes no step
        self._last_step = name
        self._core.observers.notify(Progressed(self._record.request, step.begun_at, name))
        yield
        self._journal(replace(step, done_at=self._clock.now()))

    def progress(self, what: str, percent: int | None = None) -> None:
        """See Run."""
        self._check()
        now = self._clock.monotonic()
        at, *before = self._last_progress
        if [what, percent] != before and now - at >= _PROGRESS_S:
            self._last_progress = (now, what, percent)
            # one entry for each text, however often the percentage changes: the journal must not grow for an hour
            since = self._reported_since.setdefault(what, self._clock.now())
            self._journal(Step(what, since, percent=percent))

    def wait(self, seconds: float) -> None:
        """See Run."""
        self._cancelled.wait(min(seconds, max(0.0, self.remaining_s())))
        self._check()

    def remaining_s(self) -> float:
        """See Run."""
        return self._ends_at - self._clock.monotonic()

    def _check(self) -> None:
        if self._cancelled.is_set():
            raise self._aborted(STOPPED)
        if not self._core.ownership.held_by(self._owner):
            raise self._aborted("the controller lost its lease while this was under way")
        if self.remaining_s() <= 0:
            task = self._record.task
            raise DgFailure(f"{task.action.name} was not done within its time limit of {task.time_limit_s} s")

    def _aborted(self, why: str) -> Aborted:
        return Aborted.under_way(why, self._last_step)

    def _journal(self, step: Step) -> bool:
        """Write it; False where the store does not answer. Raises: Aborted if the request was taken over."""

        def decide(view: View) -> Decision:
            record = view.record
            mine = record is not None and record.phase is Phase.BEGUN and record.owner == self._owner
            return Decision(view.vnf, record.stepped(step) if record and mine else None)

        change = Change(self._record.request.vnf_id, decide, record_id=self._record.id)
        try:
            (stored,) = self._core.store.update_many([change], self._owner)
        except Unavailable as error:
            # once an outage: it is tried again and again
            level = logging.DEBUG if self._store_is_away else logging.WARNING
            fields = request_fields(self._record.request)
            _log.log(level, "step %s is not journalled: %s", step.name, error, extra=fields)
            self._store_is_away = True
            return False
        self._store_is_away = False
        if stored.record is None:
            raise self._aborted("another controller has taken this over")
        return True
