import itertools
import re
import resource
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appc.bus.embedded import EmbeddedBus
from appc.bus.topic_file import PARTITIONS
from appc.lcm.ports.bus import Consumer, Delivery, Message
from appc.lcm.ports.failures import Unavailable
from appc.lcm.record import Position
from appc.system_clock import SystemClock
from tests.contracts.bus_contract import KEYS, LIMIT_S, BusContract, killed_publisher, messages, share, take, values
from tests.fakes.clock import START, FakeClock

SESSION_S = 10.0


class EmbeddedHarness:
    """Handles on one file. Those of this process go by a clock that the test moves."""

    turn_s = 0.0

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock = FakeClock()
        self.opener: Callable[[], EmbeddedBus] = partial(EmbeddedBus, path, SystemClock())
        self._opened: list[EmbeddedBus] = []
        self._topics = itertools.count(1)

    def open(self) -> EmbeddedBus:
        bus = EmbeddedBus(self.path, self.clock, SESSION_S)
        self._opened.append(bus)
        return bus

    def topic(self) -> str:
        return f"TOPIC-{next(self._topics)}"

    def lapse(self, sleeper: Consumer) -> None:
        self.clock.advance(2 * SESSION_S)

    def close(self) -> None:
        """Close every handle."""
        for bus in self._opened:
            bus.close()


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[EmbeddedHarness]:
    """A bus in a folder of its own."""
    harness = EmbeddedHarness(tmp_path / "state" / "bus.sqlite3")
    yield harness
    harness.close()


class TestEmbeddedBus(BusContract):
    """The embedded bus keeps the contract of every bus."""


# ---------------------------------------------------------------- order


def test_one_member_gets_the_whole_topic_in_the_order_published(harness: EmbeddedHarness) -> None:
    """With one controller the partitions do not show: messages come as they were published, whatever their keys."""
    bus = harness.open()
    for start in range(0, 100, 9):
        bus.publish([Message("T", KEYS[n % 40] if n % 3 else None, b"%d" % n) for n in range(start, start + 9)])
    (got,) = take(harness, [harness.open().consumer("T", "group")], 108)
    assert values(got) == [b"%d" % number for number in range(108)]


def test_messages_without_a_key_that_are_published_together_stay_together(harness: EmbeddedHarness) -> None:
    """One call keeps the order of its messages without a key; the next call may use another partition."""
    bus = harness.open()
    for _ in range(PARTITIONS):
        bus.publish(messages("T", 5, [None]))
    assert set(bus.end("T").values()) == {5}


def test_a_killed_publisher_leaves_whole_batches(harness: EmbeddedHarness) -> None:
    """What one call publishes is there as a whole or not at all, even after kill -9 in the middle."""
    known, found = killed_publisher(harness, harness.topic(), 5000)
    assert len(found) in (known, known + 5000)


def test_the_time_of_a_message_is_that_of_the_clock(harness: EmbeddedHarness) -> None:
    """`received_at` is exact to the microsecond."""
    bus = harness.open()
    harness.clock.advance(0.123456)
    bus.publish(messages("T", 1))
    assert [delivery.received_at for delivery in bus.read("T", dict.fromkeys(range(PARTITIONS), 0), 9)] == [
        harness.clock.now()
    ]


def test_a_waiting_poll_notices_what_another_process_publishes(harness: EmbeddedHarness) -> None:
    """It looks for changes of the file, long before its next heartbeat, and again after each one."""
    bus = EmbeddedBus(harness.path, harness.clock, session_s=1000 * LIMIT_S)
    member = bus.consumer("T", "group")
    publisher = harness.open()
    begun = time.monotonic()
    with ThreadPoolExecutor(1) as thread:
        for number in range(3):
            polled = thread.submit(member.poll, 1, LIMIT_S)
            publisher.publish([Message("T", "vnf", b"%d" % number)])
            assert values(polled.result()) == [b"%d" % number]
    assert time.monotonic() - begun < LIMIT_S / 2
    bus.close()


