"""What every bus must do (ports Bus, Consumer and TopicReader), whatever stands behind it.

A back end passes by a module of its own: a subclass of `BusContract` and a fixture `harness`.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Protocol

import pytest

from appc.lcm.ports.bus import Bus, Consumer, Delivery, Message, TopicReader
from appc.lcm.ports.failures import Unavailable

#: When a test gives up on what must happen at last, in seconds.
LIMIT_S = 30.0

#: Enough keys to reach every partition.
KEYS = [f"vnf-{number}" for number in range(40)]


class ReadableBus(Bus, TopicReader, Protocol):
    """A bus whose topics can also be read without a group."""


class BusHarness(Protocol):
    """What a back end brings along. New groups start at the beginning of their topic."""

    @property
    def turn_s(self) -> float:
        """How long a member polls before it is the next one's turn, in seconds."""

    @property
    def opener(self) -> Callable[[], ReadableBus]:
        """Opens a handle on the bus in any process: can be pickled. Who calls it closes the handle."""

    def open(self) -> ReadableBus:
        """One more handle on the bus, as another process would have it; closed after the test."""

    def topic(self) -> str:
        """A fresh topic of several partitions."""

    def lapse(self, sleeper: Consumer) -> None:
        """Let the session of a member end that does not poll for so long."""


def messages(topic: str, count: int, keys: Sequence[str | None] = KEYS) -> list[Message]:
    """Numbered messages that go round the keys."""
    return [Message(topic, keys[number % len(keys)], b"%d" % number) for number in range(count)]


def values(deliveries: Iterable[Delivery]) -> list[bytes]:
    """What was delivered."""
    return [delivery.value for delivery in deliveries]


def by_key(deliveries: Iterable[Delivery]) -> dict[str | None, list[bytes]]:
    """The values of each key, in the order delivered."""
    found: dict[str | None, list[bytes]] = {}
    for delivery in deliveries:
        found.setdefault(delivery.key, []).append(delivery.value)
    return found


def sent_by_key(sent: Iterable[Message]) -> dict[str | None, list[bytes]]:
    """The values of each key, in the order published."""
    found: dict[str | None, list[bytes]] = {}
    for message in sent:
        found.setdefault(message.key, []).append(message.value)
    return found


def take(harness: BusHarness, members: Sequence[Consumer], count: int, *, commit: bool = True) -> list[list[Delivery]]:
    """Let the members poll in turns until `count` messages have come, and a little longer; what each of them got."""
    got: list[list[Delivery]] = [[] for _ in members]
    deadline = time.monotonic() + LIMIT_S
    quiet_turns = 0
    while quiet_turns < 3:
        quiet_turns += 1
        for member, mine in zip(members, got, strict=True):
            deliveries = member.poll(7, harness.turn_s)
            if commit:
                member.commit(deliveries)
            mine.extend(deliveries)
        total = sum(map(len, got))
        if total < count:
            quiet_turns = 0
            assert time.monotonic() < deadline, f"{total} of {count} messages have come"
    return got


def share(harness: BusHarness, bus: Bus, topic: str, members: Sequence[Consumer]) -> None:
    """Feed the members until each of them gets some of what is published: the partitions are dealt out."""
    deadline = time.monotonic() + LIMIT_S
    while True:
        bus.publish(messages(topic, len(KEYS)))
        if all(take(harness, members, len(KEYS))):
            return
        assert time.monotonic() < deadline, "a member was left without a share"


def publish_batches(opener: Callable[[], ReadableBus], topic: str, batch: int, done: Connection) -> None:
    """A process that publishes batches of numbered messages of one key for ever; tells how many after each."""
    bus = opener()
    number = 0
    while True:
        bus.publish([Message(topic, "vnf", b"%d" % (number + place)) for place in range(batch)])
        number += batch
        done.send(number)


