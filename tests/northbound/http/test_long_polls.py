"""Contract section 5.2: long polls, on a server that listens."""

import json
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import pytest

from appc.lcm.ports.bus import Message
from appc.northbound.http.server import HttpServer
from appc.northbound.message_router.groups import KIND
from tests.northbound.http.site import READ, WRITE, Site

#: How long a test waits for what another thread does, in seconds.
PATIENCE_S = 30.0


def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, with a limit."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)


def publish(site: Site, *values: bytes) -> None:
    """As the controller does."""
    site.bus.publish([Message(WRITE, "vnf-1", value) for value in values])


def poll(site: Site, server: HttpServer, group: str = "g", timeout_ms: int = 30_000) -> httpx.Response:
    """One GET."""
    url = f"{server.url}/events/{WRITE}/{group}/1?timeout={timeout_ms}"
    return site.http.get(url, timeout=timeout_ms / 1000 + PATIENCE_S)


def poll_meanwhile(site: Site, server: HttpServer, group: str = "g") -> "Future[httpx.Response]":
    """A GET in a thread; returns when it is being served and its group stands."""
    pool, before = ThreadPoolExecutor(1), site.in_flight
    found = pool.submit(poll, site, server, group)
    pool.shutdown(wait=False)
    until(lambda: site.in_flight > before and f"{WRITE}/{group}" in site.documents.ids(KIND))
    return found


def raw_poll(server: HttpServer, group: str = "g") -> socket.socket:
    """A GET by hand, so that its client can behave badly."""
    address = urlsplit(server.url)
    connection = socket.create_connection((address.hostname, address.port or 0), timeout=PATIENCE_S)
    connection.sendall(
        f"GET /events/{WRITE}/{group}/1?timeout=60000 HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode()
    )
    return connection


def test_a_message_ends_the_poll(site: Site, server: HttpServer) -> None:
    """At once, not at its time-out; it does not wait for more."""
    waiting = poll_meanwhile(site, server)
    publish(site, b"x")
    assert waiting.result(PATIENCE_S).json() == ["x"]


def test_a_poll_ends_at_its_timeout(site: Site, server: HttpServer) -> None:
    """With an empty array, after the time it asked for."""
    began = time.monotonic()
    assert poll(site, server, timeout_ms=300).json() == []
    assert 0.3 <= time.monotonic() - began < PATIENCE_S


def test_a_message_of_another_topic_does_not_end_it(site: Site, server: HttpServer) -> None:
    """It goes on waiting for its own."""
    waiting = poll_meanwhile(site, server)
    site.bus.publish([Message(READ, None, b"y")])
    publish(site, b"x")
    assert waiting.result(PATIENCE_S).json() == ["x"]


def test_three_hundred_polls_cost_no_threads(site: Site, server: HttpServer) -> None:
    """They share one watch and a small pool of readers, and one message answers them all."""
    before = threading.active_count()
    connections = [raw_poll(server, f"group-{number}") for number in range(300)]
    until(lambda: len(site.documents.ids(KIND)) == 300)
    assert site.http.get(f"{server.url}/healthz").status_code == 200
    assert threading.active_count() - before < 20
    assert site.bus.watches == 1
    publish(site, b"x")
    for connection in connections:
        with connection, connection.makefile("rb") as answer:
            head = list(iter(answer.readline, b"\r\n"))
            assert head[0].startswith(b"HTTP/1.1 200 ")
            assert answer.read(5) == b'["x"]'


def test_polls_of_one_group_take_turns(site: Site, server: HttpServer) -> None:
    """Each message goes to one of them."""
    waiting = [poll_meanwhile(site, server) for _ in range(3)]
    found: list[str] = []
    for number in range(3):
        publish(site, str(number).encode())
        until(lambda done=number: sum(each.done() for each in waiting) > done)  # type: ignore[misc]  # bound by default
    for each in waiting:
        found += each.result(PATIENCE_S).json()
    assert sorted(found) == ["0", "1", "2"]


def test_a_poll_that_gets_no_turn_ends_at_its_own_timeout(site: Site, server: HttpServer) -> None:
    """It does not wait as long as the one before it."""
    first = poll_meanwhile(site, server)
    assert poll(site, server, timeout_ms=50).json() == []
    assert not first.done()
    publish(site, b"x")
    assert first.result(PATIENCE_S).json() == ["x"]


