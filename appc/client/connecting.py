"""Connecting: which transport a URL means. The libraries of Kafka and SQLite are loaded where they are wanted."""

from pathlib import Path
from urllib.parse import urlsplit

from appc.client.access import Access
from appc.client.errors import Unreachable
from appc.client.lcm_client import LcmClient
from appc.client.message_router import MessageRouter
from appc.client.transport import Topics, Transport
from appc.lcm.ports.failures import Unavailable

#: What `connect` takes.
FORMS = "http://host:port, https://host:port, kafka://host:port[,host:port] or embedded:/path/of/STATE_DIR"


def connect(
    url: str = "http://127.0.0.1:8181", access: Access | None = None, topics: Topics | None = None
) -> LcmClient:
    """A client over Message Router (http, https), over Kafka, or over the embedded bus of a controller's STATE_DIR.

    Raises: Unreachable; ValueError for another URL.
    """
    try:
        return LcmClient(open_transport(url, access), topics)
    except Unavailable as error:
        raise Unreachable(str(error)) from error


def open_transport(url: str, access: Access | None = None) -> Transport:
    """The transport that the URL means. Raises: Unavailable; ValueError for another URL."""
    access = access or Access()
    scheme = urlsplit(url).scheme
    if scheme in ("http", "https"):
        return MessageRouter(url, access)
    if scheme == "kafka":
        return _over_kafka(url, access)
    if scheme == "embedded":
        return _over_embedded(Path(url.removeprefix("embedded:")))
    raise ValueError(f"{url}: allowed are {FORMS}")


def _over_kafka(url: str, access: Access) -> Transport:
    from appc.bus.kafka.bus import KafkaBus
    from appc.bus.kafka.clients import KafkaConfig, Security
    from appc.client.bus_topics import BusTopics

    servers = tuple(url.removeprefix("kafka://").rstrip("/").split(","))
    security = Security(
        access.security_protocol, access.sasl_mechanism, access.username, access.password, access.ca_file
    )
    return BusTopics(KafkaBus(KafkaConfig(servers, security, creates_topics=False)))


def _over_embedded(state_dir: Path) -> Transport:
    from appc.bus.embedded import EmbeddedBus
    from appc.client.bus_topics import BusTopics
    from appc.system_clock import SystemClock

    file = state_dir / "bus.sqlite3"
    if not file.is_file():
        # it would be made anew, and nobody would ever read it
        raise Unavailable(f"no embedded bus in {state_dir}: is it the STATE_DIR of `appc serve` on this machine?")
    return BusTopics(EmbeddedBus(file, SystemClock()))
