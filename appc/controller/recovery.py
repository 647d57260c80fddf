"""Leases: what a dead controller owned is answered by a living one; nothing it had begun is done again."""

import logging
import threading
from collections.abc import Sequence
from datetime import timedelta

from appc.controller.core import Core
from appc.controller.finisher import Ended, Finisher
from appc.controller.replies import Replies
from appc.lcm.errors import Aborted
from appc.lcm.outcome import Outcome
from appc.lcm.ports.failures import Unavailable
from appc.lcm.ports.store import Leases
from appc.lcm.record import RequestRecord

_log = logging.getLogger(__name__)

#: It is looked for the dead this many times within the length of a lease.
_LOOKS = 4


class Recovery:
    """Takes over from controllers whose lease has lapsed, this one's own former lives among them."""

    def __init__(self, leases: Leases, core: Core, finisher: Finisher, replies: Replies) -> None:
        self._leases = leases
        self._store = core.store
        self._ownership = core.ownership
        self._finisher = finisher
        self._replies = replies
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="recovery", daemon=True)

    def start(self) -> None:
        """Answer at once for the former lives of this controller; then keep watching. Raises: Unavailable."""
        dead = self._leases.dead()
        self._publish_what_is_left(dead)
        orphans = self._orphans(dead)
        self._finisher.finish_now(orphans)  # here and now: what is read next finds their VNFs free
        _tell_of(len(orphans), dead)
        self._thread.start()

    def stop(self) -> None:
        """End the watching, if it has begun."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def take_over(self) -> None:
        """Publish stored answers of the dead and end what they had begun with 405/ABORTED. Raises: Unavailable.

        What they had accepted and not begun needs nothing: it waits in the queue, which is everybody's.
        """
        dead = self._leases.dead()
        _tell_of(sum(self._finisher.finish_once(orphan) for orphan in self._orphans(dead)), dead)
        self._publish_what_is_left(dead)

    def _publish_what_is_left(self, dead: Sequence[str]) -> None:
        # one try: whoever waited here for the bus would not see who dies meanwhile
        if dead and (answers := self._store.unpublished(dead)):
            self._replies.try_once(answers)
            _log.warning("published %d answers that were left by %s", len(answers), ", ".join(dead))

    def _orphans(self, dead: Sequence[str]) -> list[Ended]:
        return [_orphan(record) for record in self._store.begun_by(dead)] if dead else []

    def _work(self) -> None:
        while not self._stopping.wait(self._ownership.lease / timedelta(seconds=1) / _LOOKS):
            try:
                self.take_over()
            except Unavailable as error:
                _log.warning("nothing is taken over: %s", error)


def _tell_of(orphans: int, dead: Sequence[str]) -> None:
    if orphans:
        _log.warning("%d requests were under way at %s: they are aborted", orphans, ", ".join(dead))


def _orphan(record: RequestRecord) -> Ended:
    last = str(record.steps[-1]) if record.steps else ""
    aborted = Aborted.under_way("the controller that executed this was silent for longer than its lease", last)
    return Ended(record.id, record.request.vnf_id, Outcome.of(aborted))
