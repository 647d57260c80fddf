"""Leases: what a dead controller owned is answered by a living one; nothing it had begun is done again."""

import logging
import threading
from datetime import timedelta

from appc.controller.core import Core
from appc.controller.finisher import Ended, Finisher
from appc.controller.replies import Replies
from appc.lcm.errors import Aborted
from appc.lcm.outcome import Outcome
from appc.lcm.ports import Leases, Unavailable

_log = logging.getLogger(__name__)

#: The lease is renewed this many times within its length.
_RENEWALS = 4


class Recovery:
    """Renews this controller's lease, and takes over from those whose lease has lapsed."""

    def __init__(self, leases: Leases, core: Core, finisher: Finisher, replies: Replies) -> None:
        self._leases = leases
        self._store = core.store
        self._ownership = core.ownership
        self._finisher = finisher
        self._replies = replies
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="recovery", daemon=True)

    def start(self) -> None:
        """Take over at once what former lives of this controller left; then keep watching."""
        self.take_over()
        self._thread.start()

    def stop(self) -> None:
        """End the watching; the lease runs on until `Ownership.leave`."""
        self._stopping.set()
        self._thread.join()

    def take_over(self) -> None:
        """Publish stored answers of the dead and end what they had begun with 405/ABORTED. Raises: Unavailable.

        What they had accepted and not begun needs nothing: it waits in the queue, which is everybody's.
        """
        dead = self._leases.dead()
        if not dead:
            return
        self._replies.publish_answers(self._store.unpublished(dead))
        orphans = self._store.begun_by(dead)
        for record in orphans:
            last = f"; its last step was: {record.steps[-1]}" if record.steps else ""
            aborted = Aborted(f"the controller that executed this died{last}; the target's state is not known")
            self._finisher.finish(Ended(record.id, record.request.vnf_id, Outcome.of(aborted)))
        _log.warning("took over from %s: %d requests were under way", ", ".join(dead), len(orphans))

    def _work(self) -> None:
        while not self._stopping.wait(self._ownership.lease / timedelta(seconds=1) / _RENEWALS):
            try:
                self._ownership.renew()
                self.take_over()
            except Unavailable as error:
                _log.warning("the lease is not renewed: %s", error)