# ---------------------------------------------------------------- groups


@pytest.mark.parametrize(
    ("members", "shares"),
    [
        pytest.param(1, [4], id="one"),
        pytest.param(2, [2, 2], id="two"),
        pytest.param(3, [2, 1, 1], id="three"),
        pytest.param(4, [1, 1, 1, 1], id="four"),
        pytest.param(5, [1, 1, 1, 1, 0], id="five"),
    ],
)
def test_partitions_are_dealt_out_evenly(harness: EmbeddedHarness, members: int, shares: list[int]) -> None:
    """Everybody has its share as soon as everybody has polled twice, elders first."""
    bus = harness.open()
    joined = []
    for _ in range(members):
        joined.append(bus.consumer("T", "group"))
        joined[-1].poll(1, 0)
    for member in joined * 2:
        member.poll(1, 0)
    bus.publish(messages("T", len(KEYS)))
    got = [member.poll(1000, 0) for member in joined]
    assert [len({delivery.position.partition for delivery in mine}) for mine in got] == shares


def test_a_surplus_partition_is_drained_before_it_changes_hands(harness: EmbeddedHarness) -> None:
    """While a newcomer waits for it, its owner gets no more of it, even without a commit."""
    bus = harness.open()
    bus.publish(messages("T", 400))
    elder, newcomer = bus.consumer("T", "group"), harness.open()
    in_flight = elder.poll(100, 0)
    heir = newcomer.consumer("T", "group")
    heir.poll(100, 0)
    harness.clock.advance(SESSION_S / 2)
    partitions = {delivery.position.partition for delivery in elder.poll(300, 0)}
    assert len(partitions) == 2
    assert len({delivery.position.partition for delivery in in_flight}) == 4
    assert heir.poll(100, 0) == []


@pytest.mark.parametrize("hours", [pytest.param(-1, id="clock set back"), pytest.param(1, id="clock set forward")])
def test_whoever_is_silent_is_dead(harness: EmbeddedHarness, hours: int) -> None:
    """A clock that jumps, also backwards, does not keep the partitions of the dead."""
    bus = harness.open()
    bus.publish(messages("T", 20))
    bus.consumer("T", "group").poll(20, 0)
    with closing(EmbeddedBus(harness.path, FakeClock(START + timedelta(hours=hours)), SESSION_S)) as later:
        assert len(later.consumer("T", "group").poll(20, 0)) == 20


def test_a_member_may_work_for_a_session_between_two_polls(harness: EmbeddedHarness) -> None:
    """It counts from the last poll, not from the last heartbeat that was written."""
    bus = harness.open()
    bus.publish(messages("T", 20))
    member = bus.consumer("T", "group")
    harness.clock.advance(SESSION_S / 6)
    member.poll(20, 0)
    harness.clock.advance(SESSION_S)
    assert harness.open().consumer("T", "group").poll(20, 0) == []


def test_a_commit_is_a_sign_of_life(harness: EmbeddedHarness) -> None:
    """Who commits now and then while it works through a batch keeps the rest of it."""
    bus = harness.open()
    bus.publish(messages("T", 20))
    member = bus.consumer("T", "group")
    got = member.poll(20, 0)
    harness.clock.advance(SESSION_S)
    member.commit(got[:10])
    harness.clock.advance(SESSION_S)
    assert harness.open().consumer("T", "group").poll(20, 0) == []


def test_a_sleeper_that_nobody_missed_goes_on(harness: EmbeddedHarness) -> None:
    """Past its session, but still the owner: it may commit, and nothing is delivered again."""
    bus = harness.open()
    bus.publish(messages("T", 20, ["vnf"]))
    member = bus.consumer("T", "group")
    got = member.poll(10, 0)
    harness.clock.advance(100 * SESSION_S)
    member.commit(got)
    assert values(member.poll(20, 0)) == [b"%d" % number for number in range(10, 20)]


