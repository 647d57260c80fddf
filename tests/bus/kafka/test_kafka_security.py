"""TLS and SASL (contract section 2, BUS_SECURITY_PROTOCOL and so on), on listeners that ask for them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    KafkaAdminClient,
    ResourcePattern,
    ResourceType,
)

from appc.bus.kafka.bus import KafkaBus
from appc.bus.kafka.clients import KafkaConfig, Security
from appc.lcm.ports.bus import Message
from appc.lcm.ports.failures import Unavailable
from tests.contracts.bus_contract import take, values
from tests.contracts.kafka_harness import KafkaHarness, config
from tests.servers.certificates import write_certificates
from tests.servers.kafka_server import USERS, Addresses

TLS = Security("SSL")
PLAIN = Security("SASL_PLAINTEXT", "PLAIN", "appc", USERS["appc"])


@pytest.fixture
def harness(guarded: Addresses) -> Iterator[KafkaHarness]:
    """Handles on the broker that has all listeners."""
    harness = KafkaHarness(guarded.plain)
    yield harness
    harness.close()


def secured(addresses: Addresses, security: Security) -> KafkaConfig:
    """The configuration for the listener that asks for this."""
    servers = {"SSL": addresses.tls, "SASL_PLAINTEXT": addresses.sasl, "SASL_SSL": addresses.sasl_tls}
    ca_file = Path(addresses.ca_file) if security.tls else None
    return replace(config(servers[security.protocol]), security=replace(security, ca_file=ca_file))


@pytest.mark.parametrize(
    "security",
    [
        pytest.param(TLS, id="TLS"),
        pytest.param(PLAIN, id="SASL PLAIN"),
        pytest.param(replace(PLAIN, protocol="SASL_SSL"), id="SASL PLAIN in TLS"),
        pytest.param(replace(PLAIN, mechanism="SCRAM-SHA-256"), id="SASL SCRAM-SHA-256"),
        pytest.param(replace(PLAIN, protocol="SASL_SSL", mechanism="SCRAM-SHA-512"), id="SASL SCRAM-SHA-512 in TLS"),
    ],
)
def test_everything_works_on_a_guarded_listener(harness: KafkaHarness, guarded: Addresses, security: Security) -> None:
    """Publishing, a group, a reader, a watch and a commit, under the same name to the end."""
    topic = harness.topic()
    bus = KafkaBus(secured(guarded, security))
    woken: list[None] = []
    bus.watch(topic, lambda: woken.append(None))
    bus.publish([Message(topic, "vnf", b"guarded")])
    member = bus.consumer(topic, f"group-{topic}", "controller-1")
    (got,) = take(harness, [member], 1)
    assert values(got) == [b"guarded"]
    assert max(bus.committed(topic, f"group-{topic}").values()) == 1
    assert values(bus.read(topic, dict.fromkeys(bus.end(topic), 0), 9)) == [b"guarded"]
    bus.close()
    assert woken


@pytest.mark.parametrize(
    ("security", "says"),
    [
        pytest.param(
            replace(PLAIN, password="wrong-canary"),
            r"it does not take SASL_PLAINTEXT from appc by PLAIN",
            id="wrong password, PLAIN",
        ),
        pytest.param(
            replace(PLAIN, password="wrong-canary", mechanism="SCRAM-SHA-512"),
            r"it does not take SASL_PLAINTEXT from appc by SCRAM-SHA-512",
            id="wrong password, SCRAM",
        ),
        pytest.param(
            replace(PLAIN, username="nobody", mechanism="SCRAM-SHA-256"),
            r"it does not take SASL_PLAINTEXT from nobody by SCRAM-SHA-256",
            id="unknown user",
        ),
    ],
)
def test_wrong_credentials_are_told(guarded: Addresses, security: Security, says: str) -> None:
    """The error says who was not let in, and nothing of the password."""
    with pytest.raises(Unavailable, match=says) as raised:
        KafkaBus(secured(guarded, security))
    assert "check BUS_USERNAME, BUS_PASSWORD" in str(raised.value)
    assert "canary" not in str(raised.value)
    assert "canary" not in repr(security)


def test_a_broker_that_nobody_vouches_for_is_told(guarded: Addresses, tmp_path: Path) -> None:
    """Its certificate is of another authority than BUS_CA_FILE: nothing is sent to it."""
    write_certificates(tmp_path / "other.pem", tmp_path / "unused.pem")
    other = replace(config(guarded.tls), security=Security("SSL", ca_file=tmp_path / "other.pem"))
    with pytest.raises(
        Unavailable, match=rf"cannot be reached: {guarded.tls}: .*CERTIFICATE_VERIFY_FAILED.*BUS_CA_FILE"
    ):
        KafkaBus(other)


def test_a_name_that_the_certificate_does_not_have_is_told(guarded: Addresses) -> None:
    """The certificate is for 127.0.0.1; under another name it could be anybody's."""
    localhost = guarded.tls.replace("127.0.0.1", "localhost")
    other = replace(config(localhost), security=Security("SSL", ca_file=Path(guarded.ca_file)))
    with pytest.raises(Unavailable, match=r"CERTIFICATE_VERIFY_FAILED.*mismatch"):
        KafkaBus(other)


