"""Onboarding files: what they become, and what is said of each fault (docs/onboarding.md)."""

from pathlib import Path

import pytest

from appc.lcm.actions import DeviceProtocol
from appc.lcm.artifact import Artifact, ArtifactKey, ArtifactVersion, Parameter, Source, TemplateFormat
from appc.lcm.ports.failures import Misconfigured
from appc.lcm.target import Scope
from appc.stores.artifacts.bundle import onboarded
from appc.stores.artifacts.folder import read_templates
from appc.stores.artifacts.library import read_files

MANIFEST = """
vnf-type: vDemo
capabilities:
  vnf: [HealthCheck, ConfigScaleOut]
artifacts:
  - action: HealthCheck
    protocol: ansible
    template: health.json
    time-limit-s: 60
  - action: ConfigScaleOut
    protocol: netconf
    template: scale-out.xml
    version: 3
    vnfc-type: lb
    vf-module-model-name: base
    controller-template-id: t-1
    device: {port: 830, user: admin}
    parameters:
      - {name: peer}
      - {name: oam, source: inventory, key: address}
      - {name: mtu, source: default, default: 1500}
      - {name: note, required: false}
"""
FILES = {"vnf-type.yaml": MANIFEST, "health.json": '{"PlaybookName": "${book}"}', "scale-out.xml": "<c>${peer}</c>"}


def faults(files: dict[str, str]) -> list[str]:
    """What is wrong with them."""
    with pytest.raises(Misconfigured) as wrong:
        onboarded(files)
    return list(wrong.value.faults)


