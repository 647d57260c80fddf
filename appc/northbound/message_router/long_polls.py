"""The long polls under way: they wait on events of the event loop, so hundreds of them cost no thread.

A poll waits until the first of these: a message, its time-out, the stop of the server, the leaving of its client.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar
from weakref import WeakValueDictionary

import anyio
import anyio.to_thread
from starlette.types import Receive, Send

from appc.lcm.ports.failures import Unavailable
from appc.northbound.message_router.arrivals import Arrivals
from appc.northbound.message_router.groups import Batch, Groups

_log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

#: Threads that read topics and positions.
_READERS = 8

#: How long even a poll that may not wait waits for its turn, in seconds: the one before may be storing its position.
_TURN_S = 2.0

#: The answer is sent in slices of this many bytes, the last of them only to a client that is still there.
_SLICE_BYTES = 64 * 1024

#: From the kernel's word that a connection is lost to the end of the task that waits for it; one more for each.
_ROUNDS = 5


@dataclass(frozen=True)
class Poll:
    """One GET: at most `limit` messages, after at most `wait_s` seconds."""

    topic: str
    group: str
    limit: int
    wait_s: float


class _Turn(asyncio.Lock):
    """A group's turn. `storing`: who has it has answered, and waits for the store."""

    storing = False


class LongPolls:
    """Serves polls, those of one group in turn. Used in the loop's thread only."""

    def __init__(self, groups: Groups, arrivals: Arrivals) -> None:
        self._groups = groups
        self._arrivals = arrivals
        self._readers = anyio.CapacityLimiter(_READERS)
        #: A group's turn; nobody holds it, and it is gone.
        self._turns: WeakValueDictionary[tuple[str, str], _Turn] = WeakValueDictionary()
        self._waiting: set[anyio.CancelScope] = set()
        self._closed = False

    async def serve(self, poll: Poll, receive: Receive, send: Send) -> None:
        """Answer one poll; the group's position is stored once the answer is out. Raises: Unavailable before that."""
        turn = self._turns.setdefault((poll.topic, poll.group), _Turn())
        begun = anyio.current_time()
        waiting = anyio.CancelScope(deadline=begun + max(poll.wait_s, _TURN_S))
        leaving = asyncio.create_task(_cancel_when_left(receive, waiting))
        batch, my_turn = None, False
        self._add(waiting)
        try:
            with waiting:
                my_turn = await turn.acquire()
                waiting.deadline = begun + poll.wait_s
                batch = await self._first_batch(poll)
            if not my_turn and turn.storing:
                raise Unavailable(f"the position of {poll.topic}/{poll.group} is still being stored")
            if not my_turn:  # even so the group stands somewhere from now on
                await self._in_thread(self._groups.join, poll.topic, poll.group)
            body = await self._in_thread(batch.as_json) if batch else b"[]"
            if await _sent(body, send, leaving) and batch:
                turn.storing = True
                await self._advance(batch)
        finally:
            self._waiting.discard(waiting)
            leaving.cancel()
            if my_turn:
                turn.storing = False
                turn.release()

    def close(self) -> None:
        """End every poll with what it has, those that are still to come as well."""
        self._closed = True
        for waiting in self._waiting:
            waiting.cancel()
        self._arrivals.close()

    def _add(self, waiting: anyio.CancelScope) -> None:
        self._waiting.add(waiting)
        if self._closed:
            waiting.cancel()

    async def _first_batch(self, poll: Poll) -> Batch:
        while True:
            # Not to be interrupted: even a poll that may not wait looks once, and what was read is not thrown away.
            with anyio.CancelScope(shield=True):
                arrival = await self._arrivals.next(poll.topic)
                batch = await self._in_thread(self._groups.fetch, poll.topic, poll.group, poll.limit)
            if batch.messages:
                return batch
            await arrival.wait()

    async def _advance(self, batch: Batch) -> None:
        try:
            await self._in_thread(self._groups.advance, batch)
        except Unavailable as error:  # the answer is out, so its client cannot be told
            name = f"{batch.standing.topic}/{batch.standing.group}"
            _log.warning("%d messages for %s will be delivered again: %s", len(batch.messages), name, error)

    async def _in_thread(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await anyio.to_thread.run_sync(lambda: work(*args, **kwargs), limiter=self._readers)


async def _cancel_when_left(receive: Receive, waiting: anyio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    waiting.cancel()


async def _sent(body: bytes, send: Send, leaving: "asyncio.Task[None]") -> bool:
    """Whether the whole answer went out: not if the client left before its last slice."""
    if await _has_left(leaving):
        return False
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    last = (len(body) - 1) // _SLICE_BYTES * _SLICE_BYTES
    for start in range(0, last, _SLICE_BYTES):
        await send({"type": "http.response.body", "body": body[start : start + _SLICE_BYTES], "more_body": True})
        if await _has_left(leaving):
            return False
    await send({"type": "http.response.body", "body": body[last:]})
    return True


async def _has_left(leaving: "asyncio.Task[None]") -> bool:
    """Whether the client has left, as far as this machine knows: the event loop needs some rounds to hear of it."""
    for _ in range(_ROUNDS):
        await asyncio.sleep(0)
    return leaving.done()