def test_work_of_an_earlier_life_is_not_committed_in_the_next(harness: EmbeddedHarness) -> None:
    """Who lost a partition and got it back may commit only what it was given since."""
    bus = harness.open()
    bus.publish(messages("T", 10, ["vnf"]))
    sleeper = bus.consumer("T", "group")
    got = sleeper.poll(10, 0)
    harness.lapse(sleeper)
    heir = harness.open().consumer("T", "group")
    heir.poll(1, 0)
    heir.close()
    again = sleeper.poll(2, 0)
    sleeper.commit(got)
    assert again == got[:2]
    assert set(bus.committed("T", "group").values()) == {2}


class Life:
    """Members that come, work, fall asleep and go, and what the promises say about each delivery."""

    def __init__(self, harness: EmbeddedHarness) -> None:
        self.harness = harness
        self.bus = harness.open()
        self.members: list[Consumer] = []
        self.in_flight: dict[Consumer, list[Delivery]] = {}
        self.asleep: set[Consumer] = set()
        self.join()

    def join(self) -> None:
        member = self.bus.consumer("T", "group")
        self.members.append(member)
        self.in_flight[member] = []

    def poll(self, member: Consumer) -> None:
        if member in self.asleep:  # it wakes up: what it had is void
            self.asleep.discard(member)
            self.in_flight[member] = []
        committed = self.bus.committed("T", "group")
        held = {delivery.position for each in set(self.members) - self.asleep for delivery in self.in_flight[each]}
        for delivery in member.poll(5, 0):
            position = delivery.position
            assert position not in held, "delivered to two living members"
            assert position.offset >= committed.get(position.partition, 0), "delivered after its commit"
            before = Position(position.topic, position.partition, position.offset - 1)
            first = position.offset == committed.get(position.partition, 0)
            assert first or before in {each.position for each in self.in_flight[member]}, "one was left out"
            self.in_flight[member].append(delivery)

    def commit(self, member: Consumer) -> None:
        member.commit(self.in_flight[member])
        committed = self.bus.committed("T", "group")
        for delivery in self.in_flight[member] if member not in self.asleep else []:
            assert committed[delivery.position.partition] > delivery.position.offset, "a commit was lost"
        self.in_flight[member] = []

    def sleep(self, member: Consumer) -> None:
        """Everybody else lives on until its session has ended; somebody does."""
        self.asleep.add(member)
        if self.asleep.issuperset(self.members):
            self.join()
        for _ in range(4):
            self.harness.clock.advance(SESSION_S / 2)
            for other in set(self.members) - self.asleep:
                self.poll(other)

    def leave(self, member: Consumer) -> None:
        member.close()
        self.members.remove(member)
        self.asleep.discard(member)


STEPS = st.lists(
    st.tuples(st.sampled_from(["poll", "poll", "commit", "commit", "join", "sleep", "leave"]), st.integers(0, 5)),
    max_size=40,
)


