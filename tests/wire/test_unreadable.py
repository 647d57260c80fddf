"""What is no request: 303, the answer of type `error`, and the dead letter (contract sections 3.2 and 4)."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from appc.lcm.ports.bus import Delivery
from appc.lcm.record import Position
from appc.wire.envelope import Malformed, dead_letter, malformed_answer, read_request
from tests.wire.corpus import BAD, FLAGS, GONE, HEADER, IDS, MESSAGE, Row, changed
from tests.wire.referee import conforms

TEXT = json.dumps(MESSAGE)
#: MAX_MESSAGE_BYTES in these tests.
LIMIT = 20000


def refused(value: bytes) -> Malformed:
    """What is said against the bytes."""
    with pytest.raises(Malformed) as caught:
        read_request(value, LIMIT)
    return caught.value


def answer_to(changes: dict[str, object]) -> tuple[str | None, dict[str, Any]]:
    """Key and envelope of the answer to a bad message; it is checked against the published schema first."""
    message = malformed_answer(refused(json.dumps(changed(changes)).encode()), "APPC-LCM-WRITE")
    assert message.topic == "APPC-LCM-WRITE"
    document: dict[str, Any] = json.loads(message.value)
    assert conforms("answer-envelope", document), document
    return message.key, document


# ------------------------------------------------------------ 303


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"hello", id="a word"),
        pytest.param(b"\x00\xff\xfe", id="binary"),
        pytest.param(TEXT.encode()[:-1], id="cut off"),
        pytest.param(TEXT.encode() + b"x", id="more behind it"),
        pytest.param(b"[]", id="an array"),
        pytest.param(b'"text"', id="a string"),
        pytest.param(b"null", id="null"),
        pytest.param(b"\xef\xbb\xbf" + TEXT.encode(), id="byte order mark"),
        pytest.param(TEXT.encode("utf-16"), id="UTF-16"),
        pytest.param(TEXT.encode("utf-32"), id="UTF-32"),
        pytest.param(TEXT.replace("oss", "é").encode("latin-1"), id="Latin-1"),
        pytest.param(b'{"a":"\xed\xa0\x80"}', id="a surrogate in UTF-8"),
        pytest.param(b"[" * LIMIT, id="brackets only"),
        pytest.param(b'{"a":' * 3000, id="objects only"),
        pytest.param(TEXT.encode() + b" " * LIMIT, id="too large, if only by spaces"),
        pytest.param(b"1" * 5000, id="an endless number"),
    ],
)
def test_no_json_object_is_303_and_nobody_can_be_answered(value: bytes) -> None:
    """Nothing of it is legible: it is only dead-lettered."""
    malformed = refused(value)
    assert malformed.error.code == 303
    assert malformed.error.message.startswith("REQUEST PARSING FAILED - $ ")
    assert not malformed.answerable


@pytest.mark.parametrize(
    "member",
    [
        pytest.param('"a": NaN', id="NaN"),
        pytest.param('"a": -Infinity', id="infinity"),
        pytest.param('"a": 1e9999', id="a number out of range"),
        pytest.param(f'"a": {"9" * 5000}', id="a number of 5000 digits"),
        pytest.param('"a": 1, "a": 2', id="a member twice"),
        pytest.param('"body": {}, "body": {}', id="the body twice"),
        pytest.param(r'"a": "\ud800"', id="a lone surrogate"),
        pytest.param(f'"a": {"[" * 65}{"]" * 65}', id="nested deeper than 64 levels"),
    ],
)
def test_what_only_lenient_parsers_take_is_303_and_answered(member: str) -> None:
    """The client's ids are legible, so it is told."""
    malformed = refused(f"{TEXT[:-1]}, {member}}}".encode())
    assert (malformed.error.code, malformed.answerable) == (303, True)
    assert malformed.legible.correlation_id == "c09ac7d1-1"


def test_an_answer_that_is_no_json_is_never_answered() -> None:
    """As one that is JSON is not."""
    text = TEXT.replace('"type": "request"', '"type": "response", "a": NaN')
    assert not refused(text.encode()).answerable


def test_an_id_that_occurs_twice_is_not_legible() -> None:
    """Two readers could take different ones."""
    assert refused(f'{TEXT[:-1]}, "correlation-id": "other"}}'.encode()).legible.correlation_id == ""


