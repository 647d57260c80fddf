"""Members of a group on Kafka: sessions, former lives, hand-overs in the middle of work."""

import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from multiprocessing.connection import Connection

import pytest

from appc.bus.kafka.bus import KafkaBus
from appc.lcm.ports.bus import Delivery, Message
from appc.lcm.ports.failures import Unavailable
from tests.contracts.bus_contract import KEYS, LIMIT_S, messages, take, values
from tests.contracts.kafka_harness import KafkaHarness

#: The shortest session that brokers allow unless configured otherwise.
SESSION_S = 6.0


def hold(opener: Callable[[], KafkaBus], topic: str, parent: Connection) -> None:
    """A process that takes what there is, and commits it when it is told to."""
    bus = opener()
    member = bus.consumer(topic, "group")
    got: list[Delivery] = []
    while len(got) < 10:
        got += member.poll(10, 0.1)
    parent.send(values(got))
    parent.recv()
    member.commit(got)
    parent.send(None)
    bus.close()


def test_a_frozen_controller_is_succeeded_and_its_late_commit_is_dropped(harness: KafkaHarness) -> None:
    """Its session ends while it hangs; when it goes on, it is too late: its heir has not done that work."""
    topic = harness.topic()
    bus = harness.open(session_s=SESSION_S)
    bus.publish(messages(topic, 10, ["vnf"]))
    processes = get_context("spawn")
    parent, child = processes.Pipe()
    frozen = processes.Process(target=hold, args=(harness.opener, topic, child), daemon=True)
    frozen.start()
    assert parent.poll(LIMIT_S), "the process gets nothing"
    assert len(parent.recv()) == 10
    assert frozen.pid
    os.kill(frozen.pid, signal.SIGSTOP)
    heir = bus.consumer(topic, "group")
    (again,) = take(harness, [heir], 10, commit=False)
    os.kill(frozen.pid, signal.SIGCONT)
    parent.send("commit")
    assert parent.poll(LIMIT_S), "the process hangs"
    assert set(bus.committed(topic, "group").values()) == {0}
    heir.commit(again)
    assert set(bus.committed(topic, "group").values()) == {0, 10}
    frozen.join(LIMIT_S)
    assert frozen.exitcode == 0


def test_a_controller_that_works_for_long_keeps_its_share(harness: KafkaHarness) -> None:
    """Between two polls it may work for longer than a session: that it lives is told in the background."""
    topic = harness.topic()
    bus = harness.open(session_s=SESSION_S)
    bus.publish(messages(topic, 20))
    worker = bus.consumer(topic, "group")
    (got,) = take(harness, [worker], 20, commit=False)
    other = harness.open().consumer(topic, "group")
    begun = time.monotonic()
    while time.monotonic() < begun + SESSION_S + 2:
        assert other.poll(20, 0.5) == []
    worker.commit(got)
    assert sum(bus.committed(topic, "group").values()) == 20
    assert take(harness, [worker, other], 0) == [[], []]


def test_a_controller_that_does_not_poll_at_all_is_succeeded(harness: KafkaHarness) -> None:
    """At last: others take over, and when it comes back it starts from the commits."""
    topic = harness.topic()
    bus = harness.open(poll_s=1.0)
    bus.publish(messages(topic, 20))
    stuck = bus.consumer(topic, "group")
    (got,) = take(harness, [stuck], 20, commit=False)
    heir = harness.open().consumer(topic, "group")
    (again,) = take(harness, [heir], 20)
    stuck.commit(got[:1])
    assert len(again) == 20
    assert sum(bus.committed(topic, "group").values()) == 20
    assert take(harness, [stuck, heir], 0) == [[], []]


def test_a_session_that_the_brokers_do_not_allow_is_told(harness: KafkaHarness) -> None:
    """The error names the brokers' setting."""
    with pytest.raises(Unavailable, match=r"a session of 0.2 s is not what the brokers allow \(group.min.session"):
        harness.open(session_s=0.2, heartbeat_s=0.05).consumer(harness.topic(), "group")


# ---------------------------------------------------------------- lives


