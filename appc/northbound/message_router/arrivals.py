"""Waking those that wait for messages: one watch on each topic, however many wait."""

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial

import anyio.to_thread

from appc.lcm.ports.bus import TopicReader


class Arrivals:
    """Carries the bus's notifications, from whatever thread, to the event loop. Used in the loop's thread only."""

    def __init__(self, reader: TopicReader) -> None:
        self._reader = reader
        self._starting = asyncio.Lock()
        self._watches: dict[str, Callable[[], None]] = {}
        self._next: dict[str, asyncio.Event] = {}
        self._closed = False

    async def next(self, topic: str) -> asyncio.Event:
        """What the next arrival sets. Ask for it before looking whether there is something. Raises: Unavailable."""
        async with self._starting:
            if topic not in self._watches and not self._closed:
                notify = partial(self._notify, asyncio.get_running_loop(), topic)
                self._watches[topic] = await anyio.to_thread.run_sync(self._reader.watch, topic, notify)
                if self._closed:
                    self.close()
        return self._next.setdefault(topic, asyncio.Event())

    def close(self) -> None:
        """End the watches, and begin no more."""
        self._closed = True
        while self._watches:
            _, end = self._watches.popitem()
            end()

    def _notify(self, loop: asyncio.AbstractEventLoop, topic: str) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits
            loop.call_soon_threadsafe(self._wake, topic)

    def _wake(self, topic: str) -> None:
        arrived = self._next.pop(topic, None)
        if arrived is not None:
            arrived.set()
