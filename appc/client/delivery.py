"""The two threads between a client and its transport: one publishes what is sent, one reads for all."""

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

from appc.client.errors import ClientError, NotTaken, Unreachable
from appc.client.pending import Pending
from appc.client.transport import Subscription, Transport
from appc.lcm.ports.bus import Message, Refused
from appc.lcm.ports.failures import Unavailable

#: Messages that are published at once, at most.
_BATCH = 200
#: One wait for answers, in seconds.
_WAIT_S = 15.0
#: How long a transport that is away is left alone, in seconds.
_AWAY_S = 0.5

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outgoing:
    """A message to be published, and the correlation-id that its answers will carry."""

    correlation_id: str
    message: Message


class Sender:
    """Publishes in the order of `send`, as many at once as have gathered: many callers cost few calls."""

    def __init__(self, transport: Transport, pending: Pending) -> None:
        self._transport = transport
        self._pending = pending
        self._queue: queue.SimpleQueue[Outgoing | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="lcm-client-sender", daemon=True)
        self._thread.start()

    def send(self, outgoing: Outgoing) -> None:
        """Never waits; what becomes of it is told to whoever waits for its answer."""
        self._queue.put(outgoing)

    def close(self) -> None:
        """Return when everything was published or failed."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while first := self._queue.get():
            batch = [first]
            last = False
            while len(batch) < _BATCH and not last and not self._queue.empty():
                more = self._queue.get()
                last = more is None
                batch += [more] if more else []
            self._publish(batch)
            if last:
                return

    def _publish(self, batch: list[Outgoing]) -> None:
        try:
            self._transport.publish([outgoing.message for outgoing in batch])
        except Refused as refused:
            self._fail([each for each in batch if each.message in refused.messages], NotTaken, str(refused))
        except Unavailable as error:
            self._fail(batch, Unreachable, str(error))
        except Exception as error:  # a defect, or bytes of the caller's that the transport cannot take: others go on
            logger.exception("a message could not be published")
            self._fail(batch, Unreachable, f"{type(error).__name__}: {error}")

    def _fail(self, batch: list[Outgoing], error: Callable[[str], ClientError], why: str) -> None:
        for outgoing in batch:
            self._pending.tell(outgoing.correlation_id, error(why))


class TopicReading:
    """Reads a topic and calls `handle` with each message; goes on when the transport is back."""

    def __init__(self, subscription: Subscription, handle: Callable[[bytes], None]) -> None:
        self._subscription = subscription
        self._handle = handle
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lcm-client-reader", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop reading; idempotent."""
        self._stopping.set()
        self._subscription.interrupt()
        self._thread.join()

    def _run(self) -> None:
        away = False
        while not self._stopping.is_set():
            try:
                values = self._subscription.read(_WAIT_S)
                away = False
            except Unavailable as error:
                # it, or another controller, may come back before the callers' time is over
                (logger.debug if away else logger.warning)("answers wait: %s", error)
                away = True
                self._stopping.wait(_AWAY_S)
                continue
            for value in values:
                self._handle(value)
        self._subscription.close()
