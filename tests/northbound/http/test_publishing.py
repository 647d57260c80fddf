"""Contract section 5.2: POST /events/<topic>."""

import gzip

import pytest
from starlette.testclient import TestClient

from tests.northbound.http.site import CONFIGURATIONS, DLQ, MAX_MESSAGE_BYTES, READ, WRITE, Site

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("content_type", "body", "messages"),
    [
        pytest.param("application/json", b'{"a": 1}', [b'{"a": 1}'], id="JSON object"),
        pytest.param("application/json;charset=UTF-8", b'[{"a":1},{"b":2}]', [b'{"a":1}', b'{"b":2}'], id="JSON array"),
        pytest.param("application/json", b'{"a":1}\n{"b":2}', [b'{"a":1}', b'{"b":2}'], id="JSON lines"),
        pytest.param("text/plain", b"a\nb\n", [b"a", b"b"], id="text"),
        pytest.param("application/cambria;charset=UTF-8", b"1.2.k{}\n0.1.x", [b"{}", b"x"], id="frames"),
        pytest.param("application/cambria-zip", gzip.compress(b"1.2.k{}"), [b"{}"], id="zipped frames"),
        pytest.param("application/octet-stream", b"a\n\xff", [b"a\n\xff"], id="any other type"),
        pytest.param(None, b"a\nb", [b"a\nb"], id="no type"),
        pytest.param("application/json", b"[]", [], id="nothing"),
    ],
)
def test_messages_are_published_as_they_were_sent(
    site: Site, client: TestClient, content_type: str | None, body: bytes, messages: list[bytes]
) -> None:
    """The answer says how many there were and how long it took."""
    headers = {"Content-Type": content_type} if content_type else {}
    answer = client.post(f"/events/{READ}", content=body, headers=headers)
    assert answer.status_code == 200
    assert answer.json() == {"serverTimeMs": answer.json()["serverTimeMs"], "count": len(messages)}
    assert isinstance(answer.json()["serverTimeMs"], int)
    assert [value for _, value in site.bus.messages(READ)] == messages


@pytest.mark.parametrize(
    ("query", "body", "keys"),
    [
        pytest.param("", b'{"cambria.partition":"p"}', ["p"], id="the message's own"),
        pytest.param("?partitionKey=q", b'{"cambria.partition":"p"}\n{}', ["p", "q"], id="else the query's"),
        pytest.param("?partitionKey=q", b'{"cambria.partition":null}', ["q"], id="null is none"),
        pytest.param("?partitionKey=", b"{}", [None], id="an empty one is none"),
        pytest.param("", b"{}", [None], id="none"),
    ],
)
def test_the_key_keeps_the_order(
    site: Site, client: TestClient, query: str, body: bytes, keys: list[str | None]
) -> None:
    """Facts section 9.7."""
    assert client.post(f"/events/{READ}{query}", content=body, headers=JSON).status_code == 200
    assert [key for key, _ in site.bus.messages(READ)] == keys


@pytest.mark.parametrize(
    ("topic", "headers", "body", "status", "mrstatus"),
    [
        pytest.param(READ, JSON, b"{", 400, 3010, id="no JSON"),
        pytest.param(READ, {"Content-Type": "application/cambria"}, b"0.2.x", 400, 3010, id="a frame cut off"),
        pytest.param(READ, {"Content-Type": "application/cambria-zip"}, b"0.1.x", 400, 3010, id="frames not zipped"),
        pytest.param(WRITE, JSON, b"{}", 403, 4002, id="response topic"),
        pytest.param(DLQ, JSON, b"{}", 403, 4002, id="dead-letter topic"),
        pytest.param(CONFIGURATIONS, JSON, b"{}", 403, 4002, id="configuration topic"),
        pytest.param("other", JSON, b"{}", 404, 3001, id="unknown topic"),
    ],
)
def test_what_cannot_be_published_is_refused(
    site: Site, client: TestClient, topic: str, headers: dict[str, str], body: bytes, status: int, mrstatus: int
) -> None:
    """In Message Router's form; nothing is published."""
    answer = client.post(f"/events/{topic}", content=body, headers=headers)
    assert (answer.status_code, answer.json()["mrstatus"], answer.json()["status"]) == (status, mrstatus, status)
    assert site.bus.messages(topic) == []


