"""Messages on Kafka: what is too large, what cannot be read, what other programs publish."""

import logging
import os
import random

import pytest
from kafka import KafkaProducer

from appc.lcm.ports.bus import Message, Refused
from appc.lcm.ports.failures import NoTopic
from tests.contracts.bus_contract import messages, take, values
from tests.contracts.kafka_harness import KafkaHarness

#: What a request may hold (MAX_MESSAGE_BYTES).
MIB = 1024 * 1024

START = dict.fromkeys(range(4), 0)


def noise(size: int) -> bytes:
    """Bytes that cannot be compressed."""
    return random.Random(7).randbytes(size)


class NoUtf8(str):
    """The name of a header, as a program in another language may write it."""

    __slots__ = ()

    def encode(self, *_: object) -> bytes:
        return b"\xff\xfe"


def test_who_only_looks_creates_no_topic(harness: KafkaHarness) -> None:
    """Neither by reading nor by publishing; a controller's bus creates it, and then it is there for everybody."""
    looking, topic = harness.open(creates_topics=False), harness.topic()
    for use in (lambda: looking.end(topic), lambda: looking.publish([Message(topic, "vnf", b"x")])):
        with pytest.raises(NoTopic, match=f"there is no topic {topic} at kafka://"):
            use()
    harness.open().publish([Message(topic, "vnf", b"x")])
    assert sum(looking.end(topic).values()) == 1


# ---------------------------------------------------------------- size


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(b"\\u0001" * MIB, id="control characters, six for each"),
        pytest.param(noise(MIB).hex().encode(), id="binary, two for each"),
    ],
)
def test_a_dead_letter_of_the_largest_request_is_published(harness: KafkaHarness, value: bytes) -> None:
    """A topic that is created here takes whatever becomes of a request."""
    bus, topic = harness.open(), harness.topic()
    bus.publish([Message(topic, "vnf", value)])
    (read,) = bus.read(topic, START, 9)
    assert read.value == value


def test_a_topic_with_kafkas_usual_limit_takes_what_can_be_compressed(harness: KafkaHarness) -> None:
    """1 MiB on the wire: the dead letter of a large text fits."""
    bus, topic = harness.open(), harness.topic()
    create(harness, topic)
    bus.publish([Message(topic, "vnf", b"\\u0001" * MIB)])
    (read,) = bus.read(topic, START, 9)
    assert len(read.value) == 6 * MIB


