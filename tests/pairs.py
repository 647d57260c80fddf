"""The pairs of bus and store that the same tests hold to the same promises."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from appc.bootstrap import TopicBus
from appc.bus.embedded import EmbeddedBus
from appc.bus.kafka import KafkaBus
from appc.bus.kafka_clients import KafkaConfig
from appc.system_clock import SystemClock
from tests.servers.kafka_server import SharedKafka, shared_kafka
from tests.servers.redis_server import quick_folder, redis_server

PAIRS = ("embedded-sqlite", "kafka-redis", "kafka-sqlite")


@dataclass(frozen=True)
class TopicNames:
    """The topics of one test."""

    request: str = "APPC-LCM-READ"
    response: str = "APPC-LCM-WRITE"
    dead_letter: str = "APPC-LCM-DLQ"


@dataclass(frozen=True)
class Pair:
    """A bus and a store. `settings` name them for a controller; `open_bus` is a handle of one's own on the bus."""

    open_bus: Callable[[Path], TopicBus]
    topics: TopicNames = TopicNames()
    settings: dict[str, str] = field(default_factory=dict)


def _embedded(state_dir: Path) -> TopicBus:
    return EmbeddedBus(state_dir / "bus.sqlite3", SystemClock())


@contextmanager
def open_pair(name: str, kafka: Callable[[], SharedKafka]) -> Iterator[Pair]:
    """The pair of this name; its servers run until the end."""
    if name == "embedded-sqlite":
        yield Pair(_embedded)
        return
    servers = kafka().addresses.plain
    unique = uuid4().hex[:12]
    topics = TopicNames(f"READ-{unique}", f"WRITE-{unique}", f"DLQ-{unique}")
    settings = {
        "bus_url": f"kafka://{servers}",
        "request_topic": topics.request,
        "response_topic": topics.response,
        "dead_letter_topic": topics.dead_letter,
        "group_start": "beginning",
    }
    with ExitStack() as stack:
        if name == "kafka-redis":
            folder = stack.enter_context(quick_folder())
            settings["store_url"] = stack.enter_context(redis_server(folder)).url()
        yield Pair(lambda _: KafkaBus(KafkaConfig((servers,))), topics, settings)


def kafka_of_the_run() -> SharedKafka:
    """One broker for all workers of a run, started when the first test needs it."""
    return shared_kafka(os.environ.get("PYTEST_XDIST_TESTRUNUID"))