def test_a_bundle_is_its_artifacts_and_capabilities() -> None:
    """Numbers and words need no quotes."""
    found = onboarded(FILES)
    assert found.vnf_type == "vDemo"
    assert found.capabilities == {Scope.VNF: frozenset({"HealthCheck", "ConfigScaleOut"})}
    assert found.artifacts == (
        Artifact(
            ArtifactKey("vDemo", "HealthCheck"),
            1,
            DeviceProtocol.ANSIBLE,
            '{"PlaybookName": "${book}"}',
            time_limit_s=60,
        ),
        Artifact(
            ArtifactKey("vDemo", "ConfigScaleOut", "lb", "base", "t-1"),
            3,
            DeviceProtocol.NETCONF,
            "<c>${peer}</c>",
            TemplateFormat.XML,
            (
                Parameter("peer"),
                Parameter("oam", Source.INVENTORY, "address"),
                Parameter("mtu", Source.DEFAULT, default="1500"),
                Parameter("note", required=False),
            ),
            device={"port": "830", "user": "admin"},
        ),
    )


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        pytest.param("vnf-type: vDemo", "", "3: vnf-type: is missing", id="no VNF type"),
        pytest.param("HealthCheck,", "Heal,", "4: capabilities.vnf[0]: Heal is no action", id="capability"),
        pytest.param("  vnf:", "  vnfs:", "4: capabilities.vnfs", id="scope"),
        pytest.param(
            "action: HealthCheck",
            "action: Restart",
            "6: artifacts[0].action: Restart is no self-service action",
            id="a VM action",
        ),
        pytest.param("protocol: ansible", "protocol: telnet", "7: artifacts[0].protocol: must be", id="protocol"),
        pytest.param("health.json", "h.json", "8: artifacts[0].template: there is no file h.json", id="file"),
        pytest.param("health.json", "../x", "8: artifacts[0].template: ", id="a path"),
        pytest.param("time-limit-s: 60", "time-limit-s: 0", "9: artifacts[0].time-limit-s: ", id="time"),
        pytest.param("time-limit-s", "timeout", "9: artifacts[0].timeout: is no field", id="field"),
        pytest.param(
            "{name: oam, ",
            "{name: peer, ",
            "20: artifacts[1].parameters[1].name: peer is already",
            id="name",
        ),
        pytest.param(
            ", default: 1500",
            "",
            "21: artifacts[1].parameters[2]: has the source default and no",
            id="default",
        ),
        pytest.param(
            "  - action: ConfigScaleOut",
            "  - {action: HealthCheck, protocol: rest}\n  - action: ConfigScaleOut",
            "10: artifacts[1]: HealthCheck is already in line 6",
            id="twice",
        ),
        pytest.param("port: 830", "port: 0", "17: artifacts[1].device.port: must be greater", id="setting of a device"),
        pytest.param("port: 830, user", "usr", "17: artifacts[1].device.usr: is unknown", id="unknown setting"),
        pytest.param(", user: admin", "", "17: artifacts[1].device.user: is missing", id="setting left out"),
        pytest.param(
            "    protocol: ansible\n",
            "    protocol: netconf\n    device: {user: admin}\n",
            "8: artifacts[0].device.operation: is missing: NETCONF has no operation of its own for HealthCheck",
            id="setting that the action needs",
        ),
        pytest.param(
            "protocol: ansible",
            "protocol: ansible\n    device: {become: x}",
            "8: artifacts[0].device.become: must",
            id="become",
        ),
        pytest.param(
            "user: admin",
            "user: admin, key-file: ../k",
            "17: artifacts[1].device.key-file: must be the plain name of a file in CREDENTIALS_DIR",
            id="a credential elsewhere",
        ),
        pytest.param(
            "    template: health.json\n",
            "",
            "6: artifacts[0].template: is missing: it names the playbook",
            id="no template",
        ),
        pytest.param("vnf-type: vDemo", "vnf-type: &a vDemo\nx: *a", "3: aliases are not read", id="YAML"),
    ],
)
def test_a_fault_is_told_by_file_line_and_field(old: str, new: str, fault: str) -> None:
    """Nothing is guessed."""
    assert old in MANIFEST
    assert any(
        text.startswith(f"vnf-type.yaml:{fault}")
        for text in faults(FILES | {"vnf-type.yaml": MANIFEST.replace(old, new, 1)})
    )


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        pytest.param("health.json", '{"a": 1,\n "b"}', "health.json: no json once it is filled: line 2", id="JSON"),
        pytest.param("scale-out.xml", "<a>\n<b></a>", "scale-out.xml: no xml once it is filled: line 2", id="XML"),
        pytest.param(
            "scale-out.xml",
            '<!DOCTYPE a SYSTEM "x"><a/>',
            "scale-out.xml: no xml once it is filled",
            id="DTD",
        ),
    ],
)
def test_a_template_must_be_what_it_says_once_it_is_filled(name: str, text: str, fault: str) -> None:
    """With the line in it."""
    assert any(each.startswith(fault) for each in faults(FILES | {name: text}))


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        pytest.param('{"NodeList": []}', "health.json: PlaybookName: is missing", id="no playbook"),
        pytest.param('{"PlaybookName":\n"../../x"}', "health.json:1: PlaybookName: '../../x' is no name", id="name"),
        pytest.param('{"PlaybookName": "a",\n"Timeout": "abc"}', "health.json:2: Timeout: must be", id="Timeout"),
        pytest.param('{"PlaybookName": "a", "NodeList": 3}', "health.json:1: NodeList: must be", id="NodeList"),
        pytest.param(
            '{"PlaybookName": "${a}",\n"ExtraVars": {"ansible_user": "${u}"}}',
            "health.json:2: ExtraVars: ansible_user: names of Ansible's own variables are not allowed",
            id="a variable of Ansible's own",
        ),
        pytest.param(
            '{"PlaybookName": "a",\n"b": "${}"}', "health.json:2: a placeholder without a name", id="nameless"
        ),
        pytest.param('["PlaybookName"]', "health.json: is no JSON object", id="no object"),
    ],
)
def test_a_template_for_ansible_names_a_playbook_and_what_it_takes(template: str, fault: str) -> None:
    """What stands in it whatever will fill it is judged on loading, as it is when it is filled."""
    assert any(each.startswith(fault) for each in faults(FILES | {"health.json": template}))


