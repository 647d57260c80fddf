"""What Kafka's client reads, as deliveries."""

import heapq
from datetime import UTC, datetime
from typing import Any

from appc.bus.kafka.library import Records
from appc.lcm.ports.bus import Delivery
from appc.lcm.record import Position

#: Times that a datetime can hold, in ms: a producer may put any number into its message.
_LAST_MS = 253_402_300_799_999


def deliveries(found: Records) -> list[Delivery]:
    """In the order of their times; those of a partition in the order of their offsets."""
    merged = heapq.merge(*found.values(), key=lambda record: record.timestamp)
    return [_delivery(record) for record in merged]


def _delivery(record: Any) -> Delivery:  # noqa: ANN401 - the library has no types
    return Delivery(
        Position(record.topic, record.partition, record.offset),
        None if record.key is None else record.key.decode(errors="replace"),
        record.value or b"",
        datetime.fromtimestamp(min(max(record.timestamp, 0), _LAST_MS) / 1000, UTC),
    )
