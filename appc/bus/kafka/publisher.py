"""Publishing to Kafka: acknowledged by all replicas, once, in order for each key."""

import threading
import time
from collections.abc import Sequence
from itertools import groupby

from kafka import KafkaProducer
from kafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError

from appc.bus.kafka.clients import LARGE, KafkaConfig, producer, said, unavailable
from appc.bus.kafka.library import force
from appc.bus.kafka.topics import Topics
from appc.lcm.ports.bus import Message, Refused
from appc.lcm.ports.failures import Unavailable

#: How long a client that could not be made is not tried again, in seconds: others that wait for it fail at once.
_PAUSE_S = 0.5

#: What remains of a client's own time limit until its answer is here, in seconds.
_LATE_S = 1.0

#: No broker ever takes such a message; what is known of it is that it is not there.
_TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)


class Publisher:
    """For many threads. A client that failed once is given up: what it may still hold must not come later."""

    def __init__(self, config: KafkaConfig, topics: Topics) -> None:
        self._config = config
        self._topics = topics
        self._lock = threading.Lock()
        self._producers: dict[bool, KafkaProducer] = {}
        self._failed: tuple[float, str] | None = None
        self._closed = False

    def publish(self, messages: Sequence[Message]) -> None:
        """See the port. Raises: Unavailable; Refused, when all others are durable."""
        for topic in {message.topic for message in messages}:
            self._topics.ensure(topic)
        refused: list[Message] = []
        # Large ones go by a client of their own, which compresses. Each run waits for the one before: order.
        for large, run in groupby(messages, key=lambda message: len(message.value) > LARGE):
            refused += self._sent(list(run), large)
        if refused:
            raise Refused(refused)

    def close(self) -> None:
        """Release the connections; idempotent."""
        with self._lock:
            self._closed = True
            producers, self._producers = self._producers, {}
        for each in producers.values():
            try:
                each.close(timeout=self._config.answer_s)
            except KafkaError:
                force(each)

    def _sent(self, messages: Sequence[Message], large: bool) -> list[Message]:
        """Send and wait; returns those that are too large for their topic."""
        client = self._producer(large)
        try:
            with unavailable(self._config):
                refused = self._refused(client, messages)
        except Unavailable:
            self._give_up(client, large)
            raise
        if refused:
            self._give_up(client, large)  # it counts messages, and one is missing now
        return refused

    def _refused(self, client: KafkaProducer, messages: Sequence[Message]) -> list[Message]:
        deadline = time.monotonic() + self._config.answer_s + _LATE_S
        refused = []
        waiting = []
        for message in messages:
            key = None if message.key is None else message.key.encode(errors="surrogatepass")
            try:
                waiting.append((message, client.send(message.topic, value=message.value, key=key)))
            except _TOO_LARGE:
                refused.append(message)
            except ValueError as error:  # the topic has gone
                raise KafkaError(said(error)) from error
        for message, future in waiting:
            try:
                future.get(max(0.0, deadline - time.monotonic()))
            except _TOO_LARGE:
                refused.append(message)
        return refused

    def _producer(self, large: bool) -> KafkaProducer:
        with self._lock:
            if self._closed:
                raise Unavailable(f"the bus {self._config.shown} is closed")
            if large not in self._producers:
                if self._failed and time.monotonic() < self._failed[0] + _PAUSE_S:
                    raise Unavailable(self._failed[1])
                try:
                    self._producers[large] = producer(self._config, compressed=large)
                except Unavailable as error:
                    self._failed = time.monotonic(), str(error)
                    raise
            return self._producers[large]

    def _give_up(self, client: KafkaProducer, large: bool) -> None:
        with self._lock:
            if self._producers.get(large) is client:
                del self._producers[large]
        force(client)
        threading.Thread(target=client.close, args=(self._config.answer_s,), name="kafka-give-up", daemon=True).start()
