"""Contract section 4, check 7, for self-service actions: artifact, parts, capabilities, parameters."""

import json
from dataclasses import replace
from typing import Any

import pytest

from appc.lcm.actions import DeviceProtocol
from appc.lcm.artifact import Artifact, ArtifactVersion, Capabilities, Parameter, Source
from appc.lcm.catalogue import Catalogue
from appc.lcm.errors import DgWorkflowNotFound, LcmError
from appc.lcm.planning import Surroundings, plan
from appc.lcm.ports.inventory import VfModule, Vm, Vnf, Vnfc
from appc.lcm.record import Task
from appc.lcm.target import ActionIdentifiers, Scope
from tests.fakes.artifacts import an_artifact
from tests.fakes.clock import START
from tests.fakes.device import FakeDevice, ports_of
from tests.fakes.executor import FakeExecutor
from tests.fakes.inventory import FakeInventory
from tests.fakes.requests import VM_A, VM_B, a_request, ids

VNF = Vnf(
    "vnf-1",
    "vFW",
    vms=(Vm(VM_A, "fw-1"),),
    vnfcs=(Vnfc("fw-core", VM_A, "core"), Vnfc("fw-other")),
    modules=(VfModule("m-1", model_name="base"), VfModule("m-2", model_name="extra")),
    address="192.0.2.7",
)


def planned(
    artifacts: list[Artifact],
    action: str = "Configure",
    payload: dict[str, Any] | None = None,
    *,
    identifiers: ActionIdentifiers | str = "vnf-1",
    capabilities: Capabilities | None = None,
    device: FakeDevice | None = None,
    vnf: Vnf = VNF,
) -> Task:
    """The task, by these artifacts; devices are reached by NETCONF."""
    ports = ports_of(
        FakeExecutor(),
        FakeInventory([vnf]),
        artifacts=Catalogue(artifacts, {"vFW": capabilities or {}}),
        devices={DeviceProtocol.NETCONF: device or FakeDevice()},
    )
    request = a_request(action, identifiers, payload=json.dumps(payload or {}))
    return plan(request, Surroundings(ports), START)


def refusal(artifacts: list[Artifact], *args: Any, **more: Any) -> tuple[int, str]:
    """How it is refused."""
    with pytest.raises(LcmError) as refused:
        planned(artifacts, *args, **more)
    return refused.value.code, refused.value.message


# ------------------------------------------------------------ what is missing


TYPED = replace(
    VNF, vms=(Vm(VM_A, "fw-1"), Vm(VM_B, "fw-2", vf_module_id="m-2")), vnfcs=(Vnfc("fw-core", VM_A, "core"),)
)
LISTED = {"vnfc-type": "edge", "vm": [{"vnfc": [{"vnfc-name": "fw-edge", "vnfc-type": "edge"}]}]}


@pytest.mark.parametrize(
    ("vnf", "action", "parameters", "code"),
    [
        pytest.param(TYPED, "Configure", {"vnfc-type": "core"}, 100, id="one of the VNF's"),
        pytest.param(TYPED, "Configure", {"vnfc-type": "edge"}, 313, id="none of them"),
        pytest.param(TYPED, "HealthCheck", {"vnfc-type": "edge"}, 313, id="none of them, another action"),
        pytest.param(VNF, "Configure", {"vnfc-type": "edge"}, 100, id="one has a type that nobody knows"),
        pytest.param(replace(VNF, vnfcs=()), "Configure", {"vnfc-type": "edge"}, 100, id="no VNFC is known"),
        pytest.param(TYPED, "Configure", {"vnfc-type": ["edge"]}, 100, id="no text"),
        pytest.param(TYPED, "Configure", LISTED, 100, id="of a VNFC that the payload lists"),
        pytest.param(
            TYPED, "ConfigScaleOut", {"vnfc-type": "edge", "vf-module-id": "m-2"}, 100, id="of a VM that is new"
        ),
    ],
)
def test_a_vnfc_type_that_no_vnfc_has_is_313(vnf: Vnf, action: str, parameters: dict[str, Any], code: int) -> None:
    """It is looked for in the inventory before any artifact: nothing is stored for a type that there is not."""
    artifacts = [an_artifact(action)] if code == 100 else []
    payload = {"request-parameters": parameters}
    if code == 100:
        assert planned(artifacts, action, payload, vnf=vnf)
        return
    text = "MISSING VNF DATA IN A&AI - vnfc-type edge not found for VNF ID = vnf-1"
    assert refusal(artifacts, action, payload, vnf=vnf) == (code, text)


