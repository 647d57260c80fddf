"""The groups of this door: where each of them stands in a topic, kept in the store.

They have a namespace of their own and can never be the controller's. A position moves only when the messages before
it have gone out to a client, so a message may come twice after a crash, and is never lost.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from appc.lcm.ports.bus import Delivery, Offsets, TopicReader
from appc.lcm.ports.clock import Clock
from appc.lcm.ports.store import Documents

#: The kind of the documents; their id is `<topic>/<group>`. A group's name holds no slash.
KIND = "message-router-group"

#: A group that nobody asked for so long is forgotten (contract section 5.2).
IDLE = timedelta(hours=24)

#: How often a group that only gets empty answers is written again, so that it does not count as idle.
TOUCH_EVERY = timedelta(hours=1)

#: Messages in one answer, together, in bytes; a single larger one is sent alone.
MAX_ANSWER_BYTES = 16 * 1024 * 1024

#: Messages read at once, so that the budget is not exceeded by far.
_READ_AT_ONCE = 256


@dataclass(frozen=True)
class Standing:
    """Where a group stands: the offsets it reads next, and the version of the document that says so."""

    topic: str
    group: str
    offsets: Offsets
    version: int


@dataclass(frozen=True)
class Batch:
    """Messages for one answer. `after`: where the group stands once they have gone out."""

    standing: Standing
    messages: tuple[bytes, ...]
    after: Offsets

    def as_json(self) -> bytes:
        """A JSON array of strings; what is not UTF-8 is replaced, because JSON cannot carry it."""
        texts = [message.decode(errors="replace") for message in self.messages]
        return json.dumps(texts, ensure_ascii=False).encode()


class Groups:
    """All groups, for several threads and, by compare-and-set, several processes."""

    def __init__(self, reader: TopicReader, documents: Documents, clock: Clock) -> None:
        self._reader = reader
        self._documents = documents
        self._clock = clock

    def join(self, topic: str, group: str) -> Standing:
        """Where the group stands; a new one is fixed at the end of the topic. Raises: Unavailable."""
        while True:
            now = self._clock.now()
            found = self._documents.get(KIND, f"{topic}/{group}")
            if found is None:
                version, offsets = 0, dict(self._reader.end(topic))
            else:
                version, offsets = found[1], _offsets(found[0])
                if now - datetime.fromisoformat(found[0]["touched"]) < TOUCH_EVERY:
                    return Standing(topic, group, offsets, version)
                # partitions that the topic got meanwhile are read from their beginning
                offsets = {**dict.fromkeys(self._reader.end(topic), 0), **offsets}
            stored = self._documents.put(KIND, f"{topic}/{group}", _document(offsets, now), expected=version)
            if stored is not None:
                return Standing(topic, group, offsets, stored)

    def fetch(self, topic: str, group: str, limit: int) -> Batch:
        """What comes next for the group, without waiting for anything. Raises: Unavailable."""
        standing = self.join(topic, group)
        taken: list[Delivery] = []
        after = dict(standing.offsets)
        budget = MAX_ANSWER_BYTES
        while len(taken) < limit:
            wanted = min(limit - len(taken), _READ_AT_ONCE)
            deliveries = self._reader.read(topic, after, wanted)
            for delivery in deliveries:
                budget -= len(delivery.value)
                if budget < 0 and taken:
                    return Batch(standing, tuple(each.value for each in taken), after)
                taken.append(delivery)
                after[delivery.position.partition] = delivery.position.offset + 1
            if len(deliveries) < wanted:
                break
        return Batch(standing, tuple(each.value for each in taken), after)

    def advance(self, batch: Batch) -> None:
        """The batch has gone out: the group stands behind it. Raises: Unavailable."""
        standing, after, version = batch.standing, dict(batch.after), batch.standing.version
        id = f"{standing.topic}/{standing.group}"
        while self._documents.put(KIND, id, _document(after, self._clock.now()), expected=version) is None:
            # Another process served the group at the same time, or it was forgotten. Either has sent what is
            # before its own position, so the farther one of the two is right.
            found = self._documents.get(KIND, id)
            document, version = found or ({"offsets": {}}, 0)
            for partition, offset in _offsets(document).items():
                after[partition] = max(offset, after.get(partition, 0))

    def forget_idle(self, now: datetime) -> int:
        """Forget the groups that nobody asked for lately; returns how many. Raises: Unavailable."""
        # one that was written an hour before it was asked for the last time is not forgotten an hour early
        idle = self._documents.ids(KIND, untouched_since=now - IDLE - TOUCH_EVERY)
        for id in idle:
            self._documents.delete(KIND, id)
        return len(idle)


def _document(offsets: Offsets, touched: datetime) -> dict[str, Any]:
    return {
        "offsets": {str(partition): offset for partition, offset in offsets.items()},
        "touched": touched.isoformat(),
    }


def _offsets(document: Mapping[str, Any]) -> dict[int, int]:
    return {int(partition): offset for partition, offset in document["offsets"].items()}