def test_a_client_that_left_loses_nothing(site: Site, server: HttpServer) -> None:
    """What comes after it has gone is kept for its next poll, even if it comes in the same moment."""
    for number in range(20):
        connection = raw_poll(server, f"g{number}")
        until(lambda name=f"{WRITE}/g{number}": name in site.documents.ids(KIND))  # type: ignore[misc]
        connection.close()
        publish(site, b"x")
        assert poll(site, server, f"g{number}").json() == ["x"]


def test_a_client_that_left_while_it_waited_for_its_turn_takes_nothing(site: Site, server: HttpServer) -> None:
    """Its place in the queue goes with it."""
    first = poll_meanwhile(site, server)
    with raw_poll(server):
        until(lambda: site.in_flight == 2)
    until(lambda: site.in_flight == 1)
    publish(site, b"x")
    assert first.result(PATIENCE_S).json() == ["x"]
    publish(site, b"y")
    assert poll(site, server).json() == ["y"]


def test_a_client_that_left_during_its_answer_loses_nothing(site: Site, server: HttpServer) -> None:
    """The position moves only when the last slice went to a client that was still there."""
    connection = raw_poll(server)
    until(lambda: f"{WRITE}/g" in site.documents.ids(KIND))
    values = [bytes([65 + number]) * 1_000_000 for number in range(12)]
    publish(site, *values)
    assert connection.recv(1000).startswith(b"HTTP/1.1 200 OK")
    connection.close()
    assert poll(site, server).json() == [value.decode() for value in values]


def test_a_large_answer_arrives_whole(site: Site, server: HttpServer) -> None:
    """In slices, but as one body, and once."""
    poll(site, server, timeout_ms=0)
    publish(site, *(b"x" * 65_536,) * 64)
    answer = poll(site, server)
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert [len(text) for text in json.loads(answer.content)] == [65_536] * 64
    assert poll(site, server, timeout_ms=0).json() == []


def test_a_stop_ends_polls_at_once_with_what_they_have(site: Site) -> None:
    """They are answered, those that wait for their turn too; what comes later is there for the next start."""
    with site.server() as server:
        waiting = [poll_meanwhile(site, server) for _ in range(3)]
        began = time.monotonic()
        server.stop(PATIENCE_S)
        assert [each.result(PATIENCE_S).json() for each in waiting] == [[], [], []]
        assert time.monotonic() - began < PATIENCE_S / 2
    assert site.bus.watches == 0
    publish(site, b"x")
    with site.server() as server:
        assert poll(site, server).json() == ["x"]


def test_a_publisher_that_waits_for_the_bus_delays_nobody_else(site: Site, server: HttpServer) -> None:
    """The bus may take its time; polls and probes are answered meanwhile."""
    waiting = poll_meanwhile(site, server)
    arrived, may_go_on = threading.Semaphore(0), threading.Event()

    def hold() -> None:
        arrived.release()
        may_go_on.wait(PATIENCE_S)

    site.bus.before_publish = hold
    with ThreadPoolExecutor(20) as pool:
        published = [pool.submit(site.http.post, f"{server.url}/events/{READ}", content=b"x") for _ in range(20)]
        assert arrived.acquire(timeout=PATIENCE_S)
        assert site.http.get(f"{server.url}/healthz").status_code == 200
        assert poll(site, server, "other", timeout_ms=0).json() == []
        site.bus.before_publish = None
        publish(site, b"y")
        assert waiting.result(PATIENCE_S).json() == ["y"]
        may_go_on.set()
        assert [each.result().status_code for each in published] == [200] * 20


def test_a_store_that_fails_after_the_answer_makes_it_come_twice(
    site: Site, server: HttpServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Rather twice than never; the log says so, and the service goes on."""
    waiting = poll_meanwhile(site, server)
    site.documents.fail_puts = True
    publish(site, b"x")
    assert waiting.result(PATIENCE_S).json() == ["x"]
    until(lambda: "will be delivered again" in caplog.text)
    site.documents.fail_puts = False
    assert poll(site, server).json() == ["x"]
    assert poll(site, server, timeout_ms=0).json() == []


def test_a_poll_that_waits_for_a_store_that_takes_no_writes_is_503(site: Site, server: HttpServer) -> None:
    """An empty array would say that nothing has come; the next one after that finds what was published meanwhile."""
    assert poll(site, server, timeout_ms=0).json() == []
    site.documents.open_to_puts.clear()
    publish(site, b"x")
    assert poll(site, server).json() == ["x"]
    publish(site, b"y")
    held = poll(site, server, timeout_ms=0)
    assert (held.status_code, held.json()["mrstatus"]) == (503, 3002)
    site.documents.open_to_puts.set()
    assert poll(site, server).json() == ["y"]