def killed_publisher(harness: BusHarness, topic: str, batch: int) -> tuple[int, list[bytes]]:
    """Kill a publisher in the middle of its work; how many messages it knew to be published, and what is there."""
    processes = get_context("spawn")
    parent, child = processes.Pipe()
    publisher = processes.Process(target=publish_batches, args=(harness.opener, topic, batch, child), daemon=True)
    publisher.start()
    child.close()
    known = 0
    while known < 3 * batch:
        assert parent.poll(LIMIT_S), "the publisher does not publish"
        known = parent.recv()
    publisher.kill()
    publisher.join()
    with suppress(EOFError):
        while True:  # what it still reported before it died
            known = parent.recv()
    parent.close()
    bus = harness.open()
    return known, values(bus.read(topic, dict.fromkeys(bus.end(topic), 0), 1_000_000))


def work(opener: Callable[[], ReadableBus], topic: str, name: str, count: int, parent: Connection) -> None:
    """A process that publishes messages and is a member of the group, until it is told to stop."""
    bus = opener()
    member = bus.consumer(topic, "group")
    parent.send([])
    parent.recv()
    published = 0
    while not parent.poll():
        if published < count:
            keys = [f"{name}-{key}" for key in KEYS[:8]]
            bus.publish([Message(topic, key, b"%s %d" % (name.encode(), published)) for key in keys])
            published += 1
        deliveries = member.poll(50, 0.05)
        member.commit(deliveries)
        parent.send([(delivery.key, delivery.value) for delivery in deliveries])
    member.close()
    bus.close()
    parent.send(None)