@pytest.mark.parametrize(
    "template",
    [
        pytest.param('{"PlaybookName": "${a}/b", "Timeout": "${t}", "NodeList": ${n}}', id="fields"),
        pytest.param('{"PlaybookName": "b", "ExtraVars": "${v}", "NodeList": "[${n}]"}', id="JSON in texts"),
        pytest.param(
            '{"PlaybookName": "b", "FileParameters": {"${f}.cfg": 1}, "LocalParameters": {"h": ${v}}}', id="in"
        ),
        pytest.param('{"PlaybookName": "b", "Timeout": "", "AutoNodeList": "TRUE"}', id="empty is absent"),
        pytest.param("${all}", id="all of it"),
    ],
)
def test_what_is_filled_at_run_time_is_not_judged_before(template: str) -> None:
    """Only a request knows it."""
    assert onboarded(FILES | {"health.json": template}).notes == ()


def test_playbooks_of_an_ansible_server_have_names_of_its_own() -> None:
    """Nothing is looked for here."""
    manifest = MANIFEST.replace("protocol: ansible", "protocol: ansible\n    device: {url: 'https://ansible.example'}")
    template = '{"PlaybookName": "../x"}'
    assert onboarded(FILES | {"vnf-type.yaml": manifest, "health.json": template}).artifacts


def test_a_member_that_has_no_effect_is_noted() -> None:
    """It may be mistyped."""
    template = '{"PlaybookName": "a",\n"Extravars": {}}'
    (note,) = onboarded(FILES | {"health.json": template}).notes
    assert note == "health.json:2: Extravars is no field of a template for Ansible, and is ignored"


def test_a_manifest_without_anything_is_told() -> None:
    """It would load nothing, and say nothing of it."""
    said = "vnf-type.yaml:1: there is nothing in it: neither artifacts nor capabilities"
    assert faults({"vnf-type.yaml": "vnf-type: vDemo"}) == [said]


def test_a_set_of_files_without_a_manifest_says_so() -> None:
    """Rather than what each of them is not."""
    with pytest.raises(Misconfigured) as wrong:
        read_files({"vnf-type.yml": MANIFEST, "health.json": "{}"})
    said = "vnf-type.yml, health.json: no vnf-type.yaml, and no complete export of APPC's design tool"
    assert list(wrong.value.faults) == [said]


def test_an_xml_template_may_be_the_inside_of_an_element() -> None:
    """What NETCONF puts into `<config>`."""
    assert onboarded(FILES | {"scale-out.xml": "<a>${peer}</a>\n<b/>"}).artifacts


def test_every_fault_of_every_file_is_told(tmp_path: Path) -> None:
    """By the folder it is in; two folders may not onboard one type."""
    of_type_t = "vnf-type: t\ncapabilities: {vnf: [Sync]}"
    for name, manifest in (("a", of_type_t), ("b", of_type_t), ("c", "x: 1"), ("d", "vnf-type: [")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "vnf-type.yaml").write_text(manifest)
    (tmp_path / "README.md").write_text("no bundle")
    (tmp_path / "empty").mkdir()
    with pytest.raises(Misconfigured) as wrong:
        read_templates(tmp_path)
    assert [fault.split(": ")[0] for fault in wrong.value.faults] == [
        "c/vnf-type.yaml:1",
        "c/vnf-type.yaml:1",
        "d/vnf-type.yaml:2",
        "VNF type t is onboarded by two folders",
    ]


def test_a_folder_of_bundles_is_a_catalogue(tmp_path: Path) -> None:
    """That of TEMPLATES_DIR."""
    folder = tmp_path / "demo"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)
    catalogue = read_templates(tmp_path)
    key = ArtifactKey("vDemo", "HealthCheck")
    assert list(catalogue.newest("vDemo", "HealthCheck")) == [key]
    assert catalogue.version(ArtifactVersion(key, 1)) == onboarded(FILES).artifacts[0]
    assert catalogue.capabilities("vDemo") == onboarded(FILES).capabilities
    assert (catalogue.newest("vDemo", "Sync"), catalogue.capabilities("vOther")) == ({}, {})