@given(steps=STEPS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_members_do_nothing_is_lost_or_given_to_two(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    """Joining, sleeping, waking and leaving in any order keep every promise about deliveries and commits."""
    harness = EmbeddedHarness(tmp_path_factory.mktemp("bus") / "bus.sqlite3")
    life = Life(harness)
    life.bus.publish(messages("T", 60))
    for name, number in steps:
        if name == "join" or not life.members:
            life.join()
        else:
            getattr(life, name)(life.members[number % len(life.members)])
    for member in list(life.members):
        life.leave(member)
    done = sum(life.bus.committed("T", "group").values())
    (rest,) = take(harness, [life.bus.consumer("T", "group")], 60 - done)
    assert done + len(rest) == 60
    harness.close()


# ---------------------------------------------------------------- retention


def test_pruned_messages_are_gone_and_offsets_go_on(harness: EmbeddedHarness) -> None:
    """Reading from a pruned offset goes on at the first message kept; no offset is used twice."""
    bus = harness.open()
    bus.publish(messages("T", 3, ["vnf"]))
    harness.clock.advance(3600)
    bus.publish([Message("T", "vnf", b"kept")])
    start = dict.fromkeys(range(PARTITIONS), 0)
    assert bus.prune(harness.clock.now()) == 3
    (kept,) = bus.read("T", start, 10)
    assert (kept.value, kept.position.offset) == (b"kept", 3)
    assert bus.prune(harness.clock.now() + timedelta(seconds=1)) == 1
    assert bus.read("T", start, 10) == []
    bus.publish([Message("T", "vnf", b"next")])
    assert [delivery.position.offset for delivery in harness.open().read("T", start, 10)] == [4]


def test_a_group_that_lags_behind_the_retention_goes_on_with_what_is_kept(harness: EmbeddedHarness) -> None:
    """Messages are kept for their time, whatever groups did with them."""
    bus = harness.open()
    bus.publish(messages("T", 2500, ["vnf"]))
    harness.clock.advance(3600)
    bus.publish(messages("T", 2, ["vnf"]))
    member = bus.consumer("T", "group")
    assert bus.prune(harness.clock.now()) == 2500
    got = member.poll(10, 0)
    assert [delivery.position.offset for delivery in got] == [2500, 2501]
    member.commit(got)
    assert set(bus.committed("T", "group").values()) == {2502}


# ---------------------------------------------------------------- the file


def test_nobody_else_can_read_the_file(harness: EmbeddedHarness) -> None:
    """The database and its companions have mode 0600, their folder 0700."""
    harness.open().publish(messages("T", 1))
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in harness.path.parent.iterdir()}
    assert modes == dict.fromkeys(["bus.sqlite3", "bus.sqlite3-wal", "bus.sqlite3-shm"], 0o600)
    assert stat.S_IMODE(harness.path.parent.stat().st_mode) == 0o700


def test_a_file_of_a_newer_version_is_refused(harness: EmbeddedHarness) -> None:
    """An older controller does not touch what it does not know, and says what to do."""
    harness.open().close()
    db = sqlite3.connect(harness.path)
    db.execute("PRAGMA user_version = 2")
    db.close()
    with pytest.raises(Unavailable, match="has bus version 2, this controller knows 1: start the newer controller"):
        harness.open()


def test_a_file_that_is_no_database_is_refused(harness: EmbeddedHarness) -> None:
    """The error names the file."""
    harness.path.parent.mkdir()
    harness.path.write_bytes(b"no database" * 1000)
    with pytest.raises(Unavailable, match=r"bus\.sqlite3 does not answer: file is not a database"):
        harness.open()


def test_a_place_where_no_file_can_be_is_refused(tmp_path: Path) -> None:
    """The error names the file."""
    (tmp_path / "state").write_text("not a folder")
    with pytest.raises(Unavailable, match=r"bus\.sqlite3 does not answer"):
        EmbeddedBus(tmp_path / "state" / "bus.sqlite3", FakeClock())


def test_a_bus_that_another_program_holds_is_unavailable_until_it_lets_go(harness: EmbeddedHarness) -> None:
    """Nothing is published or committed, reading goes on; afterwards all is as before."""
    bus = EmbeddedBus(harness.path, harness.clock, busy_s=0.01)
    member = bus.consumer("T", "group")
    bus.publish(messages("T", 2, ["vnf"]))
    got = member.poll(1, 0)
    other = sqlite3.connect(harness.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="database is locked"):
        bus.publish(messages("T", 1, ["vnf"]))
    with pytest.raises(Unavailable, match="database is locked"):
        member.commit(got)
    assert values(member.poll(1, 0)) == [b"1"]
    other.execute("ROLLBACK")
    other.close()
    member.commit(got)
    bus.publish(messages("T", 1, ["vnf"]))
    assert values(member.poll(9, 0)) == [b"0"]
    bus.close()


def publish_with_little_room(path: Path, told: Connection) -> None:
    """A process whose files may not grow beyond 300 kB publishes too much, then little."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
    bus = EmbeddedBus(path, SystemClock())
    try:
        bus.publish([Message("T", "vnf", b"small"), Message("T", "vnf", bytes(1_000_000))])
    except Unavailable as error:
        told.send(str(error))
    bus.publish([Message("T", "vnf", b"small")])
    told.send(dict(bus.end("T")))
    bus.close()


def test_a_disk_without_room_is_unavailable_until_there_is_some(harness: EmbeddedHarness) -> None:
    """Of a call that finds no room nothing is published; the next one that fits is."""
    processes = get_context("spawn")
    parent, child = processes.Pipe()
    publisher = processes.Process(target=publish_with_little_room, args=(harness.path, child), daemon=True)
    publisher.start()
    child.close()
    assert re.search(r"bus\.sqlite3 does not answer: (disk I/O error|database or disk is full)", parent.recv())
    assert sum(parent.recv().values()) == 1
    publisher.join()
    parent.close()


def open_at_once(path: Path, begin: Barrier) -> None:
    """A process that opens the bus at the same moment as others, and publishes."""
    begin.wait(LIMIT_S)
    bus = EmbeddedBus(path, SystemClock())
    bus.publish([Message("T", "vnf", b"here")])
    bus.close()


def test_many_processes_may_open_a_fresh_bus_at_once(harness: EmbeddedHarness) -> None:
    """One of them makes the tables, the others wait for it."""
    processes = get_context("spawn")
    begin = processes.Barrier(4)
    openers = [processes.Process(target=open_at_once, args=(harness.path, begin), daemon=True) for _ in range(4)]
    for opener in openers:
        opener.start()
    for opener in openers:
        opener.join(LIMIT_S)
    assert [opener.exitcode for opener in openers] == [0, 0, 0, 0]
    assert sum(harness.open().end("T").values()) == 4


# ---------------------------------------------------------------- closing


def test_closing_the_bus_lets_its_members_leave(harness: EmbeddedHarness) -> None:
    """Others need not wait for their sessions to end."""
    bus = harness.open()
    bus.publish(messages("T", 20))
    bus.consumer("T", "group").poll(20, 0)
    bus.close()
    bus.close()
    assert len(harness.open().consumer("T", "group").poll(20, 0)) == 20


def test_closing_the_bus_ends_a_poll_that_waits(harness: EmbeddedHarness) -> None:
    """The poll raises Unavailable instead of waiting for its time-out."""
    bus = harness.open()
    member = bus.consumer("T", "group")
    with ThreadPoolExecutor(1) as thread:
        polled = thread.submit(member.poll, 1, LIMIT_S)
        bus.close()
        with pytest.raises(Unavailable):
            polled.result(LIMIT_S / 2)


def test_a_closed_consumer_does_not_come_back(harness: EmbeddedHarness) -> None:
    """Polling it is refused, and committing does nothing: the group has others now."""
    bus = harness.open()
    bus.publish(messages("T", 20))
    member = bus.consumer("T", "group")
    got = member.poll(20, 0)
    member.close()
    with pytest.raises(Unavailable, match="this consumer is closed"):
        member.poll(1, 0)
    member.commit(got)
    assert bus.committed("T", "group") == {}


def test_a_watch_that_fails_does_not_silence_the_others(
    harness: EmbeddedHarness, caplog: pytest.LogCaptureFixture
) -> None:
    """What a watch raises is logged; members and other watches still hear of everything."""
    bus, other = harness.open(), harness.open()

    def fail() -> None:
        raise RuntimeError("no longer there")

    bus.watch("T", fail)
    member = bus.consumer("T", "group")
    for number in range(2):
        other.publish([Message("T", "vnf", b"%d" % number)])
        assert values(member.poll(1, LIMIT_S)) == [b"%d" % number]
    share(harness, bus, "T", [member])
    bus.close()
    assert "the watch on topic T failed" in caplog.text
