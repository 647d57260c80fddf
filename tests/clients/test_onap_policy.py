"""ONAP Policy's actor.appclcm (facts 9.5): its own spelling, an empty `flags`, answers found by sub-request-id."""

import json
from string import Template
from uuid import UUID, uuid4

import pytest

from tests.clients.conftest import Onap, Subscriber, codes_of, now

#: Anything else is an exception in Policy.
KNOWN_CODES = {100, 200, *range(300, 317), 400, *range(401, 407), 450, 500, *range(501, 600)}

#: As its gson writes it; the originator is the request.
MESSAGE = Template(
    '{"version":"2.0","cambria-partition":"APPC","correlation-id":"$request-$sub","rpc-name":"$rpc_name","type":"request",'
    '"body":{"input":{"common-header":{"timestamp":"${at}Z","api-ver":"2.00","originator-id":"$request",'
    '"request-id":"$request","sub-request-id":"$sub","flags":{}},"action":"$action",'
    '"action-identifiers":{"vnf-id":"policy"}$payload}}}'
)


def message(operation: str, request_id: str, sub_request_id: str, payload: str = "") -> bytes:
    """One operation. Its letters are lowered but for the first: `ConfigModify` becomes `Configmodify`."""
    action = "-".join(word.capitalize() for word in operation.split("-"))
    text = MESSAGE.substitute(
        action=action,
        rpc_name=operation.lower(),
        at=now()[:-3],
        request=request_id,
        sub=sub_request_id,
        payload=payload,
    )
    return text.encode()


def run(onap: Onap, operation: str, payload: str = "") -> list[int]:
    """One operation; the codes of its answers."""
    request_id, sub_request_id, client = str(uuid4()), str(uuid4()), Subscriber(onap)
    headers = {"Content-Type": "application/json"}
    content = message(operation, request_id, sub_request_id, payload)
    assert onap.http.post("/events/APPC-LCM-READ", content=content, headers=headers).status_code == 200
    answers = client.answers(
        lambda each: each["body"]["output"]["common-header"].get("sub-request-id") == sub_request_id
    )
    for each in answers:
        assert UUID(each["body"]["output"]["common-header"]["request-id"]) == UUID(request_id)
    codes = codes_of(answers)
    assert set(codes) <= KNOWN_CODES
    return codes


@pytest.mark.parametrize("operation", ["Restart", "Rebuild", "Migrate"])
def test_onap_policy_heals_the_only_vm_of_a_vnf(onap: Onap, operation: str) -> None:
    """It names no VM, and its requests have no TTL."""
    before = len(onap.executor.effects)
    assert run(onap, operation) == [100, 400]
    assert [each.action for each in onap.executor.effects[before:]] == [operation]


def test_onap_policy_modifies_a_configuration(onap: Onap) -> None:
    """Action `Configmodify`, rpc-name `configmodify`, and a payload as text."""
    payload = json.dumps('{"active-streams": 5}')
    assert run(onap, "ConfigModify", f',"payload":{payload}') == [100, 400]


def test_onap_policy_knows_every_code_that_refuses_it(onap: Onap) -> None:
    """A lock and a request in progress would be 317 and 318 in APPC, at which it breaks."""
    lock = message("Lock", str(uuid4()), "1")
    client = Subscriber(onap)
    owner = json.loads(lock)["correlation-id"]
    onap.http.post("/events/APPC-LCM-READ", content=lock)
    assert codes_of(client.by_correlation_id(owner)) == [400]
    assert run(onap, "Restart") == [310]
    unlock = json.loads(lock.replace(b"Lock", b"Unlock").replace(b'"lock"', b'"unlock"'))
    unlock["body"]["input"]["common-header"]["timestamp"] = f"{now()[:-3]}Z"
    unlock["body"]["input"]["common-header"]["sub-request-id"] = "2"
    unlock["correlation-id"] = "unlock"
    onap.http.post("/events/APPC-LCM-READ", json=unlock)
    assert codes_of(client.by_correlation_id("unlock")) == [400]
