"""Kafka that is away, goes away or hangs (contract section 7): nothing is lost, and nobody waits for ever."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from appc.bus.kafka.bus import KafkaBus
from appc.lcm.ports.bus import Message
from appc.lcm.ports.failures import Unavailable
from tests.bus.kafka.outage import Traffic, run_through, wait_until
from tests.contracts.bus_contract import LIMIT_S, messages, take, values
from tests.contracts.kafka_harness import KafkaHarness, config
from tests.servers.kafka_server import KafkaServer, fails_or_skips

#: The library leaves sockets whose connection failed to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")

#: How long is waited for a broker here, in seconds.
ANSWER_S = 3.0

#: How long the broker is away, in seconds: longer than is waited for an answer.
OUTAGE_S = 5.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaServer]:
    """A broker that the tests may do anything to."""
    with fails_or_skips():
        server = KafkaServer(tmp_path_factory.mktemp("kafka"))
    with server:
        yield server


@pytest.fixture
def bus(server: KafkaServer) -> Iterator[KafkaBus]:
    """A handle on it that does not wait for long."""
    with closing(KafkaBus(replace(config(server.addresses.plain), answer_s=ANSWER_S))) as bus:
        yield bus


def nobody() -> str:
    """An address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        return f"127.0.0.1:{door.getsockname()[1]}"


def test_a_broker_that_is_away_at_the_start_is_told_at_once() -> None:
    """The start decides whether it tries again; nothing of the attempt is left running."""
    begun, running = time.monotonic(), threading.active_count()
    servers = nobody(), nobody()
    with pytest.raises(Unavailable) as raised:
        KafkaBus(replace(config(""), servers=servers))
    assert time.monotonic() - begun < 1
    assert threading.active_count() == running
    assert str(raised.value) == (
        f"the bus kafka://{servers[0]},{servers[1]} cannot be reached: "
        f"{servers[0]}: [Errno 111] Connection refused; {servers[1]}: [Errno 111] Connection refused"
    )


def test_something_that_is_no_kafka_is_told(tmp_path: Path) -> None:
    """It takes the connection and says nothing; nothing of the attempt is left running."""
    running = threading.active_count()
    with socket.create_server(("127.0.0.1", 0)) as door:
        mute = replace(config(f"127.0.0.1:{door.getsockname()[1]}"), answer_s=1.0)
        with pytest.raises(Unavailable, match="cannot be used: it does not take PLAINTEXT"):
            KafkaBus(mute)
    assert threading.active_count() == running


@pytest.mark.parametrize("outage", ["killed", "stopped in order"])
def test_nothing_is_lost_while_the_broker_is_away(server: KafkaServer, bus: KafkaBus, outage: str) -> None:
    """Publishing raises Unavailable meanwhile and works again afterwards; members go on where they were."""

    def go_away() -> None:
        server.kill() if outage == "killed" else server.stop()
        failures = traffic.unavailable
        time.sleep(OUTAGE_S)
        wait_until(lambda: traffic.unavailable > failures, "publishing does not fail")
        server.start()

    traffic = Traffic(bus, f"outage-{outage.replace(' ', '-')}")
    run_through(traffic, go_away)
    assert traffic.longest_s < ANSWER_S + 2


def test_a_short_restart_goes_unnoticed(server: KafkaServer) -> None:
    """A broker that is back within the time that is waited for it costs nothing but that time."""

    def restart() -> None:
        server.kill()
        server.start()

    patient = replace(config(server.addresses.plain), answer_s=60.0)
    with closing(KafkaBus(patient)) as bus:
        traffic = Traffic(bus, "restart")
        run_through(traffic, restart)
        assert traffic.unavailable == 0
        assert len(traffic.got) == len(set(traffic.got))


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda bus: bus.publish(messages("calls", 3)), id="publish"),
        pytest.param(lambda bus: bus.publish([Message("calls", "vnf", bytes(500_000))]), id="publish, large"),
        pytest.param(lambda bus: bus.consumer("calls", "group"), id="consumer"),
        pytest.param(lambda bus: bus.end("calls"), id="end"),
        pytest.param(lambda bus: bus.read("calls", {0: 0, 1: 0, 2: 0, 3: 0}, 9), id="read"),
        pytest.param(lambda bus: bus.watch("calls", print), id="watch"),
        pytest.param(lambda bus: bus.committed("calls", "group"), id="committed"),
    ],
)
def test_a_broker_that_hangs_is_not_waited_for_for_ever(
    server: KafkaServer, bus: KafkaBus, call: Callable[[KafkaBus], object]
) -> None:
    """Connections stay open and nothing is answered: whatever is asked raises Unavailable, and works afterwards."""
    bus.publish(messages("calls", 1))
    server.freeze()
    begun = time.monotonic()
    try:
        with pytest.raises(Unavailable):
            call(bus)
        took_s = time.monotonic() - begun
    finally:
        server.thaw()
    assert took_s < 15
    wait_until(lambda: works(bus, call), "it does not work again")


def works(bus: KafkaBus, call: Callable[[KafkaBus], object]) -> bool:
    """Whether it does now."""
    try:
        call(bus)
    except Unavailable:
        return False
    return True


def test_a_handle_can_be_closed_while_the_broker_is_away(server: KafkaServer) -> None:
    """A stop does not wait for a broker that does not come back."""
    bus = KafkaBus(replace(config(server.addresses.plain), answer_s=ANSWER_S))
    bus.publish(messages("closing", 3))
    bus.watch("closing", print)
    member = bus.consumer("closing", "group", "controller-1")
    member.poll(9, 1)
    bus.read("closing", dict.fromkeys(range(4), 0), 9)
    server.kill()
    begun = time.monotonic()
    bus.close()
    assert time.monotonic() - begun < 10
    server.start()


def test_a_watch_goes_on_after_an_outage(server: KafkaServer, bus: KafkaBus) -> None:
    """Whoever waits for messages hears of those that come afterwards."""
    heard = threading.Event()
    bus.watch("watched", heard.set)
    server.kill()
    time.sleep(0.5)
    server.start()
    with closing(KafkaBus(config(server.addresses.plain))) as other:
        heard.clear()
        deadline = time.monotonic() + LIMIT_S
        while not heard.wait(0.2):
            assert time.monotonic() < deadline, "the watch hears nothing"
            other.publish(messages("watched", 1))


def test_what_the_broker_acknowledged_survives_its_death(server: KafkaServer, bus: KafkaBus) -> None:
    """kill -9 right behind the acknowledgement: the message, its topic and the commit before it are there."""
    bus.publish(messages("durable", 4, ["vnf"]))
    member = bus.consumer("durable", "group", "controller-1")
    got = member.poll(4, LIMIT_S)
    member.commit(got[:1])
    bus.publish([Message("durable", "vnf", b"last")])
    server.kill()
    server.start()
    with closing(KafkaBus(config(server.addresses.plain))) as after:
        wait_until(lambda: works(after, lambda bus: bus.end("durable")), "the topic is not there")
        assert sum(after.end("durable").values()) == 5
        (rest,) = take(KafkaHarness(server.addresses.plain), [after.consumer("durable", "group", "controller-1")], 4)
        assert values(rest) == [b"1", b"2", b"3", b"last"]
