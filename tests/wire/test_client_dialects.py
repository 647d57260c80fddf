"""How ONAP's known clients write their requests (facts 9 and 11), and what they get."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from appc.lcm.actions import ACTIONS, same_rpc_name
from appc.lcm.errors import ActionNotSupported
from appc.lcm.outcome import Outcome
from appc.lcm.request import Mode, Request
from appc.wire.answers import LcmAnswers
from appc.wire.envelope import Malformed, read_input, read_request

UUID = "b074cd1b-8d53-412e-a102-351cc51ac10a"


def envelope(**members: object) -> bytes:
    """A message of these members; `_` stands for `-`."""
    return json.dumps({name.replace("_", "-"): value for name, value in members.items()}).encode()


def body(action: str, header: Mapping[str, object], payload: object = None, **identifiers: str) -> dict[str, Any]:
    """A body; a payload that is no text is written as one."""
    content: dict[str, Any] = {"common-header": header, "action": action}
    content["action-identifiers"] = {name.replace("_", "-"): value for name, value in identifiers.items()}
    if payload is not None:
        content["payload"] = json.dumps(payload)
    return {"input": content}


def read(value: bytes) -> Request:
    """The request, nothing of which may be unknown, and whose rpc-name is the action's."""
    reading = read_request(value)
    assert reading.unknown_members == ()
    assert same_rpc_name(reading.request.reply_to.rpc_name, ACTIONS[reading.request.action])
    return reading.request


def test_the_java_client_library_sends_nulls() -> None:
    """`type` and partition are null, and without sub-request-id the correlation-id ends in `-null`."""
    header = {
        "timestamp": "2026-08-03T08:50:18.970Z",
        "api-ver": "2.00",
        "originator-id": "java",
        "request-id": "R",
        "sub-request-id": None,
        "flags": {"mode": None, "force": "TRUE", "ttl": None},
    }
    members: dict[str, object] = {"version": "2.0", "type": None, "correlation-id": "R-null", "rpc-name": "lock"}
    members |= {"cambria.partition": None, "body": body("Lock", header, vnf_id="vnf-1")}
    request = read(json.dumps(members).encode())
    assert (request.key.sub_request_id, request.force, request.mode) == (None, True, Mode.NORMAL)
    answer = json.loads(LcmAnswers("t").answer(request, Outcome.success()).value)
    assert (answer["correlation-id"], answer["type"]) == ("R-null", "response")
    assert answer["body"]["output"]["common-header"]["flags"] == {"force": "TRUE"}


@pytest.mark.parametrize("timestamp", ["2021-06-01T08:50:18.123456789Z", "2021-06-01T08:50:18.0Z"])
def test_onap_so_names_only_the_vnf(timestamp: str) -> None:
    """TTL 65000; Instant.now() of a newer JDK has up to nine fraction digits."""
    header = {
        "timestamp": timestamp,
        "api-ver": "2.00",
        "originator-id": "MSO",
        "request-id": UUID,
        "sub-request-id": UUID,
        "flags": {"mode": "NORMAL", "force": "FALSE", "ttl": 65000},
    }
    content = body("Stop", header, {"identity-url": "http://keystone:5000/v2.0"}, vnf_id="vnf-1")
    request = read(
        envelope(version="2.0", type="request", correlation_id=f"{UUID}-{UUID}", rpc_name="stop", body=content)
    )
    assert (request.expires_at(30) - request.sent_at).total_seconds() == 65000
    assert (request.identifiers.vserver_id, request.payload) == (None, '{"identity-url": "http://keystone:5000/v2.0"}')


def policy(action: str, rpc_name: str) -> bytes:
    """As ONAP Policy sends it: originator-id is the request-id, flags are empty, the partition has a dash."""
    header = {
        "timestamp": "2026-08-03T08:50:18.970Z",
        "api-ver": "2.00",
        "originator-id": UUID,
        "request-id": UUID,
        "sub-request-id": "1",
        "flags": {},
    }
    return json.dumps(
        {
            "version": "2.0",
            "cambria-partition": "APPC",
            "correlation-id": f"{UUID}-1",
            "rpc-name": rpc_name,
            "type": "request",
            "body": body(action, header, {"active-streams": 5}, vnf_id="vnf-1"),
        }
    ).encode()


