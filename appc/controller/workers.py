"""Steps 7 and 8: a worker takes a waiting request, owns it and executes it."""

import logging
import threading
from collections import Counter
from collections.abc import Mapping

from appc.controller.core import Core
from appc.controller.decisions import beginning
from appc.controller.execution import Execution
from appc.controller.fairness import choose, lane_limit
from appc.controller.finisher import Ended, Finisher
from appc.lcm.actions import DeviceProtocol
from appc.lcm.errors import Aborted, ExpiredRequestFailure, LcmError, UnexpectedFailure
from appc.lcm.events import Started
from appc.lcm.outcome import Outcome
from appc.lcm.ports import Executor, Unavailable
from appc.lcm.record import RequestRecord
from appc.lcm.request import request_fields
from appc.workflows.tables import WORKFLOWS

_log = logging.getLogger(__name__)

#: How often the queue is looked at without being told that something has come, in seconds.
_LOOK_S = 0.25
#: How long a cancelled execution may take to come back before it is answered for, in seconds.
_CANCEL_S = 3.0


class WorkerPool:
    """`workers` executions at once, each in a thread of its own; one dispatcher thread hands them out."""

    def __init__(
        self, core: Core, executors: Mapping[DeviceProtocol, Executor], finisher: Finisher, workers: int
    ) -> None:
        self._core = core
        self._executors = executors
        self._finisher = finisher
        self._workers = workers
        self._running: dict[str, tuple[RequestRecord, Execution]] = {}
        self._changed = threading.Condition()
        self._news = False
        self._stopping = False
        self._dispatcher = threading.Thread(target=self._dispatch, name="dispatcher", daemon=True)

    def start(self) -> None:
        """Begin to take requests."""
        self._dispatcher.start()

    def wake(self) -> None:
        """Something has come to the queue."""
        with self._changed:
            self._news = True
            self._changed.notify_all()

    @property
    def busy(self) -> int:
        """Executions under way."""
        return len(self._running)

    def stop(self, drain_s: float) -> None:
        """Take nothing more; wait `drain_s` for what is under way, then cancel it: it ends 405/ABORTED."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._dispatcher.join()
        if not self._idle_within(drain_s):
            for _, execution in list(self._running.values()):
                execution.cancel()
            self._idle_within(_CANCEL_S)
        with self._changed:
            stuck = [record for record, _ in self._running.values()]
            self._running.clear()
        for record in stuck:  # a call that does not come back: its late outcome will find the record ended
            aborted = Aborted("the controller was stopped while this was under way; the target's state is not known")
            self._finisher.finish(Ended(record.id, record.request.vnf_id, Outcome.of(aborted)))

    def _idle_within(self, seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: not self._running, seconds)

    # ------------------------------------------------------------ the dispatcher's thread

    def _dispatch(self) -> None:
        while not self._stopping:
            try:
                self._expire()
                self._begin()
            except Unavailable as error:
                _log.warning("no request is begun: %s", error)
            with self._changed:
                self._changed.wait_for(lambda: self._news or self._stopping, _LOOK_S)
                self._news = False

    def _expire(self) -> None:
        for late in self._core.store.expired():
            self._finisher.finish(Ended(late.record_id, late.vnf_id, Outcome.of(ExpiredRequestFailure())))

    def _begin(self) -> None:
        running = Counter(record.task.lane for record, _ in list(self._running.values()))
        if running.total() >= self._workers:
            return
        now = self._core.clock.now()
        waiting = [each for each in self._core.store.waiting(lane_limit(self._workers)) if each.expires_at > now]
        chosen = choose(waiting, running, self._workers)
        owner = self._core.ownership.owner
        if not chosen or not self._core.ownership.held_by(owner):
            return
        changes = [beginning(each.record_id, each.vnf_id, owner) for each in chosen]
        for stored in self._core.store.update_many(changes, owner):
            if stored.record:  # else another controller was faster
                self._start(stored.record)

    def _start(self, record: RequestRecord) -> None:
        execution = Execution(record, self._core)
        with self._changed:
            self._running[record.id] = (record, execution)
        name = f"worker-{record.request.action}-{record.request.vnf_id}"
        threading.Thread(target=self._run, args=(record, execution), name=name, daemon=True).start()

    # ------------------------------------------------------------ a worker's thread

    def _run(self, record: RequestRecord, execution: Execution) -> None:
        now = self._core.clock.now()
        self._core.observers.notify(Started(record.request, now, (now - record.accepted_at).total_seconds()))
        outcome = self._execute(record, execution)
        with self._changed:
            owned = self._running.pop(record.id, None)
            if owned:
                self._finisher.finish(Ended(record.id, record.request.vnf_id, outcome))
            self._news = True
            self._changed.notify_all()

    def _execute(self, record: RequestRecord, execution: Execution) -> Outcome:
        task = record.task
        try:
            return WORKFLOWS[task.action.workflow](task, self._executors[task.protocol], execution)
        except LcmError as error:
            return Outcome.of(error)
        except Exception as error:
            _log.exception("executing failed", extra=request_fields(record.request))
            what = f"{type(error).__name__} while executing {task.action.name}; the log has the details"
            return Outcome.of(UnexpectedFailure(what))
