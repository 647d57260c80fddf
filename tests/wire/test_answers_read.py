"""The client's half: answers of this controller and of every APPC are read."""

import json
from pathlib import Path

import pytest

from appc.lcm.errors import DgFailure
from appc.lcm.outcome import Outcome
from appc.wire.answers import LcmAnswers, NotAnAnswer, read_answer
from tests.fakes.requests import a_request

GOLDEN = Path(__file__).parent / "vectors" / "golden-final"


def test_an_answer_of_ours() -> None:
    """Every member a client asks for."""
    request = a_request("Audit", request_id="R", sub_request_id="1")
    value = LcmAnswers("t").answer(request, Outcome.success(payload='{"a":1}')).value
    answer = read_answer(value)
    assert (answer.correlation_id, answer.rpc_name, answer.type) == ("R-1", "audit", "response")
    assert (answer.request_id, answer.sub_request_id, answer.header["originator-id"]) == ("R", "1", "tester")
    assert (answer.code, answer.message) == (400, "SUCCESS - request has been processed successfully")
    assert (answer.payload, answer.members) == ('{"a":1}', {"payload": '{"a":1}'})
    assert answer.text == value.decode()


def test_members_of_their_own() -> None:
    """`locked` of CheckLock."""
    value = LcmAnswers("t").answer(a_request("CheckLock"), Outcome.success(locked="FALSE")).value
    assert (read_answer(value).members, read_answer(value).payload) == ({"locked": "FALSE"}, None)


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem[-25:])
def test_appcs_own_final_messages(path: Path) -> None:
    """They have no version and empty flags; two are bodies without envelope."""
    document = json.loads(path.read_text())
    answer = read_answer(path.read_bytes())
    assert (answer.code, answer.final, answer.type) == (400, True, "response")
    assert (answer.request_id, answer.sub_request_id) == ("reqid", None)
    assert (answer.correlation_id, answer.rpc_name) == (
        document.get("correlation-id", ""),
        document.get("rpc-name", ""),
    )


def test_appcs_own_errors() -> None:
    """Their status has `value` in place of `message` (facts 1.3)."""
    status = {"code": 200, "value": "Unexpected response from endpoint: [400] - "}
    document = {"type": "error", "correlation-id": "R-1", "rpc-name": "restart", "body": {"output": {"status": status}}}
    answer = read_answer(json.dumps(document).encode())
    assert (answer.message, answer.final, answer.header) == (status["value"], True, {})


@pytest.mark.parametrize(
    ("code", "final"), [(100, False), (200, True), (312, True), (318, True), (400, True), (450, True), (501, False)]
)
def test_which_answers_are_final(code: int, final: bool) -> None:
    """1xx and 5xx are intermediate, also for codes that only an APPC sends."""
    value = LcmAnswers("t").answer(a_request(), Outcome(code, "m")).value
    assert read_answer(value).final is final


def test_a_failure_is_final() -> None:
    """401."""
    assert read_answer(LcmAnswers("t").answer(a_request(), Outcome.of(DgFailure("x"))).value).final


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\xff",
        b"[]",
        b"null",
        b"{}",
        b'{"body": 5}',
        b'{"body": {"output": []}}',
        b'{"body": {"output": {"status": {}}}}',
        b'{"body": {"output": {"status": {"code": "400"}}}}',
        b'{"body": {"output": {"status": {"code": true}}}}',
    ],
)
def test_what_is_no_answer(value: bytes) -> None:
    """Anything without a status code."""
    with pytest.raises(NotAnAnswer):
        read_answer(value)
