"""Contract section 5.2: GET /events/<topic>/<group>/<id>, and the groups of this door."""

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from appc.lcm.ports.bus import Message
from appc.northbound.message_router.groups import KIND, MAX_ANSWER_BYTES
from tests.northbound.http.site import CONFIGURATIONS, DLQ, READ, WRITE, Site

NOW = "?timeout=0"


def publish(site: Site, *values: bytes, topic: str = WRITE, key: str | None = "vnf-1") -> None:
    """As the controller does."""
    site.bus.publish([Message(topic, key, value) for value in values])


def test_a_new_group_begins_at_the_end_at_once(site: Site, client: TestClient) -> None:
    """Even if its first answer is empty: clients register before they send."""
    publish(site, b"before")
    assert client.get(f"/events/{WRITE}/g/1?timeout=1&limit=1").json() == []
    publish(site, b"after")
    assert client.get(f"/events/{WRITE}/g/1{NOW}").json() == ["after"]
    assert client.get(f"/events/{WRITE}/g/1{NOW}").json() == []


@pytest.mark.parametrize("topic", [READ, WRITE, DLQ, CONFIGURATIONS])
def test_every_configured_topic_is_served(site: Site, client: TestClient, topic: str) -> None:
    """To read is not to publish."""
    client.get(f"/events/{topic}/g/1{NOW}")
    publish(site, b"x", topic=topic)
    assert client.get(f"/events/{topic}/g/1{NOW}").json() == ["x"]


def test_the_answer_is_an_array_of_strings(site: Site, client: TestClient) -> None:
    """Each message is the text of its bytes; what is no UTF-8 is replaced."""
    client.get(f"/events/{WRITE}/g/1{NOW}")
    publish(site, b'{"a":1}', "€\n".encode(), b"\xff!", b"")
    answer = client.get(f"/events/{WRITE}/g/1{NOW}")
    assert answer.json() == ['{"a":1}', "€\n", "\ufffd!", ""]
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"


def test_the_members_of_a_group_share_and_groups_do_not(site: Site, client: TestClient) -> None:
    """The third part of the path names a member, the second the group."""
    for group in ("g", "h"):
        client.get(f"/events/{WRITE}/{group}/1{NOW}")
    publish(site, b"x")
    assert client.get(f"/events/{WRITE}/g/2{NOW}").json() == ["x"]
    assert client.get(f"/events/{WRITE}/g/1{NOW}").json() == []
    assert client.get(f"/events/{WRITE}/h/1{NOW}").json() == ["x"]


def test_a_group_stands_for_itself_on_each_topic(site: Site, client: TestClient) -> None:
    """Two topics, two positions."""
    client.get(f"/events/{WRITE}/g/1{NOW}")
    publish(site, b"x", topic=DLQ)
    assert client.get(f"/events/{DLQ}/g/1{NOW}").json() == []


@pytest.mark.parametrize(
    ("query", "count"),
    [
        pytest.param("&limit=2", 2, id="a limit"),
        pytest.param("&limit=0", 5000 - 904, id="zero is the default of 4096"),
        pytest.param("&limit=-3", 4096, id="negative"),
        pytest.param("&limit=many", 4096, id="not numeric"),
        pytest.param("&limit=1_0", 4096, id="not quite numeric"),
        pytest.param("&limit=99999", 4096, id="more than there may be"),
        pytest.param("&limit=99999999999999999999", 4096, id="more than a number may be"),
        pytest.param("&filter=%7B%7D", 4096, id="a filter is accepted and ignored"),
    ],
)
def test_the_limit_is_kept(site: Site, client: TestClient, query: str, count: int) -> None:
    """The rest comes next, in order."""
    client.get(f"/events/{WRITE}/g/1{NOW}")
    publish(site, *(str(number).encode() for number in range(5000)))
    first = client.get(f"/events/{WRITE}/g/1{NOW}{query}").json()
    second = client.get(f"/events/{WRITE}/g/1{NOW}&limit=1").json()
    assert first + second == [str(number) for number in range(count + 1)]