def test_without_an_artifact_for_type_and_action_it_is_308() -> None:
    """Those of other types and actions do not count."""
    others = [an_artifact("Sync"), an_artifact(vnf_type="vLB"), an_artifact(vnfc_type="core")]
    text = "WORKFLOW NOT FOUND - No workflow found for VNF type vFW and Configure action"
    assert refusal(others) == (308, text)


def test_a_protocol_that_nobody_speaks_is_307() -> None:
    """The artifact is there, its executor is not."""
    code, message = refusal([an_artifact(protocol=DeviceProtocol.CHEF)])
    assert (code, message.startswith("DG WORKFLOW NOT FOUND - "), "chef" in message) == (307, True, True)


def test_a_part_that_the_executor_misses_is_307() -> None:
    """Its playbook, for example."""
    device = FakeDevice(missing=DgWorkflowNotFound("no playbook configure.yml"))
    assert refusal([an_artifact()], device=device) == (307, "DG WORKFLOW NOT FOUND - no playbook configure.yml")


ONLY_SYNC = frozenset({"Sync"})


@pytest.mark.parametrize(
    ("action", "identifiers", "capabilities", "code"),
    [
        pytest.param("Configure", "vnf-1", {Scope.VNF: ONLY_SYNC}, 450, id="not among them"),
        pytest.param("Configure", "vnf-1", {Scope.VNF: frozenset()}, 450, id="none at all"),
        pytest.param("Configure", "vnf-1", {Scope.VNF: ONLY_SYNC | {"Configure"}}, 100, id="among them"),
        pytest.param("Configure", "vnf-1", {Scope.VM: ONLY_SYNC}, 100, id="another scope's"),
        pytest.param("Configure", "vnf-1", {}, 100, id="nobody says"),
        pytest.param("DistributeTraffic", ids(vserver_id=VM_A), {Scope.VM: ONLY_SYNC}, 450, id="at VM scope"),
        pytest.param("Restart", ids(vserver_id=VM_A), {Scope.VM: ONLY_SYNC}, 450, id="a VM action"),
        pytest.param("Restart", "vnf-1", {Scope.VNF: ONLY_SYNC}, 100, id="Restart of a VNF, as in APPC"),
    ],
)
def test_capabilities_forbid(
    action: str, identifiers: ActionIdentifiers | str, capabilities: Capabilities, code: int
) -> None:
    """450 where the scope of the target is listed without the action."""
    artifacts = [an_artifact(action)] if action != "Restart" else []
    if code == 100:
        assert planned(artifacts, action, identifiers=identifiers, capabilities=capabilities)
        return
    given, message = refusal(artifacts, action, identifiers=identifiers, capabilities=capabilities)
    assert (given, message.startswith("REQUEST NOT SUPPORTED: "), action in message) == (450, True, True)


@pytest.mark.parametrize("source", list(Source))
def test_a_parameter_that_cannot_be_filled_is_301_that_names_it(source: Source) -> None:
    """Whatever its source."""
    artifact = an_artifact(template='{"a": "${peer}"}', parameters=(Parameter("peer", source),))
    code, message = refusal([artifact])
    assert (code, "parameter peer" in message, source in message) == (301, True, True)


def test_a_parameter_that_only_the_template_names_comes_from_the_payload() -> None:
    """It needs no definition."""
    artifact = an_artifact(template='{"a": "${peer}"}')
    assert refusal([artifact])[0] == 301
    assert planned([artifact], payload={"configuration-parameters": {"peer": "x"}})


def test_a_missing_artifact_comes_before_missing_parts_and_these_before_capabilities() -> None:
    """The order of the contract: 308, 307, 450, 301."""
    unspoken = an_artifact(protocol=DeviceProtocol.CHEF, template="${peer}")
    forbidden: Capabilities = {Scope.VNF: ONLY_SYNC}
    assert refusal([], capabilities=forbidden)[0] == 308
    assert refusal([unspoken], capabilities=forbidden)[0] == 307
    incomplete = FakeDevice(missing=DgWorkflowNotFound("no playbook configure.yml"))
    assert refusal([an_artifact(template="${peer}")], capabilities=forbidden, device=incomplete)[0] == 307
    assert refusal([an_artifact(template="${peer}")], capabilities=forbidden)[0] == 450


