"""What has to be done again and again, and may wait: forgetting what nobody will ask for any more."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from appc.lcm.ports.clock import Clock
from appc.lcm.ports.failures import Unavailable

_log = logging.getLogger(__name__)

#: How often it is looked whether a chore is due, in seconds.
_LOOK_S = 1.0


@dataclass(frozen=True)
class Chore:
    """Something to do every `every_s` seconds, first after that time."""

    name: str
    every_s: float
    do: Callable[[], object]


class Housekeeping:
    """One thread for all chores; a chore that fails is logged and tried again when it is due again."""

    def __init__(self, chores: Sequence[Chore], clock: Clock) -> None:
        self._clock = clock
        self._due = {chore: clock.monotonic() + chore.every_s for chore in chores}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="housekeeping", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the chore that is being done."""
        self._stopping.set()
        self._thread.join()

    def do_due(self) -> None:
        """Do what is due now."""
        for chore, due in self._due.items():
            if self._clock.monotonic() >= due:
                try:
                    chore.do()
                except Unavailable as error:
                    _log.warning("%s: %s", chore.name, error)
                except Exception:
                    _log.exception("%s failed", chore.name)
                self._due[chore] = self._clock.monotonic() + chore.every_s

    def _work(self) -> None:
        while not self._stopping.wait(_LOOK_S):
            self.do_due()