def test_an_id_that_cannot_be_written_is_not_legible() -> None:
    """A lone surrogate has no bytes."""
    text = TEXT.replace("c09ac7d1-1", r"\ud800").replace('"c09ac7d1"', r'"\udfff"')
    malformed = refused(text.encode())
    assert (malformed.answerable, malformed.legible.header["originator-id"]) == (False, "oss")


def test_the_limit_is_in_bytes() -> None:
    """As many are taken, one more is not."""
    value = TEXT.encode()
    assert read_request(value, len(value)).request.vnf_id == "vnf-1"
    with pytest.raises(Malformed, match=f"larger than {len(value) - 1} bytes"):
        read_request(value, len(value) - 1)


def test_a_message_never_says_more_than_a_line() -> None:
    """What the client wrote is repeated in part."""
    for name in ("rpc-name", "version", "body/input/action", f"{HEADER}/originator-id", f"{FLAGS}/mode"):
        for evil in ("\r\nx" * 2000, "x" * 6000):
            message = refused(json.dumps(changed({name: evil, "body/input/payload": 1})).encode()).error.message
            assert len(message) < 300, message
    assert len(refused(f'{{"{"m" * 5000}": 1, "{"m" * 5000}": 2}}'.encode()).error.message) < 300


def test_a_message_does_not_repeat_a_payload() -> None:
    """It may hold secrets."""
    assert "hunter2" not in refused(json.dumps(changed({"body/input/payload": ["hunter2"]})).encode()).error.message
    assert "4711" not in refused(json.dumps(changed({"body/input/payload": 4711})).encode()).error.message


# ------------------------------------------------------------ the answer of type error


@pytest.mark.parametrize("row", [pytest.param(row, id=row.id) for row in BAD])
def test_every_bad_message_has_an_answer_that_conforms(row: Row) -> None:
    """Whatever is wrong, type is `error` and the envelope is by the published schema."""
    _, answer = answer_to(row.changes)
    assert (answer["type"], answer["body"]["output"]["status"]["code"]) == ("error", row.code)


def test_what_is_legible_is_repeated() -> None:
    """Here everything but the action."""
    key, answer = answer_to({"body/input/action": "Stopp"})
    assert (key, answer) == (
        "vnf-1",
        {
            "version": "2.0",
            "type": "error",
            "correlation-id": "c09ac7d1-1",
            "rpc-name": "restart",
            "cambria.partition": "MSO",
            "body": {
                "output": {
                    "common-header": MESSAGE["body"]["input"]["common-header"],
                    "status": {
                        "code": 305,
                        "message": "ACTION NOT SUPPORTED - Stopp action is not supported: $.body.input.action",
                    },
                }
            },
        },
    )


@pytest.mark.parametrize(
    ("changes", "member", "seen"),
    [
        pytest.param({f"{HEADER}/timestamp": "yesterday"}, "timestamp", "yesterday", id="a wrong time is legible"),
        pytest.param({f"{HEADER}/timestamp": 5}, "timestamp", None, id="a number is no time"),
        pytest.param({f"{HEADER}/request-id": 5, "version": 1}, "request-id", "5", id="a number as id"),
        pytest.param({f"{HEADER}/request-id": True}, "request-id", None, id="a boolean is no id"),
        pytest.param({f"{HEADER}/request-id": ""}, "request-id", None, id="an empty id"),
        pytest.param({f"{HEADER}/request-id": "r" * 41}, "request-id", "r" * 41, id="a long id"),
        pytest.param({f"{HEADER}/sub-request-id": [1]}, "sub-request-id", None, id="an array is no id"),
        pytest.param({FLAGS: "x"}, "flags", None, id="flags that are no object"),
        pytest.param(
            {FLAGS: {"mode": "x", "force": "y", "ttl": "60"}}, "flags", {"force": "TRUE", "ttl": 60}, id="flags"
        ),
    ],
)
def test_what_is_not_legible_is_left_out(changes: dict[str, object], member: str, seen: object) -> None:
    """Of the header; the rest is repeated."""
    _, answer = answer_to(changes)
    assert answer["body"]["output"]["common-header"].get(member) == seen


