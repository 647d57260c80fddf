"""This life of this controller: what it owns by a lease, and whether it still does."""

import logging
import threading
from datetime import timedelta

from appc.lcm.ports.clock import Clock
from appc.lcm.ports.failures import Unavailable
from appc.lcm.ports.store import Leases

_log = logging.getLogger(__name__)

#: The lease is renewed this many times within its length.
_RENEWALS = 4


class Ownership:
    """The lease of one controller, renewed by a thread that does nothing else: nothing may hold it up."""

    def __init__(self, leases: Leases, controller_id: str, lease: timedelta, clock: Clock) -> None:
        self._leases = leases
        self._controller_id = controller_id
        self._lease = lease
        self._clock = clock
        self._lock = threading.Lock()
        self._owner, self._valid_until = self._joined()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)

    def start(self) -> None:
        """Begin to renew."""
        self._thread.start()

    def stop(self) -> None:
        """Renew no more, and give the lease back. Raises: Unavailable."""
        self._stopping.set()
        self._thread.join()
        self._leases.leave(self._owner)

    @property
    def owner(self) -> str:
        """The name of this life."""
        return self._owner

    @property
    def lease(self) -> timedelta:
        """How long a silent controller keeps what it owns."""
        return self._lease

    def held_by(self, owner: str) -> bool:
        """Whether `owner` is this life and its lease is certainly not over.

        Judged by the monotonic clock since before the last renewal: a process that was asleep finds out
        before its next outward step, without asking anybody.
        """
        return owner == self._owner and self._clock.monotonic() < self._valid_until

    def renew(self) -> None:
        """Prolong the lease, or begin a new life where it had lapsed. Raises: Unavailable."""
        begun = self._clock.monotonic()
        with self._lock:
            if self._leases.renew(self._owner, self._lease):
                self._valid_until = begun + self._lease.total_seconds()
                return
            _log.error("the lease of %s had lapsed: what it was executing is given up", self._owner)
            self._owner, self._valid_until = self._joined()

    def _keep(self) -> None:
        while not self._stopping.wait(self._lease.total_seconds() / _RENEWALS):
            try:
                self.renew()
            except Unavailable as error:
                _log.warning("the lease is not renewed: %s", error)

    def _joined(self) -> tuple[str, float]:
        begun = self._clock.monotonic()
        return self._leases.join(self._controller_id, self._lease), begun + self._lease.total_seconds()
