"""Reading topics of Kafka without a group, and hearing of what comes to them."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from appc.bus.kafka.clients import KafkaConfig, consumer, unavailable
from appc.bus.kafka.library import Records, poll
from appc.bus.kafka.records import deliveries
from appc.bus.kafka.topics import Topics, places
from appc.lcm.ports.bus import Delivery, Offsets
from appc.lcm.ports.failures import Unavailable

#: How long a read goes on without a message that is known to be there, in seconds.
_STALLED_S = 3.0

#: One wait for messages, in seconds: how late the end of a watch is noticed.
_WAIT_S = 0.5

#: How long a watch is left alone after an error, in seconds.
_RECOVER_S = 1.0

logger = logging.getLogger(__name__)


class TopicLog:
    """Reads one topic from any offsets. For many threads, which take turns."""

    def __init__(self, config: KafkaConfig, topics: Topics, topic: str) -> None:
        self._config = config
        self._topics = topics
        self._topic = topic
        self._lock = threading.Lock()
        self._client: KafkaConsumer | None = None

    def read(self, offsets: Offsets, limit: int) -> list[Delivery]:
        """See the port TopicReader. Raises: Unavailable."""
        ends = self._topics.ends(self._topic)
        wanted = {partition: offset for partition, offset in offsets.items() if offset < ends.get(partition, 0)}
        if not wanted or limit <= 0:
            return []
        with self._lock, unavailable(self._config):
            client = self._client = self._client or consumer(self._config)
            client.assign(places(self._topic, wanted))
            for place in places(self._topic, wanted):
                client.seek(place, wanted[place.partition])
            return deliveries(
                self._read(client, {place: ends[place.partition] for place in client.assignment()}, limit)
            )

    def close(self) -> None:
        """Release the connection; who reads meanwhile is waited for."""
        with self._lock:
            if self._client:
                self._client.close()
                self._client = None

    def _read(self, client: KafkaConsumer, ends: dict[TopicPartition, int], limit: int) -> Records:
        """Up to the ends, or the limit. Not every offset holds a message: marks of transactions are passed over."""
        found: dict[TopicPartition, list[object]] = {}
        room = limit
        moved = time.monotonic()
        while room and any(client.position(place) < end for place, end in ends.items()):
            news = poll(client, room, _WAIT_S)
            for place, records in news.items():
                found.setdefault(place, []).extend(records)
                room -= len(records)
            if news:
                moved = time.monotonic()
            elif time.monotonic() > moved + _STALLED_S:
                if not found:
                    raise Unavailable(f"the bus {self._config.shown} does not deliver what is on topic {self._topic}")
                break
        return found


class TopicWatch:
    """Tells whoever watches a topic that messages have come: one thread, however many watch.

    Raises: Unavailable, if it is not known where the topic ends now.
    """

    def __init__(self, config: KafkaConfig, topics: Topics, topic: str) -> None:
        self._topics = topics
        self._topic = topic
        self._stopping = threading.Event()
        self._watches: dict[object, Callable[[], None]] = {}
        # What comes is not looked at: as little of it as possible is transferred.
        self._client = consumer(config, fetch_max_bytes=1, max_partition_fetch_bytes=1)
        try:
            with unavailable(config):
                self._go_to_end()
        except Unavailable:
            self._client.close()
            raise
        self._thread = threading.Thread(target=self._run, name=f"kafka-watch-{topic}", daemon=True)
        self._thread.start()

    def add(self, notify: Callable[[], None]) -> Callable[[], None]:
        """Tell `notify` of what comes from now on; returns what ends that."""
        watch = object()
        self._watches[watch] = notify

        def end() -> None:
            self._watches.pop(watch, None)

        return end

    def stop(self) -> None:
        """End all watches."""
        self._stopping.set()

    def join(self) -> None:
        """Wait until it has stopped."""
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                if poll(self._client, 1, _WAIT_S):
                    self._go_to_end()  # before anybody is told: what comes later is told again
                    self._tell()
                elif self._client.assignment() != set(self._places()):
                    self._go_to_end()
                    self._tell()
            except (Unavailable, KafkaError, OSError, RuntimeError) as error:
                logger.warning("watching topic %s waits: %s", self._topic, error)
                self._stopping.wait(_RECOVER_S)
        with suppress(KafkaError, OSError, RuntimeError):
            self._client.close()

    def _go_to_end(self) -> None:
        self._client.assign(self._places())
        ends = self._topics.ends(self._topic)
        for place in self._client.assignment():
            self._client.seek(place, ends[place.partition])

    def _places(self) -> list[TopicPartition]:
        return places(self._topic, self._topics.partitions(self._topic))

    def _tell(self) -> None:
        for notify in list(self._watches.values()):
            try:
                notify()
            except Exception:
                logger.exception("the watch on topic %s failed", self._topic)
