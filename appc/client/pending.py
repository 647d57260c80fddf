"""Which requests wait for answers, and until when: answers find their way by correlation-id."""

import heapq
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from appc.client.errors import AnswerTimeout, ClientClosed, ClientError, InvalidAction
from appc.wire.answers import Answer

#: What a caller hears: each answer as it comes, or why there is none.
Event = Answer | ClientError
#: Takes events in their order; never waits, never raises.
Sink = Callable[[Event], None]


@dataclass(frozen=True)
class _Waiting:
    sink: Sink
    ends_at: float
    timeout_s: float


class Pending:
    """For many threads. A thread of its own tells whose time is over."""

    def __init__(self) -> None:
        self._waiting: dict[str, _Waiting] = {}
        self._deadlines: list[tuple[float, str]] = []
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._watch_deadlines, name="lcm-client-deadlines", daemon=True)
        self._thread.start()

    def add(self, correlation_id: str, sink: Sink, timeout_s: float) -> None:
        """From now on its answers go to `sink`, up to the final one, for `timeout_s` seconds.

        Raises: InvalidAction if one with this correlation-id is under way, or for a time-out that is no number;
        ClientClosed.
        """
        if math.isnan(timeout_s):
            raise InvalidAction("timeout_s: nan is no number of seconds")
        with self._changed:
            if self._closed:
                raise ClientClosed("the client is closed")
            if correlation_id in self._waiting:
                raise InvalidAction(f"request-id, sub-request-id: {correlation_id} is under way on this client")
            waiting = _Waiting(sink, time.monotonic() + timeout_s, timeout_s)
            self._waiting[correlation_id] = waiting
            heapq.heappush(self._deadlines, (waiting.ends_at, correlation_id))
            if self._deadlines[0][1] == correlation_id:
                self._changed.notify_all()

    def tell(self, correlation_id: str, event: Event) -> None:
        """Tell whoever waits for it, if anybody; the final answer and each error are the last they hear."""
        with self._changed:  # also around the sink: events of one request keep their order
            waiting = self._waiting.get(correlation_id)
            if waiting is None:
                return
            if isinstance(event, ClientError) or event.final:
                self._remove(correlation_id)
            waiting.sink(event)

    def forget(self, correlation_id: str) -> None:
        """Nobody waits for it any longer."""
        with self._changed:
            self._remove(correlation_id)

    def close(self, wait_s: float) -> None:
        """Take no more; give those that wait `wait_s` seconds for their answers, then tell them. Idempotent."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._waiting, min(wait_s, threading.TIMEOUT_MAX))
            for correlation_id in list(self._waiting):
                self.tell(
                    correlation_id, ClientClosed(f"the client was closed before the final answer to {correlation_id}")
                )
            self._changed.notify_all()
        self._thread.join()

    def _remove(self, correlation_id: str) -> None:
        if self._waiting.pop(correlation_id, None) and self._closed:
            self._changed.notify_all()

    def _watch_deadlines(self) -> None:
        with self._changed:
            while self._waiting or not self._closed:
                self._expire(time.monotonic())
                left_s = self._deadlines[0][0] - time.monotonic() if self._deadlines else math.inf
                if self._waiting or not self._closed:
                    self._changed.wait(min(left_s, threading.TIMEOUT_MAX))

    def _expire(self, now: float) -> None:
        while self._deadlines and self._deadlines[0][0] <= now:
            ends_at, correlation_id = heapq.heappop(self._deadlines)
            waiting = self._waiting.get(correlation_id)
            # what is long answered leaves its deadline behind; the id may be in use again
            if waiting and waiting.ends_at == ends_at:
                within = f"no final answer to {correlation_id} within {waiting.timeout_s:g} s"
                self.tell(correlation_id, AnswerTimeout(within))
