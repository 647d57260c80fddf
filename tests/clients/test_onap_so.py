"""ONAP SO's controller adapter (facts 9.4): the Java library's envelope, only a vnf-id, and timestamps of any JDK."""

import json
from uuid import uuid4

import pytest

from tests.clients.conftest import IDENTITY_URL, Onap, Subscriber, codes_of, now, vm_of

TIMESTAMPS = {
    "milliseconds": lambda: now()[:-3] + "Z",
    "microseconds": lambda: now() + "Z",
    "nanoseconds": lambda: now() + "789Z",
    "after SO-3719": lambda: now("%Y-%m-%dT%H:%M:%S") + ".0Z",
    "no fraction": lambda: now("%Y-%m-%dT%H:%M:%S") + "Z",
}

#: What it sends for each action, and the payload of it.
PAYLOADS = {
    "HealthCheck": {"request-parameters": {"host-ip-address": "192.0.2.10"}},
    "ResumeTraffic": {"configuration-parameters": {"vnf_name": "so"}},
    "QuiesceTraffic": {"operations-timeout": "30"},
    "DistributeTraffic": {
        "configuration-parameters": {
            "book_name": "vfw/latest/ansible/distributetraffic/site.yml",
            "node_list": [],
            "file_parameter_content": "{}",
            "vnf_name": "so",
        }
    },
    "ConfigModify": {"request-parameters": {"vnf-name": "so"}, "configuration-parameters": {"a": "b"}},
    "UpgradePreCheck": {"existing-software-version": "1.0", "new-software-version": "2.0"},
    "UpgradeSoftware": {"existing-software-version": "1.0", "new-software-version": "2.0"},
    "UpgradeBackout": {"existing-software-version": "1.0", "new-software-version": "2.0"},
}


def call(onap: Onap, action: str, rpc_name: str, timestamp: str, **content: object) -> list[int]:
    """One request, as a frame; the codes of its answers, matched by correlation-id."""
    request_id, sub_request_id, client = str(uuid4()), str(uuid4()), Subscriber(onap)
    header = {
        "timestamp": timestamp,
        "api-ver": "2.00",
        "originator-id": "MSO",
        "request-id": request_id,
        "sub-request-id": sub_request_id,
        "flags": {"mode": "NORMAL", "force": "FALSE", "ttl": 65000},
    }
    body = {"input": {"common-header": header, "action": action, "action-identifiers": {"vnf-id": "so"}, **content}}
    envelope = {"version": "2.0", "type": None, "body": body, "rpc-name": rpc_name}
    envelope |= {"correlation-id": f"{request_id}-{sub_request_id}", "cambria.partition": None}
    text = json.dumps(envelope, separators=(",", ":"))
    frame = f"0.{len(text)}.{text}\n".encode()
    headers = {"Content-Type": "application/cambria"}
    assert onap.http.post("/events/APPC-LCM-READ", content=frame, headers=headers).status_code == 200
    answers = client.by_correlation_id(f"{request_id}-{sub_request_id}")
    assert all(each["body"]["output"]["common-header"]["flags"]["ttl"] == 65000 for each in answers)
    return codes_of(answers)


@pytest.mark.parametrize("timestamp", TIMESTAMPS)
@pytest.mark.parametrize(("action", "rpc_name"), [("Stop", "stop"), ("Start", "start")])
def test_onap_so_stops_and_starts_all_vms_of_a_vnf(onap: Onap, action: str, rpc_name: str, timestamp: str) -> None:
    """No vm-id, no vserver-id: an identity-url and the VNF are all it knows."""
    before = len(onap.executor.effects)
    payload = f'{{"identity-url":"{IDENTITY_URL}"}}'
    assert call(onap, action, rpc_name, TIMESTAMPS[timestamp](), payload=payload) == [100, 400]
    done = [(each.action, each.vm_id) for each in onap.executor.effects[before:]]
    assert sorted(done) == [(action, vm_of("so", 0)), (action, vm_of("so", 1))]


@pytest.mark.parametrize("action", PAYLOADS)
def test_onap_so_upgrades_and_moves_traffic(onap: Onap, action: str) -> None:
    """Self-service actions, with the payloads that it writes."""
    rpc_name = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in action).lstrip("-")
    timestamp = TIMESTAMPS["microseconds"]()
    assert call(onap, action, rpc_name, timestamp, payload=json.dumps(PAYLOADS[action])) == [100, 400]


def test_onap_so_takes_a_snapshot(onap: Onap) -> None:
    """The only action for which it names the VM; the YANG's identity-url stands beside the payload."""
    content = {
        "action-identifiers": {"vnf-id": "so", "vserver-id": vm_of("so", 1)},
        "payload": f'{{"vm-id":"{vm_of("so", 1)}"}}',
        "identity-url": IDENTITY_URL,
    }
    assert call(onap, "Snapshot", "snapshot", TIMESTAMPS["after SO-3719"](), **content) == [100, 400]


def test_onap_so_locks_and_unlocks(onap: Onap) -> None:
    """Without a payload; single answers."""
    assert call(onap, "Unlock", "unlock", TIMESTAMPS["milliseconds"]()) == [400]
