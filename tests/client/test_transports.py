"""The transports: what a bus and a real HTTP edge have in common, and how the latter fails."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from appc.client import AnswerTimeout, CheckLock, Topics, Unreachable, connect
from appc.client.access import Access
from appc.client.bus_topics import BusTopics
from appc.client.connecting import open_transport
from appc.client.following import Following
from appc.client.message_router import MessageRouter
from appc.client.transport import Subscription, Transport
from appc.lcm.ports.bus import Message, Refused
from appc.lcm.ports.failures import Unavailable
from tests.fakes.clock import FakeClock
from tests.fakes.memory_bus import MemoryBus
from tests.northbound.http.site import MAX_MESSAGE_BYTES, PASSWORD, READ, USER, WRITE, Site, one_user

PATIENCE_S = 10.0

Open = Callable[[], Transport]


@pytest.fixture
def site() -> Iterator[Site]:
    """What stands behind the edge."""
    made = Site(FakeClock())
    with made.http:
        yield made


@contextmanager
def opened(site: Site, way: str) -> Iterator[Transport]:
    """A transport to the site's bus."""
    if way == "bus":
        yield BusTopics(site.bus)
        return
    with site.server() as server:
        transport = MessageRouter(server.url, Access())
        yield transport
        transport.close()


@pytest.fixture(params=["bus", "Message Router"])
def transport(request: pytest.FixtureRequest, site: Site) -> Iterator[Transport]:
    """Both of them."""
    with opened(site, request.param) as transport:
        yield transport


@contextmanager
def subscribed(transport: Transport, topic: str) -> Iterator[Subscription]:
    """A subscription, closed at the end by the thread that read."""
    subscription = transport.subscribe(topic)
    yield subscription
    subscription.interrupt()
    subscription.close()


def published(site: Site, *values: bytes) -> None:
    """Answers on the response topic."""
    site.bus.publish([Message(WRITE, None, value) for value in values])


def read_all(subscription: Subscription, count: int) -> list[bytes]:
    """So many messages."""
    found: list[bytes] = []
    while len(found) < count:
        news = subscription.read(PATIENCE_S)
        assert news
        found += news
    return found


def test_a_subscription_begins_at_the_end(transport: Transport, site: Site) -> None:
    """And sees each message once, in order."""
    published(site, b"before")
    with subscribed(transport, WRITE) as subscription:
        published(site, b"1", b"2")
        assert read_all(subscription, 2) == [b"1", b"2"]
        published(site, b"3")
        assert read_all(subscription, 1) == [b"3"]
        assert subscription.read(0.01) == []


def test_a_read_that_waits_can_be_interrupted(transport: Transport) -> None:
    """Long before its time; no read waits afterwards."""
    with subscribed(transport, WRITE) as subscription:
        ending = threading.Timer(0.1, subscription.interrupt)
        ending.start()
        assert subscription.read(60) == []
        assert subscription.read(60) == []
        ending.join()


def test_several_messages_are_published_in_order(transport: Transport, site: Site) -> None:
    """By one call."""
    values = [b'{"cambria.partition": "vnf-1", "n": %d}' % number for number in range(10)]
    transport.publish([Message(READ, "vnf-1", value) for value in values])
    assert [value for _, value in site.bus.messages(READ)] == values


def test_only_what_is_too_large_is_refused(site: Site) -> None:
    """Message Router refuses a whole POST: the others are published by another one."""
    small, large = b'{"a": 1}', b'{"a": "%s"}' % (b"x" * MAX_MESSAGE_BYTES)
    messages = [Message(READ, "v", value) for value in (small, large, small)]
    with opened(site, "Message Router") as transport:
        with pytest.raises(Refused) as refused:
            transport.publish(messages)
        assert refused.value.messages == (messages[1],)
        assert [value for _, value in site.bus.messages(READ)] == [small, small]


def test_new_partitions_are_read_from_their_beginning() -> None:
    """A topic may grow while a client reads it."""
    bus = MemoryBus(FakeClock(), partitions=1)
    with subscribed(BusTopics(bus), WRITE) as subscription:
        bus.grow(WRITE, 2)
        bus.publish([Message(WRITE, key, key.encode()) for key in "abcd"])
        assert sorted(read_all(subscription, 4)) == [b"a", b"b", b"c", b"d"]


@pytest.mark.parametrize(
    ("user", "password", "let_in"),
    [
        pytest.param(USER, PASSWORD, True, id="right"),
        pytest.param(USER, "wrong", False, id="a wrong password"),
        pytest.param(None, None, False, id="none"),
    ],
)
def test_message_router_wants_its_credentials(site: Site, user: str | None, password: str | None, let_in: bool) -> None:
    """Otherwise the client cannot be made, and says what it was answered."""
    with site.server(one_user()) as server:
        transport = MessageRouter(server.url, Access(user, password))
        if let_in:
            transport.subscribe(WRITE).close()
        else:
            with pytest.raises(Unavailable, match="401"):
                transport.subscribe(WRITE)
        transport.close()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        pytest.param("http://127.0.0.1:9", r"no controller at http://127\.0\.0\.1:9", id="nobody listens"),
        pytest.param("embedded:/nowhere", r"no embedded bus in /nowhere", id="no such folder"),
        pytest.param("https://127.0.0.1:9", r"certificates of /no/file cannot be read: No such file", id="no such CA"),
    ],
)
def test_what_cannot_be_reached_is_named(url: str, said: str) -> None:
    """By `connect`, before anything is sent."""
    with pytest.raises(Unreachable, match=said):
        connect(url, Access(ca_file=Path("/no/file")))


@pytest.mark.parametrize("url", ["pulsar://127.0.0.1", "127.0.0.1:8181", ""])
def test_another_url_is_told_what_is_allowed(url: str) -> None:
    """ValueError names the forms."""
    with pytest.raises(ValueError, match="allowed are http://"):
        open_transport(url)


def test_a_task_may_connect_and_close(site: Site) -> None:
    """The event loop of the caller is none of the client's business."""

    async def main(url: str) -> None:
        with connect(url) as client, pytest.raises(AnswerTimeout):
            await client.ask(CheckLock(vnf_id="v"), timeout_s=0.05)

    with site.server() as server:
        asyncio.run(main(server.url))


def test_following_sees_both_topics(site: Site) -> None:
    """Whoever sent what."""
    with opened(site, "Message Router") as transport, Following(transport, Topics()) as following:
        site.bus.publish([Message(READ, None, b"asked"), Message(WRITE, None, b"answered")])
        seen = iter(following)
        assert {(each.topic, each.value) for each in (next(seen), next(seen))} == {
            (READ, b"asked"),
            (WRITE, b"answered"),
        }


def test_a_crowd_of_users_is_no_crowd_of_groups(site: Site) -> None:
    """A client of a bus leaves no group behind on it."""
    with subscribed(BusTopics(site.bus), WRITE):
        assert site.bus.watches == 1
    assert site.bus.watches == 0