def test_a_former_life_that_only_reads_is_stopped(harness: KafkaHarness) -> None:
    """It need not commit to find out that it is over."""
    topic = harness.topic()
    bus = harness.open()
    former = harness.open().consumer(topic, "group", "controller-1")
    former.poll(1, 1)
    later = bus.consumer(topic, "group", "controller-1")
    later.poll(1, 1)
    with pytest.raises(Unavailable, match=r"another controller has joined group \S+ as controller-1"):
        take(harness, [former], 1)
    bus.publish(messages(topic, 20))
    (got,) = take(harness, [later], 20)
    assert len(got) == 20


def test_the_end_of_a_former_life_leaves_the_next_alone(harness: KafkaHarness) -> None:
    """Closing it does not strike the name off, which is another one's now."""
    topic = harness.topic()
    former = harness.open().consumer(topic, "group", "controller-1")
    former.poll(1, 1)
    bus = harness.open()
    later = bus.consumer(topic, "group", "controller-1")
    later.poll(1, 1)
    former.close()
    bus.publish(messages(topic, 20))
    (got,) = take(harness, [later], 20)
    assert len(got) == 20
    assert sum(bus.committed(topic, "group").values()) == 20


def test_a_named_member_that_leaves_is_succeeded_at_once(harness: KafkaHarness) -> None:
    """An ordered stop is no crash: nobody waits for its session to end."""
    topic = harness.topic()
    bus = harness.open()
    bus.publish(messages(topic, 20))
    leaver = harness.open().consumer(topic, "group", "controller-1")
    take(harness, [leaver], 20, commit=False)
    begun = time.monotonic()
    leaver.close()
    (got,) = take(harness, [bus.consumer(topic, "group", "controller-2")], 20)
    assert len(got) == 20
    assert time.monotonic() - begun < harness.config.session_s / 2


# ---------------------------------------------------------------- work in flight


def test_work_of_an_earlier_life_is_not_committed_in_the_next(harness: KafkaHarness) -> None:
    """Who lost a partition and got it back may commit only what it was given since."""
    bus, topic = harness.open(), harness.topic()
    bus.publish(messages(topic, 10, ["vnf"]))
    sleeper = bus.consumer(topic, "group")
    (got,) = take(harness, [sleeper], 10, commit=False)
    harness.lapse(sleeper)
    heir = harness.open().consumer(topic, "group")
    take(harness, [heir], 10, commit=False)
    heir.close()
    again: list[Delivery] = []
    while not again:
        again = sleeper.poll(2, LIMIT_S)
    sleeper.commit(got)
    assert again == got[:2]
    assert max(bus.committed(topic, "group").values()) == 2


def test_who_has_work_in_flight_gives_it_up_when_it_is_done(harness: KafkaHarness) -> None:
    """A newcomer waits for the commit, however long that takes, and then gets its share at once."""
    bus, topic = harness.open(), harness.topic()
    bus.publish(messages(topic, 40))
    elder = bus.consumer(topic, "group")
    (in_flight,) = take(harness, [elder], 40, commit=False)
    newcomer = harness.open().consumer(topic, "group")
    take(harness, [elder, newcomer], 0)
    bus.publish(messages(topic, 40))
    assert take(harness, [elder, newcomer], 0)[1] == []
    elder.commit(in_flight)
    assert sum(bus.committed(topic, "group").values()) == 40
    first, second = take(harness, [elder, newcomer], 40)
    assert first
    assert second
    assert len(first) + len(second) == 40


def test_who_has_work_in_flight_keeps_it_however_long_it_polls(harness: KafkaHarness) -> None:
    """A hand-over takes two rounds; the second one does not begin in the poll in which the first one ends."""
    bus, topic = harness.open(), harness.topic()
    bus.publish(messages(topic, 40))
    elder = bus.consumer(topic, "group")
    (in_flight,) = take(harness, [elder], 40, commit=False)
    newcomer = harness.open().consumer(topic, "group")
    with ThreadPoolExecutor() as pool:
        early = pool.submit(newcomer.poll, 7, 2.0)
        while not early.done():
            elder.poll(7, 2.0)
    assert early.result() == []
    elder.commit(in_flight)
    bus.publish(messages(topic, 40))
    assert all(take(harness, [elder, newcomer], 40))