def test_a_missing_part_comes_before_a_missing_parameter_and_that_before_what_only_a_filled_template_shows() -> None:
    """A gap in the artifact is not blamed on the request."""
    incomplete = FakeDevice(missing=DgWorkflowNotFound("no playbook configure.yml"))
    unfit = FakeDevice(unfit=DgWorkflowNotFound("no playbook x.yml"))
    asking = an_artifact(template="${peer}")
    assert refusal([asking], device=incomplete)[0] == 307
    assert refusal([asking], device=unfit)[0] == 301
    assert refusal([asking], payload={"configuration-parameters": {"peer": "x"}}, device=unfit)[0] == 307


# ------------------------------------------------------------ which artifact


GENERIC, CORE = an_artifact(), an_artifact(vnfc_type="core")


@pytest.mark.parametrize(
    ("parameters", "identifiers", "expected"),
    [
        pytest.param({}, ids(), GENERIC, id="nothing particular"),
        pytest.param({"vnfc-type": "core"}, ids(), CORE, id="its VNFC type"),
        pytest.param({"vnfc_type": "core"}, ids(), CORE, id="with an underscore"),
        pytest.param({"vnfc-type": "edge"}, ids(), GENERIC, id="another VNFC type"),
        pytest.param({}, ids(vnfc_name="fw-core"), CORE, id="the type of the VNFC named"),
        pytest.param({}, ids(vnfc_name="fw-other"), GENERIC, id="a VNFC without type"),
    ],
)
def test_the_vnfc_type_selects(parameters: dict[str, str], identifiers: ActionIdentifiers, expected: Artifact) -> None:
    """Guide, "Configure": it must be included if the template is VNFC specific."""
    task = planned([GENERIC, CORE], payload={"request-parameters": parameters}, identifiers=identifiers)
    assert task.artifact == ArtifactVersion(expected.key, 1)


PLAIN = an_artifact("ConfigScaleOut")
BASE = an_artifact("ConfigScaleOut", vf_module_model_name="base")
NAMED = an_artifact("ConfigScaleOut", controller_template_id="t-1")


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        pytest.param({"vf-module-id": "m-1"}, BASE, id="the module's model name"),
        pytest.param({"vf-module-id": "m-2"}, PLAIN, id="a model without an artifact"),
        pytest.param({"vf-module-id": "unknown"}, PLAIN, id="a module that is not inventoried"),
        pytest.param({"vf-module-id": "m-1", "controller-template-id": "t-1"}, NAMED, id="the id counts more"),
        pytest.param({"vf-module-id": "m-1", "controller-template-id": "t-2"}, BASE, id="an unknown id"),
    ],
)
def test_module_and_template_id_select(parameters: dict[str, str], expected: Artifact) -> None:
    """Guide, "ConfigScaleOut"."""
    task = planned([NAMED, PLAIN, BASE], "ConfigScaleOut", {"request-parameters": parameters})
    assert task.artifact == ArtifactVersion(expected.key, 1)


def test_the_newest_version_wins() -> None:
    """Numbers, not the order in which they came."""
    task = planned([an_artifact(version=number) for number in (2, 10, 9)])
    assert task.artifact == ArtifactVersion(an_artifact().key, 10)


# ------------------------------------------------------------ the task


@pytest.mark.parametrize(
    ("action", "own_s", "payload", "limit_s"),
    [
        pytest.param("Configure", None, {}, 3600, id="the action's"),
        pytest.param("Configure", 60, {}, 60, id="the artifact's"),
        pytest.param("Configure", 9999, {}, 3600, id="an artifact cannot raise it"),
        pytest.param("QuiesceTraffic", None, {"operations-timeout": "90"}, 90, id="operations-timeout"),
        pytest.param("QuiesceTraffic", 60, {"operations-timeout": 90}, 60, id="the template's is smaller"),
        pytest.param("QuiesceTraffic", 90, {"operations-timeout": 60}, 60, id="operations-timeout is smaller"),
    ],
)
def test_the_smallest_time_limit_counts(action: str, own_s: int | None, payload: dict[str, Any], limit_s: int) -> None:
    """Guide, "QuiesceTraffic"; in seconds."""
    assert planned([an_artifact(action, time_limit_s=own_s)], action, payload).time_limit_s == limit_s


def test_the_task_holds_no_content_of_the_artifact() -> None:
    """Only which version it is: nothing secret is stored twice."""
    artifact = an_artifact(template='{"a": "${password}"}')
    task = planned([artifact], payload={"configuration-parameters": {"password": "hush"}})
    assert task.artifact == ArtifactVersion(artifact.key, 1)
    assert (task.lane, task.protocol) == ("type:vFW", DeviceProtocol.SELF_SERVICE)
