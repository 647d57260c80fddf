"""APPC's Java client library (facts 9.1, 9.2): by the DMaaP adapter's frames, with nulls, reading strictly."""

from typing import Any
from uuid import uuid4

import pytest

from appc.lcm.actions import ACTIONS
from tests.clients.conftest import IDENTITY_URL, READ, Onap, Subscriber, codes_of, now, vm_of

_ENVELOPE = {"version", "type", "correlation-id", "rpc-name", "cambria.partition", "body"}
_HEADER = {"timestamp", "api-ver", "originator-id", "request-id", "sub-request-id", "x-onap-requestorid", "flags"}


def message(request_id: str, sub_request_id: str | None, rpc_name: str, content: str) -> str:
    """As Jackson writes it: every member of the envelope, set or not; of the body only what is set."""
    sub = f',"sub-request-id":"{sub_request_id}"' if sub_request_id else ""
    header = (
        f'{{"timestamp":"{now()[:-3]}Z","api-ver":"2.00","originator-id":"java-client","request-id":"{request_id}"'
        f'{sub},"flags":{{"mode":"EXCLUSIVE","force":"FALSE","ttl":3600}}}}'
    )
    # the library's own slip: without a sub-request-id it writes the word null
    correlation_id = f"{request_id}-{sub_request_id or 'null'}"
    return (
        f'{{"version":"2.0","type":null,"body":{{"input":{{"common-header":{header},{content}}}}},'
        f'"rpc-name":"{rpc_name}","correlation-id":"{correlation_id}","cambria.partition":null}}'
    )


def send(onap: Onap, text: str) -> None:
    """One frame; the adapter counts characters, and success is 200."""
    content = f"0.{len(text)}.{text}".encode()
    answer = onap.http.post(f"/events/{READ}", content=content, headers={"Content-Type": "application/cambria"})
    assert answer.status_code == 200


def read_strictly(answer: dict[str, Any], action: str) -> None:
    """What the library's parsers raise about: members that they do not know, a type that is null, no body."""
    assert answer.keys() <= _ENVELOPE
    assert answer["type"] in ("response", "error")
    assert answer["body"].keys() == {"output"}
    output = answer["body"]["output"]
    assert output.keys() <= {"common-header", "status", *ACTIONS[action].output}
    assert output["common-header"].keys() <= _HEADER
    assert output["common-header"]["flags"].keys() <= {"mode", "force", "ttl"}
    assert output["status"].keys() == {"code", "message"}
    assert type(output["status"]["code"]) is int


def test_appc_java_client_library_starts_a_vm(onap: Onap) -> None:
    """A synchronous call: it passes over the 100 and returns the final answer."""
    request_id, client = str(uuid4()), Subscriber(onap, "timeout=60000&limit=1000")
    payload = f'{{\\"vm-id\\":\\"{vm_of("java")}\\",\\"identity-url\\":\\"{IDENTITY_URL}\\"}}'
    identifiers = f'{{"vnf-id":"java","vserver-id":"{vm_of("java")}"}}'
    content = f'"action":"Start","action-identifiers":{identifiers},"payload":"{payload}"'
    send(onap, message(request_id, "1", "start", content))
    answers = client.by_correlation_id(f"{request_id}-1")
    assert codes_of(answers) == [100, 400]
    for answer in answers:
        read_strictly(answer, "Start")
        assert answer["body"]["output"]["common-header"]["flags"] == {
            "mode": "EXCLUSIVE",
            "force": "FALSE",
            "ttl": 3600,
        }


def test_appc_java_client_library_without_sub_request_id_finds_its_final_answer(onap: Onap) -> None:
    """It waits for `<request-id>-null`, as it wrote it: APPC's final answer was lost on it."""
    request_id, client = str(uuid4()), Subscriber(onap)
    content = '"action":"ConfigModify","action-identifiers":{"vnf-id":"java"},"payload":"{}"'
    send(onap, message(request_id, None, "config-modify", content))
    answers = client.by_correlation_id(f"{request_id}-null")
    assert codes_of(answers) == [100, 400]
    for answer in answers:
        read_strictly(answer, "ConfigModify")


@pytest.mark.parametrize(
    ("action", "rpc_name", "extra", "codes"),
    [
        pytest.param("CheckLock", "check-lock", "", [400], id="synchronous"),
        pytest.param("AttachVolume", "attach-volume", ',"payload":"{}"', [302], id="rejected"),
        pytest.param("Reboot", "reboot", ',"payload":"{\\"type\\":5}"', [301], id="wrong value"),
        pytest.param("UpgradePreCheck", "upgrade-pre-check", ',"payload":"{}"', [302], id="mandatory payload"),
    ],
)
def test_appc_java_client_library_reads_single_answers(
    onap: Onap, action: str, rpc_name: str, extra: str, codes: list[int]
) -> None:
    """Final at once."""
    request_id, client = str(uuid4()), Subscriber(onap)
    content = f'"action":"{action}","action-identifiers":{{"vnf-id":"java"}}{extra}'
    send(onap, message(request_id, "1", rpc_name, content))
    (answer,) = client.by_correlation_id(f"{request_id}-1")
    assert codes_of([answer]) == codes
    read_strictly(answer, action)


def test_appc_java_client_library_is_told_of_what_is_malformed(onap: Onap) -> None:
    """Type error ends the call with an exception that has the message; it is never left to its time-out."""
    request_id, client = str(uuid4()), Subscriber(onap)
    send(onap, message(request_id, "1", "start", '"action":"Fly","action-identifiers":{"vnf-id":"java"}'))
    (answer,) = client.by_correlation_id(f"{request_id}-1")
    assert answer["type"] == "error"
    read_strictly(answer, "Start")
