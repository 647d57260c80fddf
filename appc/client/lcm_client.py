"""LcmClient: sends requests and hands each answer to whoever waits for it.

One connection serves any number of threads and tasks: one thread publishes, one reads, one watches the time, and a
few call handlers. Answers are matched by correlation-id alone, as the known clients do (facts 9.2).
"""

import asyncio
import logging
import queue
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from contextlib import aclosing, closing, suppress
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Self

from appc.client.delivery import Outgoing, Sender, TopicReading
from appc.client.errors import ClientError, InvalidAction, Unreachable
from appc.client.lanes import Lanes
from appc.client.pending import Event, Pending, Sink
from appc.client.transport import Topics, Transport
from appc.client.typed_action import TypedAction
from appc.lcm.errors import Rejected
from appc.lcm.ports.bus import Message
from appc.lcm.ports.clock import Clock
from appc.lcm.ports.failures import Unavailable
from appc.lcm.request import Request
from appc.system_clock import SystemClock
from appc.wire.answers import Answer, NotAnAnswer, read_answer
from appc.wire.envelope import build_request

#: How long a final answer is waited for, in seconds, as in APPC's own client library.
TIMEOUT_S = 300.0
#: Threads that call the handlers of `submit`.
_HANDLER_THREADS = 10

logger = logging.getLogger(__name__)

OnAnswer = Callable[[Answer], object]
OnFailure = Callable[[ClientError], object]


@dataclass(frozen=True)
class RawRequest:
    """Bytes to be sent as they are, whatever they say; `correlation_id` is what their answers will carry."""

    correlation_id: str
    vnf_id: str
    value: bytes


#: What can be sent: a typed action, a request of the domain, or bytes.
Sendable = TypedAction | Request | RawRequest


