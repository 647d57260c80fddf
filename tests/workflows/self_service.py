"""A self-service action, planned and run without a controller."""

import json
from dataclasses import replace
from typing import Any

from appc.lcm.actions import ACTIONS, DeviceProtocol
from appc.lcm.artifact import Artifact
from appc.lcm.catalogue import Catalogue
from appc.lcm.outcome import Outcome
from appc.lcm.planning import Surroundings, plan
from appc.lcm.ports.device import DeviceResult
from appc.lcm.ports.inventory import VfModule, Vm, Vnf, Vnfc
from appc.lcm.record import Task
from appc.workflows.tables import WORKFLOWS
from tests.fakes.artifacts import an_artifact
from tests.fakes.clock import START
from tests.fakes.device import FakeDevice, FakeFeed, FakeVnfcRecords, ports_of
from tests.fakes.executor import FakeExecutor
from tests.fakes.inventory import FakeInventory
from tests.fakes.requests import VM_A, VM_B, a_request
from tests.fakes.run import FakeRun

VNF = Vnf(
    "vnf-1",
    "vFW",
    vms=(Vm(VM_A, "fw-1", vf_module_id="m-1"), Vm(VM_B, "fw-2", vf_module_id="m-2")),
    vnfcs=(Vnfc("fw-core", VM_A, "core"), Vnfc("fw-edge", VM_B, "edge")),
    modules=(VfModule("m-1", model_name="base"), VfModule("m-2", model_name="extra")),
    address="192.0.2.7",
)

#: What each action needs in its payload.
PAYLOADS: dict[str, dict[str, Any]] = {
    "Audit": {"publish-config": "N"},
    "Sync": {"publish-config": "N"},
    "ConfigScaleOut": {"request-parameters": {"vf-module-id": "m-2"}},
    "QuiesceTraffic": {"operations-timeout": 60},
    **{
        name: {"existing-software-version": 3.1, "new-software-version": 3.2}
        for name in ACTIONS
        if name.startswith("Upgrade")
    },
}


class SelfService:
    """A VNF type with an artifact for every self-service action, and what surrounds it."""

    def __init__(self, *results: DeviceResult | Exception, artifacts: list[Artifact] | None = None) -> None:
        names = [name for name, action in ACTIONS.items() if action.protocol is DeviceProtocol.SELF_SERVICE]
        self.device = FakeDevice(*results)
        self.feed = FakeFeed()
        self.records = FakeVnfcRecords()
        self.ports = ports_of(
            FakeExecutor(),
            FakeInventory([VNF]),
            artifacts=Catalogue([an_artifact(name) for name in names] if artifacts is None else artifacts),
            devices={DeviceProtocol.NETCONF: self.device},
            feed=self.feed,
            vnfc_records=self.records,
        )

    def planned(self, action: str, payload: dict[str, Any] | None = None) -> Task:
        """The task of such a request."""
        text = json.dumps(PAYLOADS.get(action, {}) | (payload or {}))
        return plan(a_request(action, request_id="r", payload=text), Surroundings(self.ports), START)

    def done(self, action: str, payload: dict[str, Any] | None = None) -> Outcome:
        """What it comes to."""
        task = self.planned(action, payload)
        return WORKFLOWS[task.action.workflow](task, self.ports, FakeRun())

    def without(self, **ports: Any) -> None:
        """From now on these ports are others."""
        self.ports = replace(self.ports, **ports)


def payload_of(outcome: Outcome) -> dict[str, Any]:
    """The members of its payload."""
    members = json.loads(outcome.payload or "null")
    assert isinstance(members, dict)
    return members
