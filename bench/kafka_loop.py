"""Messages per second of a bare loop, one read and two published for each, on Kafka next to the embedded bus.

Batches of 200, as the controller reads them; on Kafka everything is acknowledged before it is committed, on the
embedded bus it is on the disk. Rounds of both alternate, so that a machine that gets slower slows both. Run it with
`make bench`, or `python bench/kafka_loop.py [MESSAGES] [ROUNDS]`; the broker is the tests' own (tests/servers), or the
one that APPC_TEST_KAFKA names.
"""

import os
import statistics
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Protocol
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).parents[1]))

from appc.bus.embedded import EmbeddedBus
from appc.bus.kafka.bus import KafkaBus
from appc.bus.kafka.clients import KafkaConfig
from appc.lcm.ports.bus import Bus, Message, TopicReader
from appc.system_clock import SystemClock
from tests.servers.kafka_jars import NoKafka
from tests.servers.kafka_server import SharedKafka

BATCH = 200
KEYS = 100
#: About what an answer is long.
VALUE = b'{"body": {"input": {"common-header": {}}}}' * 15


class ReadableBus(Bus, TopicReader, Protocol):
    """Both buses are."""


def loop(bus: ReadableBus, count: int) -> float:
    """Messages per second: from the first poll to the last commit."""
    source, sink = f"in-{uuid4().hex}", f"out-{uuid4().hex}"
    made = [Message(source, f"vnf-{number % KEYS}", VALUE) for number in range(count)]
    for begin in range(0, count, BATCH):
        bus.publish(made[begin : begin + BATCH])
    bus.end(sink)
    consumer = bus.consumer(source, f"group-{source}")
    begun = time.perf_counter()
    seen = 0
    while seen < count:
        deliveries = consumer.poll(BATCH, 1)
        bus.publish([Message(sink, each.key, each.value) for each in deliveries for _ in range(2)])
        consumer.commit(deliveries)
        seen += len(deliveries)
    took_s = time.perf_counter() - begun
    consumer.close()
    return count / took_s


def on_kafka(count: int, servers: str) -> float:
    """One round on Kafka."""
    with closing(KafkaBus(KafkaConfig((servers,), group_start="beginning"))) as bus:
        return loop(bus, count)


def embedded(count: int) -> float:
    """One round on the embedded bus, on a fresh file."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(EmbeddedBus(Path(folder) / "bus.sqlite3", SystemClock())) as bus,
    ):
        return loop(bus, count)


def main() -> None:
    """Alternate rounds, print each and the medians."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    if given := os.environ.get("APPC_TEST_KAFKA"):
        compare(count, rounds, given)
        return
    try:
        shared = SharedKafka()
    except NoKafka as error:
        print(f"left out: {error}")
        return
    compare(count, rounds, shared.addresses.plain)
    shared.close()


def compare(count: int, rounds: int, servers: str) -> None:
    """The rounds, on this broker."""
    on_kafka(BATCH, servers)  # imports and caches
    rates: dict[str, list[float]] = {"kafka": [], "embedded": []}
    for _ in range(rounds):
        rates["kafka"].append(on_kafka(count, servers))
        rates["embedded"].append(embedded(count))
    for name, measured in rates.items():
        shown = " ".join(f"{rate:.0f}" for rate in measured)
        print(f"{name:8}  median {statistics.median(measured):6.0f} messages/s read, twice that published   ({shown})")


if __name__ == "__main__":
    main()
