"""Steps 7 and 8: a worker takes a waiting request, owns it and executes it."""

import logging
import threading
from collections import Counter

from appc.controller.core import Core
from appc.controller.decisions import beginning
from appc.controller.execution import STOPPED, Execution
from appc.controller.fairness import choose, lane_limit
from appc.controller.finisher import Ended, Finisher
from appc.lcm.errors import Aborted, DgFailure, ExpiredRequestFailure, Failed, LcmError, UnexpectedFailure
from appc.lcm.events import Started
from appc.lcm.outcome import Outcome
from appc.lcm.ports.failures import Unavailable
from appc.lcm.ports.outside import Ports
from appc.lcm.record import RequestRecord
from appc.lcm.request import request_fields
from appc.workflows.tables import WORKFLOWS

_log = logging.getLogger(__name__)

#: How often the queue is looked at without being told that something has come, in seconds.
_LOOK_S = 0.25
#: How long a cancelled execution may take to come back before it is answered for, in seconds.
_CANCEL_S = 3.0
#: What an execution may end with (contract section 3.3); 404 is for what was never begun.
_ENDS = frozenset({400, 401, 405})


class WorkerPool:
    """`workers` executions at once, each in a thread of its own; one dispatcher thread hands them out."""

    def __init__(self, core: Core, ports: Ports, finisher: Finisher, workers: int) -> None:
        self._core = core
        self._ports = ports
        self._finisher = finisher
        self._workers = workers
        self._running: dict[str, tuple[RequestRecord, Execution]] = {}
        self._in_doubt: set[str] = set()
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

    def stop(self, drain_s: float, cancel_s: float = _CANCEL_S) -> None:
        """Take nothing more; wait `drain_s` for what is under way, then cancel it: it ends 405/ABORTED.

        What does not come back `cancel_s` after that is answered for; its late outcome is dropped. Both in seconds.
        """
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._dispatcher.join()
        if not self._idle_within(drain_s):
            for _, execution in list(self._running.values()):
                execution.cancel()
            self._idle_within(cancel_s)
        with self._changed:
            stuck = [record for record, _ in self._running.values()]
            self._running.clear()
        for record in stuck:  # a call that does not come back: its late outcome will find the record ended
            aborted = Aborted.under_way(STOPPED)
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
            self._finisher.finish_once(Ended(late.record_id, late.vnf_id, Outcome.of(ExpiredRequestFailure())))

    def _begin(self) -> None:
        owner = self._core.ownership.owner
        self._start_doubtful(owner)
        running = Counter(record.task.lane for record, _ in list(self._running.values()))
        if running.total() >= self._workers:
            return
        now = self._core.clock.now()
        waiting = [each for each in self._core.store.waiting(lane_limit(self._workers)) if each.expires_at > now]
        chosen = choose(waiting, running, self._workers)
        if not chosen or not self._core.ownership.held_by(owner):
            return
        changes = [beginning(each.record_id, each.vnf_id, owner) for each in chosen]
        self._in_doubt = {each.record_id for each in chosen}
        for stored in self._core.store.update_many(changes, owner):
            if stored.record:  # else another controller was faster
                self._start(stored.record)
        self._in_doubt = set()

    def _start_doubtful(self, owner: str) -> None:
        """Start what a write may have begun whose result was never seen: nobody else will, as long as this one lives.

        Of a former life nothing is started: recovery answers for it.
        """
        if self._in_doubt:
            for record in self._core.store.begun_by([owner]):
                if record.id in self._in_doubt:
                    self._start(record)
            self._in_doubt = set()

    def _start(self, record: RequestRecord) -> None:
        execution = Execution(record, self._core)
        name = f"worker-{record.request.action}-{record.request.vnf_id}"
        thread = threading.Thread(target=self._run, args=(record, execution), name=name, daemon=True)
        with self._changed:
            self._running[record.id] = (record, execution)
        try:
            thread.start()
        except RuntimeError as error:  # the machine has no more threads; what is in doubt is tried again
            with self._changed:
                del self._running[record.id]
            raise Unavailable(f"{name}: {error}") from error
        self._in_doubt.discard(record.id)

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
            outcome = WORKFLOWS[task.action.workflow](task, self._ports, execution)
            if outcome.code in _ENDS:
                return outcome
            what = f"{task.action.name} ended with {outcome.code}: {outcome.message}"
        except Failed as failure:
            if failure.code in _ENDS:
                return Outcome.of(failure)
            what = f"{task.action.name} ended with {failure.code}: {failure.message}"
        except LcmError as refusal:  # it was accepted: for a rejection it is too late
            return Outcome.of(DgFailure(refusal.message))
        except BaseException as error:  # SystemExit too: whatever ends this thread, the request gets its answer
            _log.exception("executing failed", extra=request_fields(record.request))
            what = f"{type(error).__name__} while executing {task.action.name}; the log has the details"
        return Outcome.of(UnexpectedFailure(what))
