"""The vFW traffic distribution workflow of ONAP's demo (facts 9.6): RESTCONF only, one request-id for everything."""

import json
import time
from typing import Any
from uuid import uuid4

from tests.clients.conftest import PATIENCE_S, Onap, now

HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}


#: Versions, as this client sends them.
NUMBERS: dict[str, Any] = {"existing-software-version": 1.0, "new-software-version": 2.0}


class Workflow:
    """What workflow.py does: check locks, lock, act and poll, unlock. It reads `output` by these names."""

    def __init__(self, onap: Onap) -> None:
        self._http = onap.http
        self._request_id = str(uuid4())

    def post(self, action: str, rpc_name: str, vnf_id: str, payload: dict[str, Any] | None = None) -> dict[str, Any]:
        """One call, with a sub-request-id of its own, ten seconds old and always .244 of a second."""
        self.sub_request_id = str(uuid4())
        header = {
            "timestamp": now("%Y-%m-%dT%H:%M:%S", ago_s=10) + ".244Z",
            "api-ver": "2.00",
            "originator-id": "vfw-dt-demo",
            "request-id": self._request_id,
            "sub-request-id": self.sub_request_id,
            "flags": {"mode": "NORMAL", "force": "TRUE", "ttl": 36000},
        }
        content = {"common-header": header, "action": action, "action-identifiers": {"vnf-id": vnf_id}}
        if payload is not None:
            content["payload"] = json.dumps(payload)
        url = f"/restconf/operations/appc-provider-lcm:{rpc_name}/"
        answer = self._http.post(url, content=json.dumps({"input": content}).encode(), headers=HEADERS)
        assert answer.status_code == 200, answer.text
        output: dict[str, Any] = answer.json()["output"]
        return output

    def act(self, action: str, rpc_name: str, vnf_id: str, payload: dict[str, Any]) -> str:
        """Act, then ask every moment how it goes; the last status."""
        assert self.post(action, rpc_name, vnf_id, payload)["status"]["code"] == 100
        asked = {
            "request-id": self._request_id,
            "sub-request-id": self.sub_request_id,
            "originator-id": "vfw-dt-demo",
        }
        ends_at = time.monotonic() + PATIENCE_S
        while True:
            output = self.post("ActionStatus", "action-status", vnf_id, asked)
            found = json.loads(output["payload"])
            assert found.keys() == {"status", "status-reason"}
            if found["status"] != "IN_PROGRESS":
                return str(found["status"])
            assert time.monotonic() < ends_at


def test_vfwdt_distributes_traffic_and_upgrades(onap: Onap) -> None:
    """Locks of three VNFs with one request-id, versions as numbers, and the end of each action by ActionStatus."""
    vnfs, workflow = ("vfwdt-1", "vfwdt-2", "vpkg"), Workflow(onap)
    assert [workflow.post("CheckLock", "check-lock", each)["locked"] for each in vnfs] == ["FALSE"] * 3
    assert [workflow.post("Lock", "lock", each)["status"]["code"] for each in vnfs] == [400] * 3
    nodes: dict[str, Any] = {"request-parameters": {"vserver-id": "any"}, "configuration-parameters": {"ne_id": "vpkg"}}
    versions: dict[str, Any] = {
        "configuration-parameters": {"existing-software-version": 1.0, "new-software-version": 2.0}
    }
    steps: list[tuple[str, str, str, dict[str, Any]]] = [
        ("DistributeTrafficCheck", "distribute-traffic-check", "vfwdt-2", nodes),
        ("DistributeTraffic", "distribute-traffic", "vpkg", nodes),
        ("UpgradePreCheck", "upgrade-pre-check", "vfwdt-1", versions),
        ("UpgradeSoftware", "upgrade-software", "vfwdt-1", versions),
        ("UpgradePostCheck", "upgrade-post-check", "vfwdt-1", versions),
    ]
    assert [workflow.act(*step) for step in steps] == ["SUCCESSFUL"] * len(steps)
    other = Workflow(onap)
    assert other.post("CheckLock", "check-lock", "vfwdt-1")["locked"] == "TRUE"
    refused = other.post("UpgradeSoftware", "upgrade-software", "vfwdt-1", versions)
    assert 300 <= refused["status"]["code"] <= 399  # what it takes for rejected; force opens no lock
    assert [workflow.post("Unlock", "unlock", each)["status"]["code"] for each in vnfs] == [400] * 3
    assert [workflow.post("CheckLock", "check-lock", each)["locked"] for each in vnfs] == ["FALSE"] * 3
