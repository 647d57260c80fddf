"""Fans an LcmEvent out; a failing observer is logged, never fatal."""

import logging
from collections.abc import Sequence

from appc.lcm.events import LcmEvent
from appc.lcm.ports.reporting import Observer

_log = logging.getLogger(__name__)


class Observers:
    """Port Observer in front of several observers."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._observers = tuple(observers)

    def notify(self, event: LcmEvent) -> None:
        """Tell each of them."""
        for observer in self._observers:
            try:
                observer.notify(event)
            except Exception:
                _log.exception("observer %s failed on %s", type(observer).__name__, type(event).__name__)
