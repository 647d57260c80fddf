"""How Kafka is reached: the configuration, the library's clients, and its errors in the port's words."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.errors import KafkaError
from kafka.net.compat import KafkaNetClient

from appc.bus.kafka.library import DIRECT
from appc.lcm.ports.failures import Unavailable

#: The longest pause between two tries to reach a broker, in ms: how late its return is noticed.
_RECONNECT_MS = 1000

#: How long a look at a broker takes that says why it cannot be used, in seconds.
_LOOK_S = 2.0

#: Larger messages, in bytes, are sent alone and compressed: their topic may take no more than 1 MiB.
LARGE = 256 * 1024

#: What one request to publish may hold, in bytes; below what brokers take (100 MB unless configured otherwise).
_REQUEST_BYTES = 96 * 1024 * 1024

#: What one answer with messages may hold, in bytes: it has to be here within `answer_s`.
_FETCH_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class Security:
    """How the controller and the brokers know each other: the settings BUS_SECURITY_PROTOCOL and so on."""

    protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None

    @property
    def tls(self) -> bool:
        """Whether brokers show certificates."""
        return self.protocol in ("SSL", "SASL_SSL")


@dataclass(frozen=True)
class KafkaConfig:
    """What is to be known of a Kafka.

    `servers`: `host:port`, some brokers of the cluster. `session_s`: a member that sends no heartbeat for longer is
    taken for dead; brokers allow 6 to 1800 s unless they are configured otherwise. `poll_s`: so is one that does not
    poll for longer. `answer_s`: how long is waited for the brokers. `partitions`: of topics that are created here.
    `max_message_bytes`: of a request; topics that are created here take what may become of it. `metadata_s`: how late
    new partitions are noticed. `creates_topics`: those that are used and do not exist; controllers do so.
    """

    servers: tuple[str, ...]
    security: Security = field(default_factory=Security)
    group_start: datetime | Literal["end", "beginning"] = "end"
    session_s: float = 10.0
    heartbeat_s: float = 1.0
    poll_s: float = 300.0
    answer_s: float = 10.0
    partitions: int = 4
    max_message_bytes: int = 1024 * 1024
    metadata_s: float = 30.0
    creates_topics: bool = True

    @property
    def shown(self) -> str:
        """For people."""
        return f"kafka://{','.join(self.servers)}"


def admin(config: KafkaConfig) -> KafkaAdminClient:
    """A client for many threads, connected. Raises: Unavailable."""
    # The library refuses what is more than this at once, instead of letting it wait.
    return _made(
        KafkaAdminClient,
        config,
        max_in_flight_requests_per_connection=1000,
        request_timeout_ms=_ms(config.answer_s) // 2,
    )


def producer(config: KafkaConfig, *, compressed: bool) -> KafkaProducer:
    """A client for many threads, connected: everything is acknowledged by all replicas, once. Raises: Unavailable."""
    return _made(
        KafkaProducer,
        config,
        acks="all",
        enable_idempotence=True,
        compression_type="gzip" if compressed else None,  # of all codecs the one that every client can read
        batch_size=LARGE,
        max_request_size=_REQUEST_BYTES,
        max_block_ms=_ms(config.answer_s),
        request_timeout_ms=_ms(config.answer_s) // 2,
        delivery_timeout_ms=_ms(config.answer_s),
        allow_auto_create_topics=False,
        metrics_enabled=False,
    )


def consumer(config: KafkaConfig, fetch_max_bytes: int = _FETCH_BYTES, **options: object) -> KafkaConsumer:
    """A client for one thread at a time, connected; goes on at the first message kept. Raises: Unavailable."""
    return _made(
        KafkaConsumer,
        config,
        request_timeout_ms=_ms(config.answer_s),
        fetch_max_bytes=fetch_max_bytes,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        allow_auto_create_topics=False,
        metrics_enabled=False,
        **options,
    )


@contextmanager
def unavailable(config: KafkaConfig) -> Iterator[None]:
    """The library's errors are the port's: nothing is known of what was under way. Raises: Unavailable."""
    try:
        yield
    except (KafkaError, OSError, RuntimeError) as error:  # RuntimeError: the client was closed meanwhile
        raise Unavailable(f"the bus {config.shown} does not answer: {said(error)}") from error


def said(error: BaseException) -> str:
    """What an error of the library says, in one line."""
    return str(error) if str(error).startswith(("[", type(error).__name__)) else f"{type(error).__name__}: {error}"


def _made(client: Any, config: KafkaConfig, **options: object) -> Any:  # noqa: ANN401 - the library has no types
    security = config.security
    _reach_one(config)
    connections: list[KafkaNetClient] = []

    def connected(**kwargs: object) -> KafkaNetClient:
        connections.append(KafkaNetClient(**kwargs))
        return connections[-1]

    try:
        return client(
            bootstrap_servers=list(config.servers),
            bootstrap_timeout_ms=_ms(config.answer_s) // 2,
            client_id="appc",
            reconnect_backoff_max_ms=_RECONNECT_MS,
            metadata_max_age_ms=_ms(config.metadata_s),
            security_protocol=security.protocol,
            ssl_context=_tls(security) if security.tls else None,
            sasl_mechanism=security.mechanism,
            sasl_plain_username=security.username,
            sasl_plain_password=security.password,
            kafka_client=connected,
            proxy_url=DIRECT,
            **options,
        )
    except (KafkaError, OSError) as error:
        for each in connections:  # the library leaves them, and their threads, to nobody
            each.close()
        who = f" from {security.username} by {security.mechanism}" if security.mechanism else ""
        why = f"it does not take {security.protocol}{who}, or does not answer: {said(error)}; {_check(security)}"
        raise Unavailable(f"the bus {config.shown} cannot be used: {why}") from error


def _check(security: Security) -> str:
    """What to look at, where the library only says that nothing came of it."""
    if security.mechanism:
        return "check BUS_USERNAME, BUS_PASSWORD, BUS_SASL_MECHANISM and BUS_SECURITY_PROTOCOL"
    return "check BUS_SECURITY_PROTOCOL, and that it is a Kafka"


def _tls(security: Security) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=security.ca_file)


def _reach_one(config: KafkaConfig) -> None:
    """Find a server that can be reached: the library would try for its time, and not say why there is none."""
    faults = []
    for server in config.servers:
        fault = _fault(server, config.security)
        if not fault:
            return
        faults.append(f"{server}: {fault}")
    raise Unavailable(f"the bus {config.shown} cannot be reached: {'; '.join(faults)}")


def _fault(server: str, security: Security) -> str:
    """Why a server cannot be reached, "" if it can be."""
    host, _, port = server.rpartition(":")
    host = host.strip("[]")
    try:
        with socket.create_connection((host, int(port)), _LOOK_S) as connection:
            if security.tls:
                _tls(security).wrap_socket(connection, server_hostname=host).close()
    except ssl.SSLCertVerificationError as error:
        return f"{error}; BUS_CA_FILE names the certificates that its own is signed by"
    except ssl.SSLError as error:
        return f"{error}; check BUS_SECURITY_PROTOCOL: this port may not speak TLS"
    except OSError as error:
        return str(error) or type(error).__name__
    return ""


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