class LcmClient:
    """A client of the LCM API. For many threads and tasks; close it, or use it in a `with`.

    Whatever a controller answers is an `Answer`, rejections and failures included: `answer.succeeded` tells. What is
    raised is a `ClientError`: the request could not be sent, or no final answer came. Time-outs are in seconds, count
    from the call on, and are not extended by a 100. Raises: Unreachable, if answers cannot be read from now on.
    """

    def __init__(self, transport: Transport, topics: Topics | None = None, clock: Clock | None = None) -> None:
        self._topics = topics or Topics()
        self._clock = clock or SystemClock()
        self._transport = transport
        try:
            # before anything is sent: what is answered from now on will be seen
            subscription = transport.subscribe(self._topics.response)
        except Unavailable as error:
            transport.close()
            raise Unreachable(str(error)) from error
        self._pending = Pending()
        self._lanes = Lanes(_HANDLER_THREADS)
        self._sender = Sender(transport, self._pending)
        self._reader = TopicReading(subscription, self._deliver)

    def call(self, what: Sendable, *, timeout_s: float = TIMEOUT_S, on_answer: OnAnswer | None = None) -> Answer:
        """Send it and return the final answer; `on_answer` is called here with each one before: 100, 501.

        Raises: ClientError, and whatever `on_answer` does.
        """
        with closing(self._answers(what, timeout_s)) as answers:
            for answer in answers:
                if answer.final:
                    return answer
                if on_answer:
                    on_answer(answer)
        raise AssertionError("the last answer is final")

    def answers(self, what: Sendable, *, timeout_s: float = TIMEOUT_S) -> Iterator[Answer]:
        """Send it and yield each answer as it comes, the final one last. Raises: ClientError."""
        return self._answers(what, timeout_s)

    def submit(
        self, what: Sendable, on_answer: OnAnswer, on_failure: OnFailure | None = None, *, timeout_s: float = TIMEOUT_S
    ) -> None:
        """Send it and return; `on_answer` is called with each answer in order, by a thread of the client.

        Or `on_failure`, last, if no final answer comes. What a handler raises is logged, and harms nobody.
        Raises: InvalidAction, ClientClosed.
        """

        def handle(event: Event) -> None:
            if isinstance(event, ClientError):
                if on_failure:
                    on_failure(event)
            else:
                on_answer(event)

        self._begin(what, timeout_s, lambda id_, event: self._lanes.put(id_, partial(handle, event)))

    async def ask(self, what: Sendable, *, timeout_s: float = TIMEOUT_S, on_answer: OnAnswer | None = None) -> Answer:
        """As `call`, for asyncio: no thread waits. `on_answer` is called in the event loop."""
        async with aclosing(self._stream(what, timeout_s)) as answers:
            async for answer in answers:
                if answer.final:
                    return answer
                if on_answer:
                    on_answer(answer)
        raise AssertionError("the last answer is final")

    def stream(self, what: Sendable, *, timeout_s: float = TIMEOUT_S) -> AsyncIterator[Answer]:
        """As `answers`, for asyncio; it is sent when the first answer is asked for."""
        return self._stream(what, timeout_s)

    def close(self, wait_s: float = 0.0) -> None:
        """Give what is under way `wait_s` seconds, then tell the rest by ClientClosed. Idempotent.

        What was to be sent is sent, and every handler has been called when this returns.
        """
        self._pending.close(wait_s)
        self._sender.close()
        self._reader.close()
        self._lanes.close()
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def _deliver(self, value: bytes) -> None:
        try:
            answer = read_answer(value)
        except NotAnAnswer as error:
            logger.debug("not an answer: %s", error)
        else:
            self._pending.tell(answer.correlation_id, answer)

    def _answers(self, what: Sendable, timeout_s: float) -> Generator[Answer]:
        arrived: queue.SimpleQueue[Event] = queue.SimpleQueue()
        correlation_id = self._begin(what, timeout_s, lambda _, event: arrived.put(event))
        return self._received(correlation_id, arrived)

    def _received(self, correlation_id: str, arrived: "queue.SimpleQueue[Event]") -> Generator[Answer]:
        try:
            last = False
            while not last:
                answer = _answer_of(arrived.get())
                last = answer.final
                yield answer
        finally:
            self._pending.forget(correlation_id)

    async def _stream(self, what: Sendable, timeout_s: float) -> AsyncGenerator[Answer]:
        arrived: asyncio.Queue[Event] = asyncio.Queue()
        hand_over = partial(_hand_over, asyncio.get_running_loop(), arrived)
        correlation_id = self._begin(what, timeout_s, lambda _, event: hand_over(event))
        try:
            last = False
            while not last:
                answer = _answer_of(await arrived.get())
                last = answer.final
                yield answer
        finally:
            self._pending.forget(correlation_id)

    def _begin(self, what: Sendable, timeout_s: float, tell: Callable[[str, Event], None]) -> str:
        """Wait for its answers from now on, and have it sent."""
        raw = self._raw(what)
        sink: Sink = partial(tell, raw.correlation_id)
        self._pending.add(raw.correlation_id, sink, timeout_s)
        self._sender.send(Outgoing(raw.correlation_id, Message(self._topics.request, raw.vnf_id, raw.value)))
        return raw.correlation_id

    def _raw(self, what: Sendable) -> RawRequest:
        if isinstance(what, RawRequest):
            return what
        request = what.request(self._clock.now()) if isinstance(what, TypedAction) else what
        try:
            return RawRequest(request.reply_to.correlation_id, request.vnf_id, build_request(request))
        except Rejected as error:
            raise InvalidAction(f"{request.action}: {error}") from None


def _answer_of(event: Event) -> Answer:
    if isinstance(event, ClientError):
        raise event
    return event


def _hand_over(loop: asyncio.AbstractEventLoop, arrived: "asyncio.Queue[Event]", event: Event) -> None:
    with suppress(RuntimeError):  # the loop is closed: nobody waits any longer
        loop.call_soon_threadsafe(arrived.put_nowait, event)
