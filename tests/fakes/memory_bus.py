"""A bus in memory: ports Bus, Consumer and TopicReader. For several threads of one process."""

import threading
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from appc.lcm.ports.bus import Consumer, Delivery, Message, Offsets
from appc.lcm.ports.clock import Clock
from appc.lcm.ports.failures import Unavailable
from appc.lcm.record import Position


class MemoryBus:
    """Ports Bus and TopicReader.

    `down` makes every call raise Unavailable; `watches` counts what is being watched; `before_publish`, if set, is
    called first, in the publisher's thread. No poll waits longer than `longest_wait_s`.
    """

    def __init__(self, clock: Clock, partitions: int = 2) -> None:
        self.down = False
        self.before_publish: Callable[[], None] | None = None
        self.longest_wait_s = float("inf")
        self._clock = clock
        self._partitions = partitions
        self._log: list[Delivery] = []
        self._ends: dict[str, dict[int, int]] = defaultdict(lambda: dict.fromkeys(range(partitions), 0))
        self._committed: dict[tuple[str, str], dict[int, int]] = {}
        self._watchers: list[tuple[str, Callable[[], None]]] = []
        self._changed = threading.Condition(threading.RLock())

    def publish(self, messages: Sequence[Message]) -> None:
        if self.before_publish:
            self.before_publish()
        with self._open():
            for message in messages:
                count = len(self._ends[message.topic])
                partition = zlib.crc32(message.key.encode()) % count if message.key is not None else 0
                offset = self._ends[message.topic][partition]
                self._ends[message.topic][partition] = offset + 1
                position = Position(message.topic, partition, offset)
                self._log.append(Delivery(position, message.key, message.value, self._clock.now()))
            self._changed.notify_all()
            watchers = list(self._watchers)
        topics = {message.topic for message in messages}
        for topic, notify in watchers:
            if topic in topics:
                notify()

    def consumer(self, topic: str, group: str, member: str | None = None) -> Consumer:
        with self._open():
            return MemoryConsumer(self, topic, self._committed.setdefault((topic, group), {}))

    def committed(self, topic: str, group: str) -> Offsets:
        with self._open():
            return dict(self._committed.get((topic, group), {}))

    def close(self) -> None:
        self.down = True

    def grow(self, topic: str, partitions: int) -> None:
        """From now on the topic has so many partitions."""
        with self._open():
            self._ends[topic] = dict.fromkeys(range(partitions), 0) | self._ends[topic]

    def end(self, topic: str) -> Offsets:
        with self._open():
            return dict(self._ends[topic])

    def read(self, topic: str, offsets: Offsets, limit: int) -> list[Delivery]:
        with self._open():
            found = (
                delivery
                for delivery in self._log
                if delivery.position.topic == topic
                and delivery.position.offset >= offsets.get(delivery.position.partition, delivery.position.offset + 1)
            )
            return [delivery for delivery, _ in zip(found, range(limit), strict=False)]

    def watch(self, topic: str, notify: Callable[[], None]) -> Callable[[], None]:
        with self._open():
            watcher = (topic, notify)
            self._watchers.append(watcher)
            return lambda: self._watchers.remove(watcher)

    @property
    def watches(self) -> int:
        """How many watches are under way."""
        return len(self._watchers)

    def messages(self, topic: str) -> list[tuple[str | None, bytes]]:
        """Key and value of everything on a topic, in order."""
        return [(delivery.key, delivery.value) for delivery in self._log if delivery.position.topic == topic]

    def wait(self, topic: str, offsets: Mapping[int, int], limit: int, timeout_s: float) -> list[Delivery]:
        """As `read`, but waits for the first."""
        with self._open():
            self._changed.wait_for(lambda: bool(self.read(topic, offsets, limit)), timeout_s)
            return self.read(topic, offsets, limit)

    @contextmanager
    def _open(self) -> Iterator[None]:
        with self._changed:
            if self.down:
                raise Unavailable("the bus is down")
            yield


class MemoryConsumer:
    """Port Consumer: the only member of its group."""

    def __init__(self, bus: MemoryBus, topic: str, committed: dict[int, int]) -> None:
        self._bus = bus
        self._topic = topic
        self._committed = committed
        self._next = {**dict.fromkeys(bus.end(topic), 0), **committed}
        self._paused = False

    def poll(self, limit: int, timeout_s: float) -> list[Delivery]:
        timeout_s = min(timeout_s, self._bus.longest_wait_s)
        if self._paused:
            threading.Event().wait(timeout_s)
            return []
        deliveries = self._bus.wait(self._topic, self._next, limit, timeout_s)
        for delivery in deliveries:
            self._next[delivery.position.partition] = delivery.position.offset + 1
        return deliveries

    def commit(self, deliveries: Sequence[Delivery]) -> None:
        self._bus.committed(self._topic, "")  # raises if the bus is down
        for delivery in deliveries:
            self._committed[delivery.position.partition] = delivery.position.offset + 1

    def pause(self) -> None:
        self._paused = True

    def resume(self) -> None:
        self._paused = False

    def close(self) -> None:
        self._paused = True