def test_what_is_too_large_is_refused_and_the_rest_is_published(harness: KafkaHarness) -> None:
    """It would be refused for ever: the publisher is told which it is, and that all others are durable."""
    bus, topic = harness.open(), harness.topic()
    create(harness, topic)
    large = Message(topic, "vnf", noise(2 * MIB))
    with pytest.raises(Refused, match=f"2097152 bytes for {topic}") as raised:
        bus.publish([Message(topic, "vnf", b"before"), large, Message(topic, "vnf", b"behind")])
    assert raised.value.messages == (large,)
    bus.publish([Message(topic, "vnf", noise(MIB // 2)), Message(topic, "vnf", b"later")])
    assert [len(value) for value in values(bus.read(topic, START, 9))] == [6, 6, MIB // 2, 5]


def test_what_is_larger_than_any_request_is_refused(harness: KafkaHarness) -> None:
    """No broker is asked."""
    bus, topic = harness.open(), harness.topic()
    large = Message(topic, "vnf", bytes(97 * MIB))
    with pytest.raises(Refused):
        bus.publish([large, Message(topic, "vnf", b"behind")])
    assert values(bus.read(topic, START, 9)) == [b"behind"]


def test_large_and_small_messages_of_a_key_keep_their_order(harness: KafkaHarness) -> None:
    """Large ones go another way; they do not overtake, and are not overtaken."""
    bus, topic = harness.open(), harness.topic()
    sent = [b"%d" % number * (400_000 if number % 3 == 0 else 1) for number in range(1, 10)]
    bus.publish([Message(topic, "vnf", value) for value in sent])
    assert values(bus.read(topic, START, 99)) == sent


# ---------------------------------------------------------------- what others publish


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
def test_whatever_codec_a_publisher_uses_it_is_read(harness: KafkaHarness, codec: str) -> None:
    """A message that needs a codec is no reason to stop."""
    bus, topic = harness.open(), harness.topic()
    bus.end(topic)
    with KafkaProducer(bootstrap_servers=harness.servers, compression_type=codec, max_request_size=8 * MIB) as other:
        other.send(topic, value=b"x" * (3 * MIB // 2), key=b"vnf").get(10)
    (got,) = take(harness, [bus.consumer(topic, "group")], 1)
    assert values(got) == [b"x" * (3 * MIB // 2)]


def test_a_message_that_cannot_be_read_stops_nobody(harness: KafkaHarness, caplog: pytest.LogCaptureFixture) -> None:
    """It is skipped, the log says where it stands, and the next one is handled: for members, readers and watches."""
    bus, topic = harness.open(), harness.topic()
    bus.publish([Message(topic, "vnf", b"before")])
    woken: list[None] = []
    bus.watch(topic, lambda: woken.append(None))
    with KafkaProducer(bootstrap_servers=harness.servers) as other:
        other.send(topic, value=b"unreadable", key=b"vnf", headers=[(NoUtf8("name"), b"")]).get(10)
    bus.publish([Message(topic, "vnf", b"behind")])
    caplog.set_level(logging.ERROR)
    member = bus.consumer(topic, "group")
    (got,) = take(harness, [member], 2)
    assert values(got) == [b"before", b"behind"]
    for _ in range(2):
        assert values(bus.read(topic, START, 9)) == [b"before", b"behind"]
    assert set(bus.committed(topic, "group").values()) == {0, 3}
    assert f"the message at {topic}, partition {got[0].position.partition}, offset 1 cannot be read" in caplog.text
    bus.publish(messages(topic, 1))
    assert woken


def test_odd_messages_of_others_are_delivered(harness: KafkaHarness) -> None:
    """A key that is no text, no value at all, a time before any: all of it is legal in Kafka."""
    bus, topic = harness.open(), harness.topic()
    create(harness, topic, **{"message.timestamp.type": "CreateTime"})
    with KafkaProducer(bootstrap_servers=harness.servers) as other:
        other.send(topic, value=b"1", key=b"\xff", partition=0, timestamp_ms=0).get(10)
        other.send(topic, value=None, key=b"key", partition=0, timestamp_ms=1).get(10)
    (got,) = take(harness, [bus.consumer(topic, "group")], 2)
    assert [(each.key, each.value, each.received_at.year) for each in got] == [("�", b"1", 1970), ("key", b"", 1970)]


def test_marks_of_transactions_are_passed_over(harness: KafkaHarness) -> None:
    """They take an offset and hold no message: a reader does not wait for one, a member goes on behind them."""
    bus, topic = harness.open(), harness.topic()
    bus.end(topic)
    with KafkaProducer(bootstrap_servers=harness.servers, transactional_id=topic) as other:
        other.init_transactions()
        for number in range(2):
            other.begin_transaction()
            other.send(topic, value=b"%d" % number, key=b"vnf")
            other.commit_transaction()
    assert max(bus.end(topic).values()) == 4
    assert values(bus.read(topic, START, 9)) == [b"0", b"1"]
    behind = {partition: 3 for partition, end in bus.end(topic).items() if end}
    assert bus.read(topic, behind, 9) == []
    bus.publish([Message(topic, "vnf", b"2")])
    (got,) = take(harness, [bus.consumer(topic, "group")], 3)
    assert values(got) == [b"0", b"1", b"2"]


def test_a_key_goes_where_other_programs_send_it(harness: KafkaHarness) -> None:
    """Answers of a VNF and whatever Java's client publishes for it stand in one partition, in order."""
    bus, topic = harness.open(), harness.topic()
    keys = [f"vnf-{os.urandom(4).hex()}" for _ in range(20)]
    bus.publish([Message(topic, key, b"ours") for key in keys])
    with KafkaProducer(bootstrap_servers=harness.servers) as other:
        theirs = {key: other.send(topic, value=b"theirs", key=key.encode()).get(10).partition for key in keys}
    ours = {each.key: each.position.partition for each in bus.read(topic, START, 99) if each.value == b"ours"}
    assert ours == theirs


def create(harness: KafkaHarness, topic: str, **configs: str) -> None:
    """A topic as somebody else creates it."""
    wanted = {"num_partitions": 4, "replication_factor": 1, "configs": configs}
    with harness.admin() as admin:
        admin.create_topics({topic: wanted}, wait_for_metadata=True)