@pytest.mark.parametrize("listener", ["tls", "sasl"])
def test_a_listener_that_asks_for_more_is_told(guarded: Addresses, listener: str) -> None:
    """Without BUS_SECURITY_PROTOCOL nothing comes of it, and soon."""
    with pytest.raises(Unavailable, match=r"cannot be used: it does not take PLAINTEXT.*check BUS_SECURITY_PROTOCOL"):
        KafkaBus(replace(config(getattr(guarded, listener)), answer_s=2.0))


def test_a_port_without_tls_is_told(guarded: Addresses) -> None:
    """What to look at is said."""
    plain = replace(config(guarded.plain), security=Security("SSL", ca_file=Path(guarded.ca_file)))
    with pytest.raises(Unavailable, match=r"cannot be reached: .*check BUS_SECURITY_PROTOCOL"):
        KafkaBus(plain)


# ---------------------------------------------------------------- what a user may do


@pytest.fixture(scope="module")
def restricted(guarded: Addresses) -> None:
    """The user `clerk` may read and write, and create nothing."""
    topics = ResourcePattern(ResourceType.TOPIC, "*", ACLResourcePatternType.LITERAL)
    cluster = ResourcePattern(ResourceType.CLUSTER, "kafka-cluster", ACLResourcePatternType.LITERAL)
    with KafkaAdminClient(bootstrap_servers=guarded.plain) as admin:
        admin.create_acls(
            [
                *[
                    ACL("User:clerk", "*", operation, ACLPermissionType.ALLOW, topics)
                    for operation in (ACLOperation.READ, ACLOperation.WRITE, ACLOperation.DESCRIBE)
                ],
                ACL("User:clerk", "*", ACLOperation.CREATE, ACLPermissionType.DENY, topics),
                ACL("User:clerk", "*", ACLOperation.CREATE, ACLPermissionType.DENY, cluster),
                ACL("User:clerk", "*", ACLOperation.IDEMPOTENT_WRITE, ACLPermissionType.ALLOW, cluster),
            ]
        )


@pytest.mark.usefixtures("restricted")
def test_a_user_who_may_not_create_topics_is_told_what_to_do(harness: KafkaHarness, guarded: Addresses) -> None:
    """The topic has to be created by somebody else; then everything works."""
    topic = harness.topic()
    bus = KafkaBus(secured(guarded, replace(PLAIN, username="clerk", password=USERS["clerk"])))
    for use in (
        lambda: bus.consumer(topic, f"group-{topic}"),
        lambda: bus.publish([Message(topic, "vnf", b"")]),
        lambda: bus.end(topic),
    ):
        with pytest.raises(Unavailable, match=f"topic {topic} does not exist and could not be created: create it"):
            use()
    harness.open().publish([Message(topic, "vnf", b"now")])
    (got,) = take(harness, [bus.consumer(topic, f"group-{topic}")], 1)
    assert values(got) == [b"now"]
    bus.publish([Message(topic, "vnf", b"allowed")])
    bus.close()
