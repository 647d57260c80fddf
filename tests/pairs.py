"""The pairs of bus and store that the same tests hold to the same promises."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from appc.bootstrap.opening import TopicBus
from appc.bus.embedded import EmbeddedBus
from appc.bus.kafka.bus import KafkaBus
from appc.bus.kafka.clients import KafkaConfig
from appc.system_clock import SystemClock
from tests.servers.kafka_server import kafka_of_the_run
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
    """A bus and a store. `settings` name them for a controller; `open_bus` is a handle of one's own on the bus.

    `one_machine`: controllers that share it share a state directory.
    """

    open_bus: Callable[[Path], TopicBus]
    topics: TopicNames = TopicNames()
    settings: dict[str, str] = field(default_factory=dict)
    one_machine: bool = True


class Brokers:
    """The broker of the run: started when the first test needs it, held until this is closed."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._servers: str | None = None

    def servers(self) -> str:
        """Its address."""
        if self._servers is None:
            self._servers = self._stack.enter_context(kafka_of_the_run()).plain
        return self._servers

    def close(self) -> None:
        """Let go of it."""
        self._stack.close()


def _embedded(state_dir: Path) -> TopicBus:
    return EmbeddedBus(state_dir / "bus.sqlite3", SystemClock())


def embedded_pair() -> Pair:
    """In whatever state directory they are given."""
    return Pair(_embedded)


@contextmanager
def open_pair(name: str, brokers: Brokers) -> Iterator[Pair]:
    """The pair of this name; its servers run until the end."""
    if name == "embedded-sqlite":
        yield embedded_pair()
        return
    with ExitStack() as stack:
        store_url = "sqlite:"
        if name == "kafka-redis":
            folder = stack.enter_context(quick_folder())
            store_url = stack.enter_context(redis_server(folder)).url()
        yield kafka_pair(brokers.servers(), store_url)


def kafka_pair(servers: str, store_url: str) -> Pair:
    """Topics of their own on this Kafka, and this store."""
    unique = uuid4().hex[:12]
    topics = TopicNames(f"READ-{unique}", f"WRITE-{unique}", f"DLQ-{unique}")
    settings = {
        "bus_url": f"kafka://{servers}",
        "store_url": store_url,
        "request_topic": topics.request,
        "response_topic": topics.response,
        "dead_letter_topic": topics.dead_letter,
        "group_start": "beginning",
    }
    config = KafkaConfig((servers,), group_start="beginning")
    return Pair(lambda _: KafkaBus(config), topics, settings, one_machine=store_url == "sqlite:")
