"""Hosts that a request may name: those that the inventory lists for its VNF, and no other (contract section 8)."""

import json

import pytest

from appc.lcm.actions import DeviceProtocol
from appc.lcm.artifact import Artifact, ArtifactKey
from appc.lcm.device_address import NETCONF_HOST, device_address
from appc.lcm.errors import InvalidInputParameter
from appc.lcm.ports.device import DeviceJob
from appc.lcm.ports.inventory import Vm, Vnf, Vnfc
from appc.lcm.record import Task
from appc.lcm.target import Target
from tests.fakes.requests import VM_A, a_request

VNF = Vnf(
    "vnf-1",
    "vFW",
    vms=(Vm(VM_A, addresses=("192.0.2.2", "2001:db8::1")),),
    vnfcs=(Vnfc("web", VM_A, "front", address="192.0.2.3"), Vnfc("a", None, "back", address="192.0.2.4"), Vnfc("b")),
    address="192.0.2.1",
)


def address(vnf: Vnf, artifact_for: str | None = None, **parameters: object) -> str:
    """Where the device of a request with these request-parameters is; `artifact_for`: the artifact's VNFC type."""
    named = {name.replace("_", "-"): value for name, value in parameters.items()}
    request = a_request("Configure", payload=json.dumps({"request-parameters": named}))
    task = Task(request, Target(vnf.vnf_id), DeviceProtocol.SELF_SERVICE, "type:vFW")
    artifact = Artifact(ArtifactKey("vFW", "Configure", artifact_for), 1, DeviceProtocol.NETCONF)
    return device_address(DeviceJob(task, artifact, vnf), NETCONF_HOST)


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        pytest.param({}, "192.0.2.1", id="the VNF's own"),
        pytest.param({"vnf_host_ip_address": "192.0.2.2"}, "192.0.2.2", id="of a VM"),
        pytest.param({"vnf_host_ip_address": "2001:DB8:0::1"}, "2001:db8::1", id="written another way"),
        pytest.param({"vnf_host_ip_address": "192.0.2.3", "vnfc_type": "back"}, "192.0.2.3", id="named beside a type"),
        pytest.param({"vnfc_type": "front"}, "192.0.2.3", id="of the VNFC type"),
        pytest.param({"vnfc_type": "unknown"}, "192.0.2.1", id="a type without address"),
        pytest.param({"vnf_host_ip_address": ""}, "192.0.2.1", id="an empty one is none"),
    ],
)
def test_a_device_is_where_the_inventory_says(parameters: dict[str, object], expected: str) -> None:
    """Facts section 7.7: the request's address, else that of the VNFC type, else the VNF's own."""
    assert address(VNF, None, **parameters) == expected


def test_an_artifact_of_a_vnfc_type_is_for_its_address() -> None:
    """Audit reads each VNFC type's configuration where that type is, without being told."""
    assert address(VNF, artifact_for="front") == "192.0.2.3"
    assert address(VNF, artifact_for="front", vnfc_type="back") == "192.0.2.4"


@pytest.mark.parametrize(
    "host",
    [
        pytest.param("192.0.2.9", id="of nobody"),
        pytest.param("127.0.0.1", id="loopback"),
        pytest.param("169.254.169.254", id="a cloud's metadata"),
        pytest.param("192.0.2.1:22", id="with a port"),
        pytest.param("user@192.0.2.1", id="with a user"),
        pytest.param("192.0.2.1.example.org", id="a name"),
        pytest.param("3221225985", id="as a number"),
        pytest.param(3221225985, id="a number"),
        pytest.param("::ffff:192.0.2.1", id="as IPv6"),
        pytest.param(["192.0.2.1"], id="a list"),
        pytest.param(" 192.0.2.1", id="with a blank"),
    ],
)
def test_no_other_host_is_reached(host: object) -> None:
    """301 that names the field and the value."""
    with pytest.raises(InvalidInputParameter, match=r"payload\.request-parameters\.vnf-host-ip-address: the inventory"):
        address(VNF, vnf_host_ip_address=host)


def test_without_an_inventory_there_is_no_address() -> None:
    """Nobody lists one: a request cannot name it either."""
    with pytest.raises(InvalidInputParameter, match=r"lists no address 192\.0\.2\.1 for VNF any"):
        address(Vnf("any", "default"), vnf_host_ip_address="192.0.2.1")
    with pytest.raises(InvalidInputParameter, match="is absent, and the inventory has no address of VNF any"):
        address(Vnf("any", "default"))
