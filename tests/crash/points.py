"""Named points of a request's way at which a controller ends, or falls asleep, by itself."""

import itertools
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from appc.bootstrap.application import Replacements
from appc.bootstrap.opening import open_bus, open_store
from appc.lcm.ports.clock import Clock
from appc.settings import Settings
from tests.fakes.faulty import faulty

Port = TypeVar("Port")


@dataclass(frozen=True)
class Point:
    """`before` or `after` a call of store or bus, in the thread whose name begins so, at its n-th passage."""

    when: str
    call: str
    thread: str
    passage: int = 1

    def __str__(self) -> str:
        return f"{self.when} {self.call} by {self.thread}, passage {self.passage}"


#: Where a request's state is written or told, in the order of its way; Stop takes one outward step.
JUDGING = ("update_many", "bus-listener")
PUBLISHING_THE_100 = ("publish", "bus-listener")
MARKING_THE_100 = ("published", "bus-listener")
COMMITTING = ("commit", "bus-listener")
BEGINNING = ("update_many", "dispatcher")
JOURNALLING_A_STEP = ("update_many", "worker-", 1)
JOURNALLING_THE_STEPS_END = ("update_many", "worker-", 2)
FINISHING = ("update_many", "finisher")
PUBLISHING_THE_FINAL = ("publish", "finisher")
MARKING_THE_FINAL = ("published", "finisher")


@dataclass(frozen=True)
class AtPoint:
    """What a controller does to itself, there: SIGKILL ends it, SIGSTOP lets it sleep, as nobody could from outside."""

    point: Point
    signal: signal.Signals

    def replacements(self) -> Replacements:
        """The real store and the real bus, watched."""
        watcher = _Watcher(self)

        def watched(opener: Callable[[Settings, Clock], Port]) -> Callable[[Settings, Clock], Port]:
            return lambda settings, clock: faulty(opener(settings, clock), watcher)

        return Replacements(open_store=watched(open_store), open_bus=watched(open_bus))


class _Watcher:
    def __init__(self, at: AtPoint) -> None:
        self._at = at
        self._passages = itertools.count(1)

    def at(self, point: str, *_: object) -> None:
        wanted = self._at.point
        here = point == f"{wanted.when} {wanted.call}" and threading.current_thread().name.startswith(wanted.thread)
        if here and next(self._passages) == wanted.passage:
            if self._at.signal is signal.SIGKILL:
                os.kill(os.getpid(), signal.SIGKILL)
            signal.pthread_kill(threading.get_ident(), self._at.signal)  # this thread goes no further