class BusContract:
    """The contract; each test is a promise."""

    # ------------------------------------------------------------ publishing

    def test_messages_of_one_key_keep_their_order(self, harness: BusHarness) -> None:
        """Whatever partitions they go to, the messages of each key arrive in the order published."""
        bus, topic = harness.open(), harness.topic()
        sent = messages(topic, 200)
        for start in range(0, 200, 30):
            bus.publish(sent[start : start + 30])
        (got,) = take(harness, [bus.consumer(topic, "group")], 200)
        assert by_key(got) == sent_by_key(sent)

    def test_a_key_stays_in_its_partition(self, harness: BusHarness) -> None:
        """Every handle sends a key to the same partition, and offsets there have no gaps."""
        topic = harness.topic()
        for _ in range(3):
            harness.open().publish([Message(topic, "vnf-1", b"")])
        (got,) = take(harness, [harness.open().consumer(topic, "group")], 3)
        positions = [delivery.position for delivery in got]
        assert {(position.topic, position.partition) for position in positions} == {(topic, positions[0].partition)}
        assert [position.offset for position in positions] == [0, 1, 2]

    def test_what_was_published_survives_a_restart(self, harness: BusHarness) -> None:
        """`publish` returns when the messages are durable: they are there after everything was closed."""
        topic = harness.topic()
        bus = harness.open()
        bus.publish(messages(topic, 10))
        bus.close()
        (got,) = take(harness, [harness.open().consumer(topic, "group")], 10)
        assert sorted(values(got)) == sorted(b"%d" % number for number in range(10))

    @pytest.mark.parametrize(
        "value",
        [
            pytest.param(b"", id="empty"),
            pytest.param(b"\x00\xff\xfe\n" + bytes(range(256)), id="no text"),
            pytest.param(bytes(range(256)) * 4096, id="1 MiB"),
        ],
    )
    def test_any_bytes_are_delivered_as_they_are(self, harness: BusHarness, value: bytes) -> None:
        """A value is bytes: nothing is read into it, and 1 MiB of them fit."""
        bus, topic = harness.open(), harness.topic()
        bus.publish([Message(topic, "vnf", value)])
        (got,) = take(harness, [bus.consumer(topic, "group")], 1)
        assert values(got) == [value]

    @pytest.mark.parametrize(
        "key",
        [
            pytest.param(None, id="no key"),
            pytest.param("", id="empty"),
            pytest.param("vnf{1}/ü-網-🦆", id="beyond ASCII"),
            pytest.param("a\x00b", id="with NUL"),
            pytest.param("v" * 5000, id="long"),
        ],
    )
    def test_any_text_is_a_key(self, harness: BusHarness, key: str | None) -> None:
        """A key comes back as it was given; no key is no empty key."""
        bus, topic = harness.open(), harness.topic()
        bus.publish([Message(topic, key, b"value")])
        (got,) = take(harness, [bus.consumer(topic, "group")], 1)
        assert [delivery.key for delivery in got] == [key]

    def test_one_call_may_publish_to_several_topics(self, harness: BusHarness) -> None:
        """Each message goes to its own topic, and a consumer hears of its own topic only."""
        bus, first, second = harness.open(), harness.topic(), harness.topic()
        bus.publish([Message(first, "vnf", b"1"), Message(second, "vnf", b"2"), Message(first, "vnf", b"3")])
        (of_first,) = take(harness, [bus.consumer(first, "group")], 2)
        (of_second,) = take(harness, [bus.consumer(second, "group")], 1)
        assert (values(of_first), values(of_second)) == ([b"1", b"3"], [b"2"])

    def test_many_threads_may_publish(self, harness: BusHarness) -> None:
        """One handle takes messages from many threads at once and loses none."""
        bus, topic = harness.open(), harness.topic()

        def publish(thread: int) -> None:
            for number in range(20):
                bus.publish([Message(topic, f"thread-{thread}", b"%d" % number)])

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(publish, range(8)))
        (got,) = take(harness, [bus.consumer(topic, "group")], 160)
        assert by_key(got) == {f"thread-{thread}": [b"%d" % number for number in range(20)] for thread in range(8)}

    def test_a_killed_publisher_loses_nothing_that_it_knew_published(self, harness: BusHarness) -> None:
        """After kill -9 there is all that `publish` had returned for, in order, without a gap or a copy."""
        known, found = killed_publisher(harness, harness.topic(), 100)
        assert len(found) >= known
        assert found == [b"%d" % number for number in range(len(found))]

    # ------------------------------------------------------------ polling

    def test_an_empty_topic_delivers_nothing_until_the_time_out(self, harness: BusHarness) -> None:
        """`poll` returns an empty list, not before its time-out."""
        member = harness.open().consumer(harness.topic(), "group")
        begun = time.monotonic()
        assert member.poll(10, 0.1) == []
        assert time.monotonic() - begun >= 0.1

    def test_poll_delivers_no_more_than_the_limit(self, harness: BusHarness) -> None:
        """What is beyond the limit comes with the next poll."""
        bus, topic = harness.open(), harness.topic()
        bus.publish(messages(topic, 10, ["vnf"]))
        member = bus.consumer(topic, "group")
        sizes: list[int] = []
        while sum(sizes) < 10:
            sizes.append(len(member.poll(3, LIMIT_S)))
        assert max(sizes) <= 3

    @pytest.mark.parametrize(
        "elsewhere", [pytest.param(False, id="same handle"), pytest.param(True, id="other handle")]
    )
    def test_a_waiting_poll_returns_when_a_message_comes(self, harness: BusHarness, elsewhere: bool) -> None:
        """A long time-out is no delay, whoever publishes."""
        bus, topic = harness.open(), harness.topic()
        member = bus.consumer(topic, "group")
        publisher = harness.open() if elsewhere else bus
        with ThreadPoolExecutor(1) as thread:
            begun = time.monotonic()
            polled = thread.submit(member.poll, 10, LIMIT_S)
            publisher.publish([Message(topic, "vnf", b"news")])
            assert values(polled.result()) == [b"news"]
        assert time.monotonic() - begun < LIMIT_S / 2

    def test_a_delivery_says_when_the_bus_took_it(self, harness: BusHarness) -> None:
        """`received_at` is a time with time zone, the same for everybody who reads the message."""
        bus, topic = harness.open(), harness.topic()
        bus.publish([Message(topic, "vnf", b"")])
        received_at = {
            take(harness, [bus.consumer(topic, group)], 1)[0][0].received_at for group in ("first", "second")
        }
        assert len(received_at) == 1
        assert received_at.pop().utcoffset() == timedelta(0)

    def test_a_paused_member_gets_nothing_and_keeps_its_share(self, harness: BusHarness) -> None:
        """Between `pause` and `resume` its partitions wait for it; others do not get them."""
        bus, topic = harness.open(), harness.topic()
        paused, other = bus.consumer(topic, "group"), harness.open().consumer(topic, "group")
        share(harness, bus, topic, [paused, other])
        paused.pause()
        sent = messages(topic, len(KEYS))
        bus.publish(sent)
        nothing, some = take(harness, [paused, other], 1)
        assert nothing == []
        paused.resume()
        rest, more = take(harness, [paused, other], len(sent) - len(some))
        assert rest
        assert Counter(values(some + rest + more)) == Counter(message.value for message in sent)

    # ------------------------------------------------------------ groups

    def test_two_groups_each_get_everything(self, harness: BusHarness) -> None:
        """Groups do not take messages from each other."""
        bus, topic = harness.open(), harness.topic()
        bus.publish(messages(topic, 20, ["vnf"]))
        for group in ("first", "second"):
            (got,) = take(harness, [bus.consumer(topic, group)], 20)
            assert values(got) == [b"%d" % number for number in range(20)]

    def test_the_members_of_a_group_share_the_messages(self, harness: BusHarness) -> None:
        """Each message goes to exactly one member, and none of two members is left without work."""
        bus, topic = harness.open(), harness.topic()
        members = [harness.open().consumer(topic, "group") for _ in range(2)]
        share(harness, bus, topic, members)
        sent = messages(topic, 120)
        bus.publish(sent)
        first, second = take(harness, members, 120)
        assert first
        assert second
        assert by_key(first) | by_key(second) == sent_by_key(sent)
        assert by_key(first).keys().isdisjoint(by_key(second))

    def test_more_members_than_partitions_do_no_harm(self, harness: BusHarness) -> None:
        """Whoever is left without a partition waits; the others get each message once."""
        bus, topic = harness.open(), harness.topic()
        members = [bus.consumer(topic, "group") for _ in range(9)]
        sent = messages(topic, 80)
        bus.publish(sent)
        got = take(harness, members, 80)
        assert Counter(value for mine in got for value in values(mine)) == Counter(message.value for message in sent)

    def test_a_commit_moves_the_group(self, harness: BusHarness) -> None:
        """`committed` is the offset after the last message done with, for every handle."""
        bus, topic = harness.open(), harness.topic()
        bus.publish(messages(topic, 5, ["vnf"]))
        member = bus.consumer(topic, "group")
        (got,) = take(harness, [member], 5, commit=False)
        partition = got[0].position.partition
        assert bus.committed(topic, "group").get(partition, 0) == 0
        member.commit(got[:3])
        assert harness.open().committed(topic, "group")[partition] == 3
        assert partition not in bus.committed(topic, "other")

    def test_a_commit_never_moves_the_group_back(self, harness: BusHarness) -> None:
        """Done with is done with: an earlier message committed later changes nothing."""
        bus, topic = harness.open(), harness.topic()
        bus.publish(messages(topic, 5, ["vnf"]))
        member = bus.consumer(topic, "group")
        (got,) = take(harness, [member], 5)
        member.commit(got[:2])
        member.commit([])
        assert bus.committed(topic, "group")[got[0].position.partition] == 5

    def test_a_commit_survives_a_restart(self, harness: BusHarness) -> None:
        """The next member, after everything was closed, begins behind the commit."""
        bus, topic = harness.open(), harness.topic()
        bus.publish(messages(topic, 10, ["vnf"]))
        member = bus.consumer(topic, "group")
        (got,) = take(harness, [member], 10, commit=False)
        member.commit(got[:6])
        bus.close()
        (rest,) = take(harness, [harness.open().consumer(topic, "group")], 4)
        assert rest == got[6:]

    def test_without_a_commit_all_is_delivered_again(self, harness: BusHarness) -> None:
        """What a member did not commit is the next one's, at the same positions."""
        bus, topic = harness.open(), harness.topic()
        bus.publish(messages(topic, 20))
        first = bus.consumer(topic, "group")
        (got,) = take(harness, [first], 20, commit=False)
        first.close()
        (again,) = take(harness, [harness.open().consumer(topic, "group")], 20)
        assert {delivery.position: delivery for delivery in again} == {delivery.position: delivery for delivery in got}

    def test_a_second_member_joins_in_the_middle_of_the_work(self, harness: BusHarness) -> None:
        """The newcomer gets a share of what is left; nothing is delivered twice, nothing is lost."""
        bus, topic = harness.open(), harness.topic()
        sent = messages(topic, 400)
        bus.publish(sent)
        elder = bus.consumer(topic, "group")
        in_flight = elder.poll(50, LIMIT_S)
        newcomer = harness.open().consumer(topic, "group")
        early = newcomer.poll(50, harness.turn_s)
        elder.commit(in_flight)
        newcomer.commit(early)
        first, second = take(harness, [elder, newcomer], 400 - len(in_flight) - len(early))
        assert second
        assert Counter(values(in_flight + first + early + second)) == Counter(message.value for message in sent)
        for key, expected in sent_by_key(sent).items():
            assert by_key([*in_flight, *first]).get(key, []) + by_key([*early, *second]).get(key, []) == expected

    def test_a_newcomer_gets_nothing_that_is_in_flight(self, harness: BusHarness) -> None:
        """A living member is not robbed: what it has not committed is not delivered to another one."""
        bus, topic = harness.open(), harness.topic()
        bus.publish(messages(topic, 40))
        elder = bus.consumer(topic, "group")
        take(harness, [elder], 40, commit=False)
        newcomer = harness.open().consumer(topic, "group")
        assert take(harness, [elder, newcomer], 0) == [[], []]

    def test_a_member_that_leaves_is_succeeded_at_once(self, harness: BusHarness) -> None:
        """`close` hands everything over, from the commits on, without waiting for a session to end."""
        bus, topic = harness.open(), harness.topic()
        leaver, stayer = bus.consumer(topic, "group"), harness.open().consumer(topic, "group")
        share(harness, bus, topic, [leaver, stayer])
        sent = messages(topic, 80)
        bus.publish(sent)
        done = leaver.poll(5, LIMIT_S)
        leaver.commit(done)
        leaver.poll(5, LIMIT_S)
        leaver.close()
        leaver.close()
        (rest,) = take(harness, [stayer], 80 - len(done))
        assert Counter(values(done + rest)) == Counter(message.value for message in sent)

    def test_a_dead_member_is_succeeded_after_its_session(self, harness: BusHarness) -> None:
        """Whoever neither polls nor leaves loses its partitions; others go on from its last commit."""
        topic = harness.topic()
        harness.open().publish(messages(topic, 10, ["vnf"]))
        dead = harness.open().consumer(topic, "group")
        (got,) = take(harness, [dead], 10, commit=False)
        dead.commit(got[:4])
        harness.lapse(dead)
        (rest,) = take(harness, [harness.open().consumer(topic, "group")], 6)
        assert rest == got[4:]

    def test_a_sleeper_cannot_commit_what_it_lost(self, harness: BusHarness) -> None:
        """Its commit is dropped without a word: the new owner has not done that work."""
        bus, topic = harness.open(), harness.topic()
        bus.publish(messages(topic, 10, ["vnf"]))
        sleeper = harness.open().consumer(topic, "group")
        (got,) = take(harness, [sleeper], 10, commit=False)
        partition = got[0].position.partition
        harness.lapse(sleeper)
        heir = bus.consumer(topic, "group")
        (again,) = take(harness, [heir], 10, commit=False)
        sleeper.commit(got)
        assert bus.committed(topic, "group").get(partition, 0) == 0
        heir.commit(again[:3])
        assert bus.committed(topic, "group")[partition] == 3

    def test_a_sleeper_that_wakes_up_starts_from_the_commits(self, harness: BusHarness) -> None:
        """It is a member again, like a new one: what its heir committed does not come back to it."""
        bus, topic = harness.open(), harness.topic()
        sleeper = harness.open().consumer(topic, "group")
        bus.publish(messages(topic, 40))
        (got,) = take(harness, [sleeper], 40, commit=False)
        harness.lapse(sleeper)
        heir = bus.consumer(topic, "group")
        (again,) = take(harness, [heir], 40)
        assert Counter(values(again)) == Counter(values(got))
        assert take(harness, [sleeper, heir], 0) == [[], []]
        share(harness, bus, topic, [sleeper, heir])

    def test_the_next_life_of_a_named_member_takes_over_at_once(self, harness: BusHarness) -> None:
        """Who joins under the name of a member that did not leave gets what that one had not committed."""
        topic = harness.topic()
        harness.open().publish(messages(topic, 10, ["vnf"]))
        former = harness.open().consumer(topic, "group", "controller-1")
        (got,) = take(harness, [former], 10, commit=False)
        former.commit(got[:4])
        later = harness.open().consumer(topic, "group", "controller-1")
        (rest,) = take(harness, [later], 6)
        assert rest == got[4:]

    def test_a_former_life_does_not_disturb_the_next(self, harness: BusHarness) -> None:
        """Whatever is left of it can neither commit nor come back while the next life lasts."""
        bus, topic = harness.open(), harness.topic()
        bus.publish(messages(topic, 10, ["vnf"]))
        former = harness.open().consumer(topic, "group", "controller-1")
        (got,) = take(harness, [former], 10, commit=False)
        later = bus.consumer(topic, "group", "controller-1")
        (again,) = take(harness, [later], 10, commit=False)
        former.commit(got)
        assert bus.committed(topic, "group").get(got[0].position.partition, 0) == 0
        with pytest.raises(Unavailable):
            former.poll(10, harness.turn_s)
        later.commit(again)
        assert bus.committed(topic, "group")[got[0].position.partition] == 10

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            pytest.param("controller_1", "controllerX1", id="a wild card"),
            pytest.param("site/controller", "site", id="a path"),
            pytest.param("Controller", "controller", id="letter case"),
        ],
    )
    def test_names_that_differ_are_two_members(self, harness: BusHarness, one: str, other: str) -> None:
        """Only the very same name is the same member; on another topic it is another one, too."""
        bus, topic = harness.open(), harness.topic()
        members = [bus.consumer(topic, "group", name) for name in (one, other)]
        bus.consumer(harness.topic(), "group", one)
        share(harness, bus, topic, members)

    # ------------------------------------------------------------ reading without a group

    def test_the_end_of_an_empty_topic_is_known(self, harness: BusHarness) -> None:
        """`end` names every partition, also those that nothing came to."""
        bus, topic = harness.open(), harness.topic()
        assert set(bus.end(topic).values()) == {0}
        assert bus.read(topic, bus.end(topic), 10) == []

    def test_reading_from_the_end_gives_what_came_since(self, harness: BusHarness) -> None:
        """A reader keeps its own offsets: those after what it has read, partition by partition."""
        bus, topic = harness.open(), harness.topic()
        bus.publish(messages(topic, 30))
        end = bus.end(topic)
        assert sum(end.values()) == 30
        sent = [Message(topic, key, b"new %s" % key.encode()) for key in KEYS]
        harness.open().publish(sent)
        read = bus.read(topic, end, 1000)
        assert by_key(read) == sent_by_key(sent)
        assert all(delivery.position.offset >= end[delivery.position.partition] for delivery in read)
        assert bus.read(topic, bus.end(topic), 1000) == []

    def test_reading_stops_at_the_limit_and_goes_on_behind_it(self, harness: BusHarness) -> None:
        """Page by page nothing is left out and nothing comes twice."""
        bus, topic = harness.open(), harness.topic()
        sent = messages(topic, 50)
        bus.publish(sent)
        offsets = dict.fromkeys(bus.end(topic), 0)
        read: list[Delivery] = []
        while page := bus.read(topic, offsets, 7):
            assert len(page) <= 7
            read += page
            offsets |= {delivery.position.partition: delivery.position.offset + 1 for delivery in page}
        assert by_key(read) == sent_by_key(sent)

    def test_reading_leaves_groups_alone(self, harness: BusHarness) -> None:
        """A reader is no member: the group gets what the reader has read."""
        bus, topic = harness.open(), harness.topic()
        bus.publish(messages(topic, 10))
        member = bus.consumer(topic, "group")
        bus.read(topic, dict.fromkeys(bus.end(topic), 0), 100)
        (got,) = take(harness, [member], 10)
        assert len(got) == 10

    @pytest.mark.parametrize(
        "elsewhere", [pytest.param(False, id="same handle"), pytest.param(True, id="other handle")]
    )
    def test_a_watch_hears_of_new_messages(self, harness: BusHarness, elsewhere: bool) -> None:
        """`notify` is called when messages came, again for each time, whoever published them."""
        bus, topic = harness.open(), harness.topic()
        heard = threading.Event()
        bus.watch(topic, heard.set)
        publisher = harness.open() if elsewhere else bus
        for _ in range(2):
            publisher.publish(messages(topic, 1))
            assert heard.wait(LIMIT_S)
            heard.clear()

    def test_a_watch_hears_of_its_own_topic_only(self, harness: BusHarness) -> None:
        """What comes to another topic calls the other topic's watches."""
        bus, silent, lively = harness.open(), harness.topic(), harness.topic()
        disturbed, heard = threading.Event(), threading.Event()
        bus.watch(silent, disturbed.set)
        bus.watch(lively, heard.set)
        bus.publish(messages(silent, 1))
        assert disturbed.wait(LIMIT_S)
        assert not heard.is_set()
        disturbed.clear()
        bus.publish(messages(lively, 1))
        assert heard.wait(LIMIT_S)
        assert not disturbed.is_set()

    def test_a_watch_that_has_ended_hears_nothing(self, harness: BusHarness) -> None:
        """What `watch` returned ends that watch and no other; ending it twice is fine."""
        bus, topic = harness.open(), harness.topic()
        disturbed, heard = threading.Event(), threading.Event()
        end = bus.watch(topic, disturbed.set)
        bus.watch(topic, heard.set)
        end()
        end()
        bus.publish(messages(topic, 1))
        assert heard.wait(LIMIT_S)
        assert not disturbed.is_set()

    # ------------------------------------------------------------ processes

    def test_processes_share_the_bus(self, harness: BusHarness) -> None:
        """Two processes publish and are members of one group: each message comes to one of them, once."""
        topic = harness.topic()
        processes = get_context("spawn")
        workers = []
        pipes = []
        for name in ("first", "second"):
            pipe, child = processes.Pipe()
            workers.append(processes.Process(target=work, args=(harness.opener, topic, name, 40, child), daemon=True))
            workers[-1].start()
            child.close()
            pipes.append(pipe)
        for pipe in pipes:
            assert pipe.recv() == []  # has joined
        for pipe in pipes:
            pipe.send("begin")
        got: dict[str, list[tuple[str, bytes]]] = {"first": [], "second": []}
        expected = 2 * 40 * 8
        deadline = time.monotonic() + LIMIT_S
        while sum(map(len, got.values())) < expected:
            assert time.monotonic() < deadline, f"of {expected} there came {[len(mine) for mine in got.values()]}"
            for pipe, mine in zip(pipes, got.values(), strict=True):
                while pipe.poll(0.01):
                    mine += pipe.recv()
        for pipe, worker, mine in zip(pipes, workers, got.values(), strict=True):
            pipe.send("stop")
            while (last := pipe.recv()) is not None:
                mine += last
            worker.join(LIMIT_S)
            assert worker.exitcode == 0
        assert set(Counter(got["first"] + got["second"]).values()) == {1}
        assert len(got["first"] + got["second"]) == expected
        assert got["first"]
        assert got["second"]
