"""Which VNFCs are recorded as CONFIGURED (guide, "Configure" and "ConfigScaleOut")."""

import json
from dataclasses import replace

import pytest

from appc.lcm.configured import configured_vnfcs
from appc.lcm.ports.inventory import VfModule, Vm, Vnf, Vnfc
from tests.fakes.requests import VM_A, VM_B, VM_C, a_request

WEB, DATABASE, SPARE = (
    Vnfc("web", VM_A, "front"),
    Vnfc("db", VM_B, "back", "NOT CONFIGURED"),
    Vnfc("spare", None, "back"),
)
VNF = Vnf(
    "vnf-1",
    "vFW",
    vms=(
        Vm(VM_A, vf_module_id="base"),
        Vm(VM_B, vf_module_id="out"),
        Vm(VM_C, "vm-c", None, None, "out", ("192.0.2.1",)),
    ),
    vnfcs=(WEB, DATABASE, SPARE),
    modules=(VfModule("base"), VfModule("out")),
)
FRESH = Vnfc("vm-c", VM_C, address="192.0.2.1")


@pytest.mark.parametrize(
    ("vnfc_type", "vf_module_id", "expected"),
    [
        pytest.param(None, None, [WEB, DATABASE, SPARE], id="of the whole VNF"),
        pytest.param("back", None, [DATABASE, SPARE], id="of a type"),
        pytest.param(None, "base", [WEB], id="of a module"),
        pytest.param(None, "out", [DATABASE, FRESH], id="of a module with a VM that has none yet"),
        pytest.param("back", "out", [DATABASE, replace(FRESH, type="back")], id="of a type in a module"),
        pytest.param(None, "else", [], id="of a module without VMs"),
    ],
)
def test_an_action_has_configured(vnfc_type: str | None, vf_module_id: str | None, expected: list[Vnfc]) -> None:
    """The VNFCs it was for; a VM that was just added gets a record of its own name."""
    given = {"vnfc-type": vnfc_type, "vf-module-id": vf_module_id}
    payload = {"request-parameters": {name: value for name, value in given.items() if value}}
    assert list(configured_vnfcs(a_request("ConfigScaleOut", payload=json.dumps(payload)), VNF)) == expected