def test_an_answer_has_a_limit_in_bytes(site: Site, client: TestClient) -> None:
    """16 MiB, whatever the limit in messages; the rest comes next."""
    client.get(f"/events/{WRITE}/g/1{NOW}")
    publish(site, *(bytes([65 + number]) * (MAX_ANSWER_BYTES // 4) for number in range(6)))
    assert [text[0] for text in client.get(f"/events/{WRITE}/g/1{NOW}").json()] == ["A", "B", "C", "D"]
    assert [text[0] for text in client.get(f"/events/{WRITE}/g/1{NOW}").json()] == ["E", "F"]


def test_a_message_larger_than_that_comes_alone(site: Site, client: TestClient) -> None:
    """It does not stand in the way of what follows."""
    client.get(f"/events/{WRITE}/g/1{NOW}")
    publish(site, b"A" * (MAX_ANSWER_BYTES + 1), b"B")
    assert [text[0] for text in client.get(f"/events/{WRITE}/g/1{NOW}").json()] == ["A"]
    assert client.get(f"/events/{WRITE}/g/1{NOW}").json() == ["B"]


@pytest.mark.parametrize("query", ["?timeout=0", "?timeout=-5", "?timeout=1"])
def test_a_short_timeout_is_no_error(client: TestClient, query: str) -> None:
    """It looks once and answers."""
    answer = client.get(f"/events/{WRITE}/g/1{query}")
    assert (answer.status_code, answer.json()) == (200, [])


@pytest.mark.parametrize("query", ["", "?timeout=soon", "?timeout=", "?timeout=1e3"])
def test_a_timeout_that_is_no_number_is_the_default(site: Site, client: TestClient, query: str) -> None:
    """What is there is answered at once all the same."""
    client.get(f"/events/{WRITE}/g/1{NOW}")
    publish(site, b"x")
    assert client.get(f"/events/{WRITE}/g/1{query}").json() == ["x"]


@pytest.mark.parametrize("path", [f"/events/{WRITE}", f"/events/{WRITE}/g", "/events/other", "/events/other/g"])
def test_an_incomplete_path_is_an_incorrect_url(client: TestClient, path: str) -> None:
    """404, in the words that clients look for."""
    answer = client.get(path)
    assert (answer.status_code, answer.json()["status"]) == (404, 404)
    assert answer.json()["message"].startswith("Incorrect url")


def test_an_unknown_topic_is_404(client: TestClient) -> None:
    """And nothing is remembered of it."""
    answer = client.get(f"/events/other/g/1{NOW}")
    assert (answer.status_code, answer.json()["mrstatus"]) == (404, 3001)
    assert "No such topic exists.-[other]" in answer.json()["message"]


def test_a_bus_or_a_store_out_of_reach_is_503(site: Site, client: TestClient) -> None:
    """Nothing is lost by it."""
    client.get(f"/events/{WRITE}/g/1{NOW}")
    publish(site, b"x")
    for part in (site.bus, site.documents):
        part.down = True
        answer = client.get(f"/events/{WRITE}/g/1{NOW}")
        assert (answer.status_code, answer.json()["mrstatus"]) == (503, 3002)
        assert int(answer.headers["retry-after"]) > 0
        part.down = False
    assert client.get(f"/events/{WRITE}/g/1{NOW}").json() == ["x"]


def test_positions_survive_a_restart(site: Site) -> None:
    """They are in the store, not in the controller."""
    with site.client() as client:
        client.get(f"/events/{WRITE}/g/1{NOW}")
        publish(site, b"one")
        assert client.get(f"/events/{WRITE}/g/1{NOW}").json() == ["one"]
    publish(site, b"two")
    with site.client() as client:
        assert client.get(f"/events/{WRITE}/g/1{NOW}").json() == ["two"]


def test_a_group_is_none_of_the_controllers(site: Site, client: TestClient) -> None:
    """A client that names its group `appc` takes no request away from the controller."""
    consumer = site.bus.consumer(READ, "appc")
    client.get(f"/events/{READ}/appc/1{NOW}")
    client.post(f"/events/{READ}", content=b"x")
    assert client.get(f"/events/{READ}/appc/1{NOW}").json() == ["x"]
    assert [delivery.value for delivery in consumer.poll(10, 0)] == [b"x"]
    assert site.bus.committed(READ, "appc") == {}


def test_an_idle_group_is_forgotten_after_24_hours(site: Site, client: TestClient) -> None:
    """Then it is a new one: it begins at the end."""
    for group in ("idle", "busy"):
        client.get(f"/events/{WRITE}/{group}/1{NOW}")
    publish(site, b"x")
    for _ in range(25):
        site.clock.advance(3601)
        client.get(f"/events/{WRITE}/busy/1{NOW}")
    assert site.groups.forget_idle(site.clock.now()) == 1
    assert site.documents.ids(KIND) == [f"{WRITE}/busy"]
    assert client.get(f"/events/{WRITE}/idle/1{NOW}").json() == []


def test_a_group_that_was_asked_for_lately_is_kept(site: Site, client: TestClient) -> None:
    """Just under 24 hours, even if the store was not told of the last time."""
    client.get(f"/events/{WRITE}/g/1{NOW}")
    site.clock.advance(timedelta(minutes=59).total_seconds())
    client.get(f"/events/{WRITE}/g/1{NOW}")
    site.clock.advance(timedelta(hours=24).total_seconds() - 1)
    assert site.groups.forget_idle(site.clock.now()) == 0


def test_empty_answers_do_not_write_to_the_store(site: Site, client: TestClient) -> None:
    """Once an hour is enough to show that a group is not idle."""
    for _ in range(100):
        client.get(f"/events/{WRITE}/g/1{NOW}")
        site.clock.advance(60)
    assert site.documents.puts == 2


def test_two_processes_that_serve_one_group_do_not_put_it_back(site: Site) -> None:
    """Each stores its position only over the one it knew; of two the farther one is kept."""
    site.groups.join(WRITE, "g")
    publish(site, b"1", b"2", b"3", key="a")
    here, there = (site.groups.fetch(WRITE, "g", limit) for limit in (1, 3))
    site.groups.advance(there)
    site.groups.advance(here)
    assert site.groups.fetch(WRITE, "g", 10).messages == ()


def test_a_group_that_was_forgotten_during_its_answer_is_known_again(site: Site) -> None:
    """The answer has gone out, so its position holds."""
    site.groups.join(WRITE, "g")
    publish(site, b"1")
    batch = site.groups.fetch(WRITE, "g", 10)
    site.clock.advance(timedelta(hours=26).total_seconds())
    site.groups.forget_idle(site.clock.now())
    site.groups.advance(batch)
    publish(site, b"2")
    assert site.groups.fetch(WRITE, "g", 10).messages == (b"2",)


def test_a_partition_that_a_topic_gets_later_is_read_from_its_beginning(site: Site) -> None:
    """Within the hour in which the group is written again anyway."""
    site.documents.put(KIND, f"{WRITE}/g", {"offsets": {"0": 0}, "touched": site.clock.now().isoformat()})
    publish(site, *(b"x",) * 4, key=None)
    for name in "abcdefgh":
        publish(site, b"y", key=name)
    assert len(site.groups.fetch(WRITE, "g", 100).messages) < 12
    site.clock.advance(3600)
    assert len(site.groups.fetch(WRITE, "g", 100).messages) == 12
