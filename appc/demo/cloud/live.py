"""The world in real time: brought to the present when it is looked at, and when something is due in it.

While an event loop is bound, only its thread may use it; that, and handlers that never wait, replace locks.
"""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

from appc.demo.cloud.state import World

T = TypeVar("T")


class Live:
    """A world, a clock, and one timer for the step that is due next."""

    def __init__(self, world: World, epoch: float) -> None:
        """`epoch`: the time of day at the monotonic clock's zero; so a step of the wall clock moves nothing."""
        self._world = world
        self._epoch = epoch
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    def change(self, change: Callable[[World, float], T]) -> T:
        """Do something to the world as it is now, and plan for what falls due by it."""
        try:
            return change(self.present(), self.now())
        finally:
            self.replan()

    def now(self) -> float:
        """Seconds since the epoch; never runs backward."""
        return self._epoch + time.monotonic()

    def present(self) -> World:
        """The world as it is now."""
        self._world.advance(self.now())
        return self._world

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """From now on effects happen in time, even if nobody looks. To be called in the loop's thread."""
        self._loop = loop
        self._tick()

    def unbind(self) -> None:
        """No timer any more; what falls due meanwhile happens at the next look."""
        self._disarm()
        self._loop = None

    def replan(self) -> None:
        """Set the timer for what is due next; to be called after each change of the schedule."""
        self._disarm()
        due = self._world.next_due
        if self._loop is not None and due is not None:
            self._timer = self._loop.call_later(max(0.0, due - self.now()), self._tick)

    def _tick(self) -> None:
        # The loop may be early by its clock's resolution: nothing is due then, and the timer is set again.
        self._world.advance(self.now())
        self.replan()

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
