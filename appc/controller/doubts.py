"""Calls that were told 503 while nobody knows whether the store had taken them: what was refused is not carried out.

A message of the bus needs none of this: it is judged again, and its position is known. A call has no position.
"""

import logging
import threading
from dataclasses import dataclass

from appc.controller.core import Core
from appc.controller.decisions import taking_back
from appc.controller.replies import Replies

_log = logging.getLogger(__name__)

#: How long a write whose answer was lost may still arrive, in seconds; far more than a store gives a decision.
_ARRIVES_S = 30.0


@dataclass(frozen=True)
class _Doubt:
    record_id: str
    vnf_id: str
    until: float


class Doubts:
    """Records that may be there. For several threads."""

    def __init__(self, core: Core, replies: Replies) -> None:
        self._core = core
        self._replies = replies
        self._lock = threading.Lock()
        self._doubts: list[_Doubt] = []

    def add(self, record_id: str, vnf_id: str) -> None:
        """The store did not say what became of this one."""
        with self._lock:
            self._doubts.append(_Doubt(record_id, vnf_id, self._core.clock.monotonic() + _ARRIVES_S))

    def settle(self) -> None:
        """Take back what turns out to be recorded: it ends 405/ABORTED, unbegun. Raises: Unavailable."""
        with self._lock:
            doubts = tuple(self._doubts)
        if not doubts:
            return
        owner, rules = self._core.ownership.owner, self._core.rules
        changes = [taking_back(doubt.record_id, doubt.vnf_id, owner, rules) for doubt in doubts]
        stored = self._core.store.update_many(changes, owner)
        now = self._core.clock.monotonic()
        found = {doubt for doubt, each in zip(doubts, stored, strict=True) if each.record}
        with self._lock:
            self._doubts = [doubt for doubt in self._doubts if doubt not in found and now < doubt.until]
        for doubt in found:
            _log.warning("request %s was recorded though its caller was told 503: it is taken back", doubt.record_id)
        self._replies.publish(stored)
