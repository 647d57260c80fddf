"""GROUP_START (contract section 2): where a group without offsets starts, fixed before the ready line."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from kafka import TopicPartition
from kafka.protocol.consumer import OffsetSpec

from appc.lcm.ports.bus import Message
from tests.contracts.bus_contract import KEYS, LIMIT_S, messages, take, values
from tests.contracts.kafka_harness import KafkaHarness


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        pytest.param("end", {b"later"}, id="end"),
        pytest.param("beginning", {b"old", b"new", b"later"}, id="beginning"),
        pytest.param(None, {b"new", b"later"}, id="a time"),
    ],
)
def test_a_new_group_starts_where_it_is_told(harness: KafkaHarness, start: str | None, expected: set[bytes]) -> None:
    """What came before is old work: it is not delivered, in no partition."""
    topic = harness.topic()
    bus = harness.open()
    bus.publish([Message(topic, key, b"old") for key in KEYS])
    time.sleep(0.01)  # the broker's clock has milliseconds
    between = datetime.now(UTC)
    bus.publish([Message(topic, key, b"new") for key in KEYS])
    late = harness.open(group_start=start or between)
    member = late.consumer(topic, "group")
    bus.publish([Message(topic, key, b"later") for key in KEYS])
    (got,) = take(harness, [member], len(KEYS) * len(expected))
    assert set(values(got)) == expected


def test_a_time_that_is_still_to_come_is_the_end(harness: KafkaHarness) -> None:
    """No message is that young: the group starts with the next one."""
    topic = harness.topic()
    bus = harness.open(group_start=datetime(2300, 1, 1, tzinfo=UTC))
    bus.publish(messages(topic, 40))
    bus.consumer(topic, "group")
    assert bus.committed(topic, "group") == bus.end(topic)


def test_the_start_is_committed_for_every_partition(harness: KafkaHarness) -> None:
    """When the controller is ready, whoever starts next starts there, whatever comes meanwhile."""
    topic = harness.topic()
    bus = harness.open(group_start="end")
    bus.publish(messages(topic, 40))
    end = bus.end(topic)
    assert sum(end.values()) == 40
    bus.consumer(topic, "group").close()
    assert bus.committed(topic, "group") == end
    bus.publish(messages(topic, 20))
    (got,) = take(harness, [harness.open(group_start="end").consumer(topic, "group")], 20)
    assert len(got) == 20


def test_controllers_that_start_at_once_lose_nothing(harness: KafkaHarness) -> None:
    """As soon as one of them is ready, what is published is delivered, though others may still be starting."""
    topic = harness.topic()
    harness.open().publish(messages(topic, 200))
    buses = [harness.open(group_start="end") for _ in range(4)]
    together = Barrier(4)

    def start(number: int) -> tuple[list[bytes], list[bytes]]:
        together.wait()
        bus = buses[number]
        member = bus.consumer(topic, "group")
        sent = [b"%d after %d" % (each, number) for each in range(len(KEYS))]
        bus.publish([Message(topic, key, value) for key, value in zip(KEYS, sent, strict=True)])
        got: list[bytes] = []
        deadline = time.monotonic() + LIMIT_S
        while sum(bus.committed(topic, "group").values()) < 200 + 4 * len(KEYS):
            assert time.monotonic() < deadline, "messages are missing"
            deliveries = member.poll(50, 0.1)
            member.commit(deliveries)
            got += values(deliveries)
        return sent, got

    with ThreadPoolExecutor(4) as threads:
        done = list(threads.map(start, range(4)))
    sent = [value for mine, _ in done for value in mine]
    got = [value for _, mine in done for value in mine]
    assert sorted(got) == sorted(sent)


def test_a_partition_that_is_added_later_is_read_from_its_beginning(harness: KafkaHarness) -> None:
    """The group is not new: what came to the partition before anybody noticed it is not old work."""
    topic = harness.topic()
    bus = harness.open(group_start="end", metadata_s=0.5)
    member = bus.consumer(topic, "group")
    add_partitions(harness, topic)
    fresh = harness.open()
    fresh.publish(messages(topic, 80))
    assert {partition for partition, end in fresh.end(topic).items() if end} > set(range(4))
    (got,) = take(harness, [member], 80)
    assert len(got) == 80
    assert set(bus.committed(topic, "group")) == set(range(8))


def test_a_restarted_controller_notices_added_partitions_too(harness: KafkaHarness) -> None:
    """A group is led by a member; one that comes back after a crash does not learn that it is the one."""
    topic = harness.topic()
    harness.open().consumer(topic, "group", "controller-1").poll(1, 0.5)
    bus = harness.open(metadata_s=0.5)
    member = bus.consumer(topic, "group", "controller-1")
    member.poll(1, 0.5)
    add_partitions(harness, topic)
    harness.open().publish(messages(topic, 80))
    (got,) = take(harness, [member], 80)
    assert len(got) == 80


def add_partitions(harness: KafkaHarness, topic: str) -> None:
    """Eight instead of four; returns when every partition has a leader."""
    with harness.admin() as admin:
        admin.create_partitions({topic: 8})
        admin.wait_for_topics([topic])
        deadline = time.monotonic() + LIMIT_S
        while len(admin.describe_topics([topic])[0]["partitions"]) < 8:
            assert time.monotonic() < deadline, "the partitions are not there"
            time.sleep(0.05)


def test_a_topic_that_does_not_exist_is_created(harness: KafkaHarness) -> None:
    """With partitions for several controllers, and times that are the broker's."""
    topic = harness.topic()
    harness.open().consumer(topic, "group")
    with harness.admin() as admin:
        (described,) = admin.describe_topics([topic])
        assert len(described["partitions"]) == 4
    before = datetime.now(UTC)
    bus = harness.open()
    bus.publish([Message(topic, "vnf", b"")])
    (read,) = bus.read(topic, dict.fromkeys(range(4), 0), 1)
    assert abs((read.received_at - before).total_seconds()) < 5


def test_controllers_may_create_a_topic_at_once(harness: KafkaHarness) -> None:
    """One of them does; the others find it."""
    topic = harness.topic()
    buses = [harness.open() for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        ends = list(threads.map(lambda bus: bus.end(topic), buses))
    assert ends == [dict.fromkeys(range(4), 0)] * 4


def test_a_group_that_lags_behind_the_retention_goes_on_with_what_is_kept(harness: KafkaHarness) -> None:
    """What was deleted before it was read is passed over."""
    topic = harness.topic()
    bus = harness.open()
    bus.publish(messages(topic, 10, ["vnf"]))
    bus.consumer(topic, "group").close()
    with harness.admin() as admin:
        (place,) = [place for place, end in admin.list_partition_offsets(_latest(topic)).items() if end.offset]
        admin.delete_records({place: 6})
    (got,) = take(harness, [harness.open().consumer(topic, "group")], 4)
    assert values(got) == [b"6", b"7", b"8", b"9"]
    assert len(bus.read(topic, dict.fromkeys(range(4), 0), 99)) == 4


def _latest(topic: str) -> dict[object, object]:
    return {TopicPartition(topic, partition): OffsetSpec.LATEST for partition in range(4)}
