"""Following the bus: every request and every answer, whoever sent it."""

import queue
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from appc.client.delivery import TopicReading
from appc.client.errors import Unreachable
from appc.client.transport import Topics, Transport
from appc.lcm.ports.failures import Unavailable


@dataclass(frozen=True)
class Seen:
    """A message as it stands on the bus."""

    topic: str
    value: bytes


class Following:
    """Iterate over what is published from now on, both topics together. Raises: Unreachable."""

    def __init__(self, transport: Transport, topics: Topics) -> None:
        self._transport = transport
        self._seen: queue.SimpleQueue[Seen] = queue.SimpleQueue()
        self._readings: list[TopicReading] = []
        try:
            for topic in (topics.request, topics.response):
                self._readings.append(self._reading(topic))
        except Unavailable as error:
            self.close()
            raise Unreachable(str(error)) from error

    def __iter__(self) -> Iterator[Seen]:
        while True:
            yield self._seen.get()

    def close(self) -> None:
        """Release everything."""
        for reading in self._readings:
            reading.close()
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def _reading(self, topic: str) -> TopicReading:
        return TopicReading(self._transport.subscribe(topic), lambda value: self._seen.put(Seen(topic, value)))
