"""Contract section 3.2: what an answer looks like."""

import json
from pathlib import Path
from typing import Any

import pytest

from appc.lcm.actions import ACTIONS
from appc.lcm.errors import DgFailure, DuplicateRequest
from appc.lcm.outcome import Outcome
from appc.lcm.ports.bus import Message
from appc.lcm.ports.reporting import AnswerFormat
from appc.lcm.request import CommonHeader, Flags, Mode, ReplyTo, Request
from appc.lcm.target import ActionIdentifiers
from appc.wire.answers import LcmAnswers
from appc.wire.envelope import read_answer, read_request
from appc.wire.timestamps import parse_zulu
from tests.fakes.requests import a_request
from tests.wire.corpus import FLAGS, GOOD, HEADER, MESSAGE, Row, changed
from tests.wire.referee import conforms

GOLDEN = Path(__file__).parent / "vectors" / "golden-final"
ANSWERS: AnswerFormat = LcmAnswers("APPC-LCM-WRITE")


def written(message: Message) -> dict[str, Any]:
    """The envelope of an answer; it is checked against the published schema first."""
    document: dict[str, Any] = json.loads(message.value)
    assert conforms("answer-envelope", document), document
    return document


def output(request: Request, outcome: Outcome) -> dict[str, Any]:
    """The output of the request's answer."""
    members: dict[str, Any] = written(ANSWERS.answer(request, outcome))["body"]["output"]
    return members


def echoed(changes: dict[str, object]) -> dict[str, Any]:
    """The common-header of the answer to the changed message."""
    request = read_request(json.dumps(changed(changes)).encode()).request
    header: dict[str, Any] = output(request, Outcome.accepted())["common-header"]
    return header


def test_exactly_these_envelope_members() -> None:
    """Client libraries reject unknown ones (facts 9.2)."""
    message = ANSWERS.answer(read_request(json.dumps(MESSAGE).encode()).request, Outcome.accepted())
    assert (message.topic, message.key) == ("APPC-LCM-WRITE", "vnf-1")
    assert written(message) == {
        "version": "2.0",
        "type": "response",
        "correlation-id": "c09ac7d1-1",
        "rpc-name": "restart",
        "cambria.partition": "MSO",
        "body": {
            "output": {
                "common-header": MESSAGE["body"]["input"]["common-header"],
                "status": {"code": 100, "message": "ACCEPTED - request accepted"},
            }
        },
    }


@pytest.mark.parametrize("row", [pytest.param(row, id=row.id) for row in GOOD])
def test_every_good_message_has_an_answer_that_conforms(row: Row) -> None:
    """Whatever spelling the client used, the answer is by the published schema."""
    request = read_request(json.dumps(row.document).encode()).request
    assert output(request, Outcome.of(DuplicateRequest()))["status"]["code"] == 312


@pytest.mark.parametrize(
    ("changes", "member", "echo"),
    [
        pytest.param({f"{HEADER}/timestamp": "2026-8-3T8:5:1.5Z"}, "timestamp", "2026-8-3T8:5:1.5Z", id="timestamp"),
        pytest.param({f"{HEADER}/api-ver": "2.05"}, "api-ver", "2.05", id="api-ver"),
        pytest.param({f"{HEADER}/request-id": 12}, "request-id", "12", id="a number as id"),
        pytest.param({f"{HEADER}/sub-request-id": 1.5}, "sub-request-id", "1.5", id="a fraction as id"),
        pytest.param({f"{HEADER}/sub-request-id": ""}, "sub-request-id", None, id="an empty id is absent"),
        pytest.param({f"{HEADER}/x-onap-requestorid": "u@d"}, "x-onap-requestorid", "u@d", id="the user"),
        pytest.param({f"{HEADER}/x-onap-requestorid": None}, "x-onap-requestorid", None, id="no user"),
        pytest.param({f"{HEADER}/other": "x"}, "other", None, id="an unknown member"),
        pytest.param({FLAGS: None}, "flags", None, id="null for flags"),
        pytest.param({FLAGS: {}}, "flags", {}, id="empty flags"),
        pytest.param({FLAGS: {"ttl": "060"}}, "flags", {"ttl": 60}, id="digits as ttl"),
        pytest.param({FLAGS: {"ttl": 0}}, "flags", {"ttl": 0}, id="ttl 0"),
        pytest.param({FLAGS: {"mode": "exclusive"}}, "flags", {"mode": "EXCLUSIVE"}, id="mode"),
        pytest.param({FLAGS: {"force": "y", "x": 1}}, "flags", {"force": "TRUE"}, id="force as letter"),
        pytest.param({FLAGS: {"force": False, "mode": None}}, "flags", {"force": "FALSE"}, id="force as boolean"),
    ],
)
def test_the_header_is_repeated(changes: dict[str, object], member: str, echo: object) -> None:
    """Character for character, but mode and force in the YANG's words, ttl a number, ids strings."""
    assert echoed(changes).get(member) == echo