def test_onap_policy_spells_config_modify_its_own_way() -> None:
    """`Configmodify` and `configmodify` are taken for ConfigModify; the answer repeats the rpc-name."""
    reading = read_request(policy("Configmodify", "configmodify"))
    request = reading.request
    assert reading.unknown_members == ("$.cambria-partition",)
    assert (request.action, request.reply_to.rpc_name) == ("ConfigModify", "configmodify")
    assert same_rpc_name("configmodify", ACTIONS["ConfigModify"])
    answer = json.loads(LcmAnswers("t").answer(request, Outcome.accepted()).value)
    assert answer["rpc-name"] == "configmodify"
    # Policy matches by this one
    assert answer["body"]["output"]["common-header"]["sub-request-id"] == "1"
    assert answer["body"]["output"]["common-header"]["flags"] == {}


@pytest.mark.parametrize("action", ["Modifyconfig", "configmodify", "CONFIGMODIFY", "Startapplication"])
def test_there_is_no_other_alias_of_an_action(action: str) -> None:
    """Action is case-sensitive."""
    with pytest.raises(Malformed) as caught:
        read_request(policy(action, "configmodify"))
    assert isinstance(caught.value.error, ActionNotSupported)


def test_vfwdt_sends_numbers() -> None:
    """A number as request-id over the bus; versions as numbers, one request-id for all calls, RESTCONF."""
    header = {
        "timestamp": "2026-08-03T08:50:18.244Z",
        "api-ver": "2.00",
        "originator-id": "vfw-dt-demo",
        "request-id": 20260803,
        "sub-request-id": 7,
        "flags": {"mode": "NORMAL", "force": "TRUE", "ttl": 36000},
    }
    versions = {"configuration-parameters": {"existing-software-version": 1.0, "new-software-version": 2.0}}
    content = body("UpgradeSoftware", header, versions, vnf_id="vnf-1")
    request = read_input(json.dumps(content).encode(), "upgrade-software").request
    assert (request.key.request_id, request.key.sub_request_id) == ("20260803", "7")
    assert request.reply_to.correlation_id == "20260803-7"
    ACTIONS[request.action].payload.parse(request.payload)


def test_appcs_load_test_has_later_versions() -> None:
    """JMeter: envelope 2.01, api-ver 2.05, a correlation-id without the sub-request-id."""
    header = {
        "timestamp": "2026-08-03T08:50:18.97Z",
        "api-ver": "2.05",
        "originator-id": "jmeter",
        "request-id": "R",
        "sub-request-id": "1",
        "flags": {"ttl": "9900"},
    }
    content = body("Audit", header, {"publish-config": "N"}, vnf_id="vnf-1")
    request = read(envelope(version="2.01", type="request", correlation_id="R", rpc_name="audit", body=content))
    answer = json.loads(LcmAnswers("t").answer(request, Outcome.accepted()).value)
    assert (answer["version"], answer["correlation-id"]) == ("2.0", "R")
    echo = answer["body"]["output"]["common-header"]
    assert (echo["api-ver"], echo["flags"]) == ("2.05", {"ttl": 9900})


def test_the_worked_exchange() -> None:
    """Facts 11: our first answer is APPC's; our final one differs by version and flags alone."""
    header = {
        "timestamp": "2026-01-02T03:04:05.678Z",
        "api-ver": "2.00",
        "originator-id": "O",
        "request-id": "R",
        "sub-request-id": "1",
        "flags": {"mode": "NORMAL", "force": "FALSE", "ttl": 3600},
    }
    payload = {
        "vm-id": f"http://h:8774/v2.1/64af07e991424b8e9e54eca27d5c0d48/servers/{UUID}",
        "identity-url": "http://h:5000/v2.0",
    }
    members: dict[str, object] = {
        "version": "2.0",
        "cambria.partition": "APPC",
        "correlation-id": "R-1",
        "rpc-name": "restart",
    }
    members |= {"type": "request", "body": body("Restart", header, payload, vnf_id="V", vserver_id="S")}
    request = read(json.dumps(members).encode())
    expected = {
        "body": {
            "output": {
                "common-header": header,
                "status": {"code": 100, "message": "ACCEPTED - request accepted"},
            }
        },
        "cambria.partition": "MSO",
        "correlation-id": "R-1",
        "rpc-name": "restart",
        "type": "response",
        "version": "2.0",
    }
    assert json.loads(LcmAnswers("t").answer(request, Outcome.accepted()).value) == expected
    expected["body"]["output"]["status"] = {  # type: ignore[index]  # a dict of dicts
        "code": 400,
        "message": "SUCCESS - request has been processed successfully",
    }
    assert json.loads(LcmAnswers("t").answer(request, Outcome.success()).value) == expected
