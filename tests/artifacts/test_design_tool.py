"""Exports of APPC's design tool, imported unchanged (facts 7.1)."""

import json
from pathlib import Path

import pytest

from appc.lcm.actions import DeviceProtocol
from appc.lcm.artifact import ArtifactKey, Parameter, Source, TemplateFormat
from appc.lcm.catalogue import Catalogue
from appc.lcm.ports.failures import Misconfigured
from appc.lcm.target import Scope
from appc.lcm.template import fill
from appc.stores.artifacts.design_tool import exported

VECTORS = Path(__file__).parent / "vectors" / "templates"
EXPORT = {path.name: path.read_text(encoding="utf-8") for path in VECTORS.glob("*.json")}
VNF_TYPE = "vFWDT 2020-02-03 14:40:/vFWDT_vPKG 81793128-bca7 0"

REFERENCE = {
    "action": "ConfigScaleOut",
    "action-level": "vnf",
    "scope": {"vnf-type": "vFW", "vnfc-type": "core", "vnfc-type-list": []},
    "template": "Y",
    "device-protocol": "NETCONF-XML",
    "user-name": "admin",
    "port-number": "830",
    "template-id": "base",
    "artifact-list": [
        {"artifact-name": "template_x.xml", "artifact-type": "config_template"},
        {"artifact-name": "pd_x.yaml", "artifact-type": "parameter_definitions"},
    ],
}
DEFINITIONS = """---
kind: "Property Definition"
version: V1
vnf-parameter-list:
- {name: peer, type: ipv4-address, required: "true", default: null, source: Manual, rule-type: null}
- {name: oam, required: "false", default: 192.0.2.1, source: "A&AI", rule-type: vnf-address}
"""


def files(reference: dict[str, object] | None = None, **others: str) -> dict[str, str]:
    """An export of one action."""
    return {
        "reference_AllAction_vFW_0.0.1V.json": json.dumps({"reference_data": [REFERENCE | (reference or {})]}),
        "template_x.xml": "<c><p>${(192.0.2.9)=(peer)}</p><o>${oam}</o></c>",
        "pd_x.yaml": DEFINITIONS,
    } | others


def test_the_demonstration_s_export_is_read_as_it_is() -> None:
    """Its template is no strict JSON; the names in it are the tool's."""
    catalogue, notes = exported(EXPORT)
    (artifact,) = catalogue.all
    assert (artifact.key, artifact.protocol) == (
        ArtifactKey(VNF_TYPE, "DistributeTrafficCheck"),
        DeviceProtocol.ANSIBLE,
    )
    assert artifact.parameters == (Parameter("book_name"), Parameter("file_parameter_content"))
    content = json.loads(fill(artifact.template, artifact.format, lambda name: f"<{name}>"))
    assert (content["PlaybookName"], content["AutoNodeList"], content["Timeout"]) == ("<book_name>", True, 3600)
    assert any("DistributeTraffic of VNF type" in note for note in notes)
    assert any("demo-vFWDT-vfw-sink-upgrade.json" in note for note in notes)


def test_what_the_export_leaves_out_may_stand_beside_it_under_its_name() -> None:
    """The plain template, by the name that the reference data gives it."""
    name = "template_DistributeTraffic_vFWDT2020-02-0314:40:_vFWDT_vPKG81793128-bca70_0.0.1V.json"
    definitions = name.replace("template_", "pd_").replace(".json", ".yaml")
    plain = EXPORT["demo-vFWDT-vfw-sink-traffic.json"]
    catalogue, _ = exported(EXPORT | {name: plain, definitions: DEFINITIONS})
    assert {each.key.action for each in catalogue.all} == {"DistributeTraffic", "DistributeTrafficCheck"}


def test_an_artifact_is_what_reference_template_and_definitions_say() -> None:
    """Found by the module's model name, and by what a request says in its place."""
    catalogue, notes = exported(files())
    assert notes == ()
    assert {each.key for each in catalogue.all} == {
        ArtifactKey("vFW", "ConfigScaleOut", "core", controller_template_id="base"),
        ArtifactKey("vFW", "ConfigScaleOut", "core", vf_module_model_name="base"),
    }
    for each in catalogue.all:
        assert (each.protocol, each.format) == (DeviceProtocol.NETCONF, TemplateFormat.XML)
        assert each.device == {"user": "admin", "port": "830"}
        assert each.parameters == (
            Parameter("peer"),
            Parameter("oam", Source.INVENTORY, "vnf-address", "192.0.2.1", required=False),
        )


def test_one_artifact_is_made_for_each_vnfc_type() -> None:
    """Of vnfc-type-list."""
    scope = {"vnf-type": "vFW", "vnfc-type": "", "vnfc-type-list": ["core", "edge"]}
    catalogue, _ = exported(files({"scope": scope, "template-id": None, "action": "Configmodify"}))
    assert [(each.key.action, each.key.vnfc_type) for each in catalogue.all] == [
        ("ConfigModify", "core"),
        ("ConfigModify", "edge"),
    ]


@pytest.mark.parametrize(
    ("reference", "note"),
    [
        pytest.param({"device-protocol": "CLI"}, "nobody speaks CLI", id="protocol"),
        pytest.param({"action": "Restart"}, "it is no self-service action", id="a VM action"),
        pytest.param({"action": "GetConfig"}, "it is no self-service action", id="an action of the YANG alone"),
        pytest.param(
            {"artifact-list": [{"artifact-name": "t", "artifact-type": "config_template"}]},
            "t is not among the files",
            id="a file",
        ),
    ],
)
def test_what_cannot_be_used_is_left_out_with_a_note(reference: dict[str, object], note: str) -> None:
    """Capabilities are there, so the import is not empty."""
    capability = json.dumps({"capabilities": {"vnf": ["Configure"], "vm": []}})
    catalogue, notes = exported(files(reference, capability_vFW_x=capability))
    assert (catalogue.all, any(note in each for each in notes)) == ((), True)
    assert catalogue.capabilities("vFW") == {Scope.VNF: frozenset({"Configure"})}


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        pytest.param({"template_x.xml": "<c>\n<p>"}, "template_x.xml: no xml once it is filled: line 2", id="XML"),
        pytest.param({"template_x.xml": '{"a": b}'}, "template_x.xml: no json once it is filled: line 1", id="JSON"),
        pytest.param({"pd_x.yaml": "a: 1"}, "pd_x.yaml:1: vnf-parameter-list: is missing", id="definitions"),
        pytest.param({"pd_x.yaml": "vnf-parameter-list:\n- {}"}, "pd_x.yaml:2: vnf-parameter-list[0].name", id="name"),
        pytest.param(
            {"reference_y": '{"reference_data": 1}'}, "reference_y:1: reference_data: must be a list", id="ref"
        ),
        pytest.param({"capability_y_z": "{}"}, "capability_y_z: no object with capabilities", id="capabilities"),
    ],
)
def test_a_fault_is_told_by_file_and_line(changed: dict[str, str], fault: str) -> None:
    """As for bundles."""
    with pytest.raises(Misconfigured) as wrong:
        exported(files() | changed)
    assert any(each.startswith(fault) for each in wrong.value.faults), wrong.value.faults


def test_what_holds_nothing_is_a_fault() -> None:
    """Nobody shall think that something was loaded."""
    with pytest.raises(Misconfigured, match="no complete export"):
        exported({"x.json": "{}"})
    assert Catalogue().all == ()
