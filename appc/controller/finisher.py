"""Steps 9 and 10 for whatever has ended, many at a time: store the outcome, free the VNF, publish the answer."""

import logging
import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count

from appc.controller.core import Core
from appc.controller.decisions import finishing
from appc.controller.replies import Replies, until_available
from appc.lcm.errors import UnexpectedFailure
from appc.lcm.events import Finished
from appc.lcm.outcome import Outcome
from appc.lcm.ports.bus import Message
from appc.lcm.ports.store import Stored

_log = logging.getLogger(__name__)

#: Outcomes that are stored by one write at the most.
_BATCH = 200


@dataclass(frozen=True)
class Ended:
    """An outcome on its way into the ledger."""

    record_id: str
    vnf_id: str
    outcome: Outcome


class Finisher:
    """One thread that finishes what workers, expiry and recovery hand to it."""

    def __init__(self, core: Core, replies: Replies) -> None:
        self._core = core
        self._replies = replies
        self._ended: queue.SimpleQueue[Ended | None] = queue.SimpleQueue()
        self._on_the_way: set[str] = set()
        self._lock = threading.Lock()
        self._giving_up = threading.Event()
        self._thread = threading.Thread(target=self._work, name="finisher", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def finish(self, ended: Ended) -> None:
        """Take this over; it is stored and published soon, and tried again while bus or store are away."""
        with self._lock:
            self._on_the_way.add(ended.record_id)
        self._ended.put(ended)

    def finish_once(self, ended: Ended) -> bool:
        """As `finish`, for those who see it again until it is stored; False: it is on its way already."""
        with self._lock:
            if ended.record_id in self._on_the_way:
                return False
        self.finish(ended)
        return True

    def stop(self, timeout_s: float) -> None:
        """Finish what was handed over, give up after `timeout_s`: the store has what recovery needs."""
        self._ended.put(None)
        self._thread.join(timeout_s)
        self._giving_up.set()
        self._thread.join(timeout_s)

    def _work(self) -> None:
        more = True
        while more and not self._giving_up.is_set():
            batch = [self._ended.get()]
            while len(batch) < _BATCH and not self._ended.empty():
                batch.append(self._ended.get())
            more = None not in batch
            self.finish_now([ended for ended in batch if ended])

    def finish_now(self, batch: Sequence[Ended]) -> None:
        """Store and publish these, in the caller's thread. One that cannot be stored harms none of the others."""
        try:
            self._finish(batch)
        except Exception:
            _log.exception("%d requests could not be finished together", len(batch))
            for ended in batch:
                self._finish_alone(ended)
        with self._lock:
            self._on_the_way.difference_update(ended.record_id for ended in batch)

    def _finish_alone(self, ended: Ended) -> None:
        for outcome in (ended.outcome, Outcome.of(UnexpectedFailure("its outcome cannot be stored; see the log"))):
            try:
                self._finish([replace(ended, outcome=outcome)], in_doubt=True)
                return
            except Exception:
                _log.exception("request %s could not be finished with %r", ended.record_id, outcome)

    def _finish(self, batch: Sequence[Ended], in_doubt: bool = False) -> None:
        """`in_doubt`: a former try may have stored them, or some."""
        changes = [finishing(ended.record_id, ended.vnf_id, ended.outcome, self._core.rules) for ended in batch]
        stored: list[Stored] = []
        answers: list[tuple[int, Message]] = []
        tries = count(int(in_doubt))

        def store() -> None:
            owner = self._core.ownership.owner
            again = next(tries) > 0
            stored[:] = self._core.store.update_many(changes, owner)
            answers[:] = [answer for each in stored for answer in each.answers]
            if again:  # what a former try stored does not come back a second time
                answers[:] = self._core.store.unpublished([owner])

        if batch and until_available(store, self._giving_up):
            for ended, each in zip(batch, stored, strict=True):
                self._tell(ended, each)
            self._replies.publish_answers(answers)

    def _tell(self, ended: Ended, stored: Stored) -> None:
        if stored.record is None:
            _log.warning("request %s had ended already; this outcome is dropped: %s", ended.record_id, ended.outcome)
            return
        now = self._core.clock.now()
        took_s = (now - stored.record.accepted_at).total_seconds()
        self._core.observers.notify(Finished(stored.record.request, now, ended.outcome, took_s))
