"""Following the bus: every request and every answer, whoever sent it."""

import queue
import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from appc.client.delivery import TopicReading
from appc.client.errors import Unreachable
from appc.client.transport import Topics, Transport
from appc.lcm.ports.failures import Unavailable

#: The topics are read apart: what comes within so many seconds is put in order, a request before its answer.
_TOGETHER_S = 0.05


@dataclass(frozen=True)
class Seen:
    """A message as it stands on the bus."""

    topic: str
    value: bytes


class Following:
    """Iterate over what is published from now on, both topics together. Raises: Unreachable."""

    def __init__(self, transport: Transport, topics: Topics) -> None:
        self._transport = transport
        self._topics = topics
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
            together = [self._seen.get()]
            time.sleep(_TOGETHER_S)
            while not self._seen.empty():
                together.append(self._seen.get())
            yield from sorted(together, key=lambda seen: seen.topic != self._topics.request)

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