def test_an_unknown_topic_is_named(client: TestClient) -> None:
    """In the words that clients look for."""
    assert "No such topic exists.-[other]" in client.post("/events/other").json()["message"]


def test_one_message_that_is_too_large_spoils_the_body(site: Site, client: TestClient) -> None:
    """413, and nothing of it is published; a body of many may be larger than one message."""
    most = b"x" * MAX_MESSAGE_BYTES
    text = {"Content-Type": "text/plain"}
    assert client.post(f"/events/{READ}", content=most + b"\n" + most, headers=text).status_code == 200
    answer = client.post(f"/events/{READ}", content=b"small\n" + most + b"x", headers=text)
    assert (answer.status_code, answer.json()["mrstatus"]) == (413, 3008)
    assert [len(value) for _, value in site.bus.messages(READ)] == [MAX_MESSAGE_BYTES] * 2


def test_a_bus_out_of_reach_is_503(site: Site, client: TestClient) -> None:
    """With a time to try again."""
    site.bus.down = True
    answer = client.post(f"/events/{READ}", content=b"x")
    assert (answer.status_code, answer.json()["mrstatus"]) == (503, 3002)
    assert int(answer.headers["retry-after"]) > 0


def test_a_store_out_of_reach_does_not_matter(site: Site, client: TestClient) -> None:
    """Publishing needs the bus only."""
    site.documents.down = True
    assert client.post(f"/events/{READ}", content=b"x").status_code == 200


def test_frames_have_keys_of_their_own(site: Site, client: TestClient) -> None:
    """Before the query's; an empty one is none."""
    headers = {"Content-Type": "application/cambria"}
    client.post(f"/events/{READ}?partitionKey=q", content=b"3.1.vnfa 0.1.b", headers=headers)
    assert site.bus.messages(READ) == [("vnf", b"a"), ("q", b"b")]


def test_a_body_in_chunks_is_a_body(site: Site, client: TestClient) -> None:
    """Message Router refused them; here nobody has to know the length before."""
    chunks = iter([b'[{"a":', b"1},", b'{"b":2}]'])
    assert client.post(f"/events/{READ}", content=chunks, headers=JSON).json()["count"] == 2
    assert [value for _, value in site.bus.messages(READ)] == [b'{"a":1}', b'{"b":2}']


class TestTheTopics:
    """Those that are configured, in Message Router's three forms."""

    def test_by_name(self, client: TestClient) -> None:
        assert client.get("/topics").json() == {"topics": [READ, WRITE, DLQ, CONFIGURATIONS]}

    def test_with_what_there_is_to_say_of_each(self, client: TestClient) -> None:
        listed = client.get("/topics/listAll").json()["topics"]
        assert [each["topicName"] for each in listed] == [READ, WRITE, DLQ, CONFIGURATIONS]
        assert all(each.keys() == {"topicName", "owner", "txenabled"} for each in listed)

    @pytest.mark.parametrize(("topic", "closed"), [(READ, False), (WRITE, True), (DLQ, True), (CONFIGURATIONS, True)])
    def test_one_alone(self, client: TestClient, topic: str, closed: bool) -> None:
        """Only the request topic is everybody's to write to."""
        shown = client.get(f"/topics/{topic}").json()
        assert shown["name"] == topic
        assert (shown["readerAcl"]["enabled"], shown["writerAcl"]["enabled"]) == (False, closed)

    def test_an_unknown_one(self, client: TestClient) -> None:
        answer = client.get("/topics/other")
        assert (answer.status_code, answer.json()["mrstatus"]) == (404, 3001)
        assert "No such topic exists.-[other]" in answer.json()["message"]

    @pytest.mark.parametrize(("method", "path"), [("POST", "/topics/create"), ("DELETE", f"/topics/{READ}")])
    def test_none_is_made_or_deleted(self, client: TestClient, method: str, path: str) -> None:
        """They are the operator's."""
        assert client.request(method, path, json={"topicName": "x"}).status_code == 405