@pytest.mark.parametrize(
    ("changes", "correlation_id"),
    [
        pytest.param({}, "c09ac7d1-1", id="given"),
        pytest.param({"correlation-id": GONE}, "c09ac7d1-1", id="absent"),
        pytest.param({"correlation-id": None}, "c09ac7d1-1", id="null"),
        pytest.param({"correlation-id": ""}, "c09ac7d1-1", id="empty"),
        pytest.param({"correlation-id": None, f"{HEADER}/sub-request-id": GONE}, "c09ac7d1", id="no sub-request-id"),
        pytest.param({"correlation-id": 5}, "", id="no string"),
    ],
)
def test_the_correlation_id_of_an_error(changes: dict[str, object], correlation_id: str) -> None:
    """Absent, it is built as for any request; not legible, it is empty."""
    assert answer_to({**changes, "body/input/action": "X"})[1]["correlation-id"] == correlation_id


def test_an_error_without_a_legible_vnf_id_has_no_key() -> None:
    """No order is asked for."""
    assert answer_to({IDS: GONE})[0] is None


@pytest.mark.parametrize(
    ("changes", "answerable"),
    [
        pytest.param({"correlation-id": GONE}, True, id="request-id only"),
        pytest.param({f"{HEADER}/request-id": GONE}, True, id="correlation-id only"),
        pytest.param({f"{HEADER}/request-id": GONE, "correlation-id": ""}, False, id="neither"),
        pytest.param({f"{HEADER}/request-id": [], "correlation-id": 5}, False, id="neither is legible"),
        pytest.param({"body": GONE, "correlation-id": None}, False, id="no body"),
    ],
)
def test_who_can_be_answered(changes: dict[str, object], answerable: bool) -> None:
    """With neither a legible correlation-id nor a legible request-id, nobody."""
    assert refused(json.dumps(changed({**changes, "version": "x"})).encode()).answerable is answerable


# ------------------------------------------------------------ the dead letter


def letter(value: bytes, code: int | None = 303) -> dict[str, Any]:
    """The dead letter of these bytes."""
    position = Position("APPC-LCM-READ", 3, 42)
    delivery = Delivery(position, "key", value, datetime(2026, 8, 3, 8, 50, 20, 125000, UTC))
    message = dead_letter(delivery, code, "why", "APPC-LCM-DLQ")
    assert (message.topic, message.key) == ("APPC-LCM-DLQ", "key")
    document: dict[str, Any] = json.loads(message.value)
    return document


def test_a_dead_letter_says_what_came_from_where_and_why() -> None:
    """Exactly these members."""
    assert letter(b"hello") == {
        "reason": "why",
        "code": 303,
        "topic": "APPC-LCM-READ",
        "partition": 3,
        "offset": 42,
        "received": "2026-08-03T08:50:20.125Z",
        "message": "hello",
        "encoding": "utf-8",
    }


def test_the_code_of_an_answer_on_the_request_topic_is_null() -> None:
    """It is no malformed request."""
    assert letter(b"{}", None)["code"] is None


@pytest.mark.parametrize("text", [TEXT, "{ }", "ü\n\x00", r'{"a": "\ud800"}', "\ufeff{}"])
def test_a_dead_letter_holds_the_original(text: str) -> None:
    """Character for character, where it holds no secret."""
    assert (letter(text.encode())["message"], letter(text.encode())["encoding"]) == (text, "utf-8")


def test_what_is_no_utf_8_is_kept_in_base64() -> None:
    """Any bytes come back."""
    value = bytes(range(256))
    document = letter(value)
    assert (base64.b64decode(document["message"]), document["encoding"]) == (value, "base64")


def test_a_dead_letter_holds_no_secret() -> None:
    """Nor does the payload in it."""
    payload = json.dumps({"configuration-parameters": {"admin-password": "hunter2", "name": "fw"}})
    document = letter(json.dumps(changed({"body/input/payload": payload, "api-token": "hunter3"})).encode())
    assert "hunter" not in document["message"]
    assert "fw" in document["message"]


def test_json_in_strings_in_json_does_not_exhaust_anything() -> None:
    """A payload in a payload in a payload, each as deep as it may be."""
    text = '{"password":"hunter2"}'
    for _ in range(8):
        text = "[" * 60 + json.dumps({"password": "hunter2", "inner": text}) + "]" * 60
    assert "hunter2" not in letter(text.encode())["message"]
