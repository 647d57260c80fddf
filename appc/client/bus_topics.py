"""The transport over a bus, Kafka or the embedded one: no group, each client reads from the end of the topic on."""

import threading
from collections.abc import Sequence
from typing import Protocol

from appc.lcm.ports.bus import Bus, Message, TopicReader

#: Messages of one read.
_LIMIT = 1000


class TopicBus(Bus, TopicReader, Protocol):
    """A bus that can be read without a group."""


class BusTopics:
    """Port Transport on a bus, which it owns."""

    def __init__(self, bus: TopicBus) -> None:
        self._bus = bus

    def publish(self, messages: Sequence[Message]) -> None:
        """See the port."""
        self._bus.publish(messages)

    def subscribe(self, topic: str) -> "BusSubscription":
        """See the port."""
        return BusSubscription(self._bus, topic)

    def close(self) -> None:
        """See the port."""
        self._bus.close()


class BusSubscription:
    """Port Subscription. The offsets are this client's own business: no group is left behind on the bus."""

    def __init__(self, bus: TopicBus, topic: str) -> None:
        self._bus = bus
        self._topic = topic
        self._news = threading.Event()
        self._interrupted = False
        self._end_watch = bus.watch(topic, self._news.set)
        self._offsets = dict(bus.end(topic))

    def read(self, timeout_s: float) -> list[bytes]:
        """See the port."""
        self._news.wait(timeout_s)
        if self._interrupted:
            return []
        self._news.clear()  # before the read: what comes during it is news again
        found = self._bus.read(self._topic, self._offsets, _LIMIT)
        if not found and self._notices_new_partitions():
            found = self._bus.read(self._topic, self._offsets, _LIMIT)
        for delivery in found:
            self._offsets[delivery.position.partition] = delivery.position.offset + 1
        if found:
            self._news.set()  # there may be more
        return [delivery.value for delivery in found]

    def interrupt(self) -> None:
        """See the port."""
        self._interrupted = True
        self._news.set()

    def close(self) -> None:
        """See the port."""
        self._end_watch()

    def _notices_new_partitions(self) -> bool:
        """Whatever is in a partition that was not there at the beginning is new."""
        new = set(self._bus.end(self._topic)) - set(self._offsets)
        self._offsets |= dict.fromkeys(new, 0)
        return bool(new)