@pytest.mark.parametrize("name", ["c09", "", "\r\n\u001b[31m", 'q"\\', "ü€\U0001f600", "c" * 2000])
def test_the_correlation_id_is_repeated_byte_for_byte(name: str) -> None:
    """Empty, it is built by the guide's rule."""
    request = read_request(json.dumps(changed({"correlation-id": name})).encode()).request
    value = ANSWERS.answer(request, Outcome.accepted()).value
    assert read_answer(value).correlation_id == (name or "c09ac7d1-1")
    assert b"\r" not in value


def test_the_rpc_name_is_repeated_as_the_client_wrote_it() -> None:
    """`configmodify` stays `configmodify`."""
    request = a_request("ConfigModify", rpc_name="configmodify")
    assert written(ANSWERS.answer(request, Outcome.accepted()))["rpc-name"] == "configmodify"


@pytest.mark.parametrize("action", ACTIONS.values(), ids=lambda action: action.name)
def test_an_output_holds_only_what_the_yang_gives_its_rpc(action: Any) -> None:  # noqa: ANN401  # a row of ACTIONS
    """Column out of contract section 6; client libraries reject more."""
    everything = Outcome.success(payload='{"a":1}', locked="TRUE", snapshot_id="image-1", other="x")
    assert output(a_request(action.name), everything).keys() == {"common-header", "status"} | action.output


def test_a_payload_is_a_string_that_holds_json() -> None:
    """Not an object."""
    assert output(a_request("Audit"), Outcome.success(payload='{"a": 1}'))["payload"] == '{"a": 1}'


def test_without_a_payload_there_is_no_payload_member() -> None:
    """null would not be by the YANG."""
    assert "payload" not in output(a_request("Audit"), Outcome.accepted())


@pytest.mark.parametrize("action", ["UpgradePreCheck", "UpgradePostCheck"])
@pytest.mark.parametrize(
    "outcome",
    [Outcome.accepted(), Outcome.of(DgFailure("x")), Outcome.of(DuplicateRequest())],
    ids=["100", "401", "312"],
)
def test_upgrade_checks_always_have_a_payload(action: str, outcome: Outcome) -> None:
    """The YANG makes it mandatory: `{}` where there is nothing to say."""
    assert output(a_request(action), outcome)["payload"] == "{}"


def test_the_locked_member_of_check_lock() -> None:
    """In the YANG's words."""
    assert output(a_request("CheckLock"), Outcome.success(locked="TRUE"))["locked"] == "TRUE"


def test_the_same_answer_has_the_same_bytes() -> None:
    """An answer may be delivered twice after a crash, byte-identical both times (contract section 7)."""
    first = Outcome(400, "m", "{}", {"b": "1", "a": "2"})
    second = Outcome(400, "m", "{}", {"a": "2", "b": "1"})
    request = a_request("Audit")
    assert ANSWERS.answer(request, first) == ANSWERS.answer(request, second)


def test_text_that_utf_8_cannot_hold_does_not_stop_an_answer() -> None:
    """Such text comes with file names in errors of the outside."""
    assert output(a_request("Audit"), Outcome.of(DgFailure("no \udcff")))["status"]["message"] == "DG FAILURE - no ?"


# ------------------------------------------------------------ APPC's own final messages


def golden_request(document: dict[str, Any]) -> Request:
    """The request that APPC's own test answers with this message."""
    header = document["body"]["output"]["common-header"]
    name = document["rpc-name"]
    action = next(row.name for row in ACTIONS.values() if name in (row.rpc_name, row.rpc_name.replace("-", "")))
    return Request(
        CommonHeader(header["timestamp"], header["api-ver"], "oid", "reqid", flags=Flags(Mode.NORMAL)),
        action,
        ActionIdentifiers("vnf-1"),
        ReplyTo("reqid-of-the-client", "name-of-the-client"),
        parse_zulu(header["timestamp"]),
    )


def goldens() -> list[Any]:
    """APPC's final messages for actions of the guide."""
    names = {name for row in ACTIONS.values() for name in (row.rpc_name, row.rpc_name.replace("-", ""))}
    rows = []
    for path in sorted(GOLDEN.glob("*Outgoing*.json")):
        document = json.loads(path.read_text())
        if document["rpc-name"] in names:
            rows.append(pytest.param(document, id=document["rpc-name"]))
    return rows


@pytest.mark.parametrize("golden", goldens())
def test_a_final_answer_is_appcs_own_but_for_four_things(golden: dict[str, Any]) -> None:
    """We write `version`, the flags that were given, and correlation-id and rpc-name as the client has them."""
    request = golden_request(golden)
    ours = json.loads(ANSWERS.answer(request, Outcome.success(payload=golden["body"]["output"].get("payload"))).value)
    assert ours.pop("version") == "2.0"
    assert ours["body"]["output"]["common-header"].pop("flags") == {"mode": "NORMAL"}
    assert ours.pop("correlation-id") == "reqid-of-the-client"
    assert ours.pop("rpc-name") == "name-of-the-client"
    assert golden["body"]["output"]["common-header"].pop("flags") == {}
    del golden["correlation-id"], golden["rpc-name"]
    assert ours == golden


def test_there_are_goldens() -> None:
    """Of 16 actions of the guide."""
    assert len(goldens()) == 16