def test_members_that_come_and_go_lose_nothing_and_share_nothing(harness: KafkaHarness) -> None:
    """Six controllers, each in a thread of its own as in reality, join and leave while messages come."""
    topic = harness.topic()
    bus = harness.open()
    sent = 0
    done: list[list[Delivery]] = [[] for _ in range(6)]
    stop_at = [1.0, 2.0, 3.0, 60.0, 4.0, 60.0]
    begun = time.monotonic()

    def run(number: int) -> None:
        mine = harness.open()
        time.sleep(0.3 * number)
        member = mine.consumer(topic, "group", f"controller-{number}" if number % 2 else None)
        while time.monotonic() < begun + stop_at[number] and not finished():
            deliveries = member.poll(10, 0.2)
            member.commit(deliveries)
            done[number] += deliveries
        member.close()

    def finished() -> bool:
        return publishing.done() and sum(bus.committed(topic, "group").values()) >= publishing.result()

    def publish() -> int:
        count = 0
        while time.monotonic() < begun + 5:
            bus.publish([Message(topic, key, b"%d" % (count + place)) for place, key in enumerate(KEYS)])
            count += len(KEYS)
            time.sleep(0.05)
        return count

    with ThreadPoolExecutor(7) as threads:
        publishing = threads.submit(publish)
        list(threads.map(run, range(6)))
        sent = publishing.result()
    got = values([delivery for mine in done for delivery in mine])
    assert len(got) == len(set(got)) == sent


# ---------------------------------------------------------------- closing


def test_closing_the_bus_ends_a_poll_that_waits(harness: KafkaHarness) -> None:
    """The poll raises Unavailable instead of waiting for its time-out."""
    bus = harness.open()
    member = bus.consumer(harness.topic(), "group")
    with ThreadPoolExecutor(1) as thread:
        polled = thread.submit(member.poll, 1, LIMIT_S)
        bus.close()
        with pytest.raises(Unavailable, match="this consumer is closed"):
            polled.result(LIMIT_S / 2)


def test_a_closed_consumer_does_not_come_back(harness: KafkaHarness) -> None:
    """Polling it is refused, and committing does nothing: the group has others now."""
    bus, topic = harness.open(), harness.topic()
    bus.publish(messages(topic, 20))
    member = bus.consumer(topic, "group")
    (got,) = take(harness, [member], 20, commit=False)
    member.close()
    with pytest.raises(Unavailable, match="this consumer is closed"):
        member.poll(1, 0)
    member.commit(got)
    assert sum(bus.committed(topic, "group").values()) == 0


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda bus, topic: bus.publish(messages(topic, 1)), id="publish"),
        pytest.param(lambda bus, topic: bus.consumer(topic, "group"), id="consumer"),
        pytest.param(lambda bus, topic: bus.end(topic), id="end"),
        pytest.param(lambda bus, topic: bus.read(topic, {0: 0}, 1), id="read"),
        pytest.param(lambda bus, topic: bus.watch(topic, print), id="watch"),
        pytest.param(lambda bus, topic: bus.committed(topic, "group"), id="committed"),
    ],
)
def test_a_closed_bus_is_unavailable(harness: KafkaHarness, call: Callable[[KafkaBus, str], object]) -> None:
    """Whatever is asked of it; and it may be closed again."""
    bus, topic = harness.open(), harness.topic()
    bus.publish(messages(topic, 1))
    bus.close()
    bus.close()
    with pytest.raises(Unavailable):
        call(bus, topic)


def test_a_watch_that_fails_does_not_silence_the_others(
    harness: KafkaHarness, caplog: pytest.LogCaptureFixture
) -> None:
    """What a watch raises is logged; other watches still hear of everything."""
    bus, topic = harness.open(), harness.topic()
    heard: list[None] = []

    def fail() -> None:
        raise RuntimeError("no longer there")

    bus.watch(topic, fail)
    bus.watch(topic, lambda: heard.append(None))
    for count in (1, 2):
        bus.publish(messages(topic, 1))
        deadline = time.monotonic() + LIMIT_S
        while len(heard) < count:
            assert time.monotonic() < deadline, "the watch hears nothing"
            time.sleep(0.01)
    assert f"the watch on topic {topic} failed" in caplog.text
