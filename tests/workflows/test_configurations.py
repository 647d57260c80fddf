"""The actions that read or change a configuration: what runs is stored, sent on and compared."""

import json
from pathlib import Path
from typing import Any

import pytest

from appc.lcm.artifact import Artifact, Parameter, Source, TemplateFormat
from appc.lcm.errors import DgFailure, InvalidInputParameter
from appc.lcm.ports.bus import Refused
from appc.lcm.ports.configurations import StoredConfiguration
from appc.lcm.ports.device import Configuration, DeviceResult
from appc.lcm.ports.failures import Unavailable
from appc.lcm.ports.inventory import NotRecorded, Vnfc
from appc.stores.configurations import StoredConfigurations
from appc.stores.credentials import CredentialsFolder
from tests.fakes.artifacts import an_artifact
from tests.fakes.clock import FakeClock
from tests.fakes.memory_documents import MemoryDocuments
from tests.fakes.requests import VM_A, VM_B
from tests.workflows.self_service import SelfService, payload_of

JSON, XML, TEXT = TemplateFormat.JSON, TemplateFormat.XML, TemplateFormat.TEXT
CHANGING = ["Configure", "ConfigModify", "ConfigScaleOut", "ConfigRestore"]


def running(content: str, form: TemplateFormat = JSON, **more: Any) -> DeviceResult:
    """A result with this running configuration."""
    return DeviceResult(configuration=Configuration(content, form), **more)


def current(site: SelfService) -> list[StoredConfiguration]:
    """The current configurations of the VNF."""
    return list(site.ports.configurations.current("vnf-1"))


# ------------------------------------------------------------ changing


@pytest.mark.parametrize("action", [*CHANGING, "Sync"])
def test_what_runs_afterwards_is_stored_under_an_id(action: str) -> None:
    """It is the current one of the VNF, and the payload names it."""
    site = SelfService(running("{}", payload={"fw-1": "done"}))
    outcome = site.done(action)
    (stored,) = current(site)
    assert (outcome.code, outcome.partial) == (400, ())
    assert payload_of(outcome)["upload_config_id"] == stored.upload_config_id
    assert (stored.content, stored.action, stored.request_id, stored.vnfc_type) == ("{}", action, "r", None)


@pytest.mark.parametrize("action", CHANGING)
def test_what_runs_afterwards_is_sent_on(action: str) -> None:
    """Guide: "In addition, the configuration is sent to the bus"."""
    site = SelfService(running("{}"))
    site.done(action)
    assert site.feed.published == [(current(site)[0], True)]


@pytest.mark.parametrize("action", CHANGING)
def test_a_device_without_a_configuration_stores_none(action: str) -> None:
    """A playbook that returns none, for example; the payload is its own."""
    site = SelfService(DeviceResult({"fw-1": "done"}))
    outcome = site.done(action)
    assert (outcome.code, outcome.partial, payload_of(outcome)) == (400, (), {"fw-1": "done"})
    assert (current(site), site.feed.published) == ([], [])


DOWN = MemoryDocuments(FakeClock())
DOWN.fail_puts = True


@pytest.mark.parametrize("action", CHANGING)
@pytest.mark.parametrize(
    ("result", "ports", "text"),
    [
        pytest.param(DeviceResult(configuration_problem="timed out"), {}, "unable to get", id="read"),
        pytest.param(running("{}"), {"configurations": StoredConfigurations(DOWN)}, "unable to save", id="store"),
    ],
)
def test_a_problem_after_the_change_is_a_501_before_the_400(
    action: str, result: DeviceResult, ports: dict[str, Any], text: str
) -> None:
    """Contract section 3.2."""
    site = SelfService(result)
    site.without(**ports)
    outcome = site.done(action)
    (problem,) = outcome.partial
    assert (outcome.code, text in problem) == (400, True)


@pytest.mark.parametrize("problem", [Unavailable("the bus is down"), Refused([])])
def test_a_configuration_that_cannot_be_published_is_a_501(problem: Exception) -> None:
    """It is stored nevertheless."""
    site = SelfService(running("{}"))
    site.feed.problem = problem
    outcome = site.done("Configure")
    assert (outcome.code, len(outcome.partial), len(current(site))) == (400, 1, 1)


def test_one_is_current_for_each_vnfc_type() -> None:
    """The latest; the others are history, newest first."""
    site = SelfService(running("1"), running("2"), running("3"), running("4"))
    for parameters in ({}, {"vnfc-type": "core"}, {}, {"vnfc-type": "edge"}):
        site.done("Configure", {"request-parameters": parameters})
    assert {each.vnfc_type: each.content for each in current(site)} == {None: "3", "core": "2", "edge": "4"}
    assert [each.content for each in site.ports.configurations.history("vnf-1")] == ["4", "3", "2", "1"]


# ------------------------------------------------------------ secrets


SECRET = {"configuration-parameters": {"password": "Plain77"}}


@pytest.mark.parametrize("action", CHANGING)
def test_what_the_request_gives_as_a_secret_is_known_as_one(action: str) -> None:
    """It is stored, for Audit and ConfigRestore, and never shown."""
    site = SelfService(running("snmp community Plain77", TEXT))
    site.done(action, SECRET)
    ((published, _),) = site.feed.published
    assert (published.content, published.secrets) == ("snmp community Plain77", ("Plain77",))
    assert current(site) == [published]


def test_a_secret_that_runs_is_in_no_answer() -> None:
    """Neither in that of the request which gave it nor in that of a later one."""
    site = SelfService(running('["Plain77"]', payload={"said": "it is Plain77"}))
    for payload in (SECRET, {}):
        assert payload_of(site.done("ConfigModify", payload))["said"] == "it is ***"


def test_why_a_configuration_could_not_be_read_is_told_without_secrets() -> None:
    """In the 501 before the 400."""
    site = SelfService(DeviceResult(configuration_problem="Plain77 is wrong"))
    assert site.done("ConfigModify", SECRET).partial == (
        "Configuration is successful but unable to get the running config. *** is wrong",
    )


def test_secrets_of_the_template_and_of_the_device_are_known_too(tmp_path: Path) -> None:
    """What its owner has written under a secret's name, and the password that the artifact names."""
    (tmp_path / "fw").write_text("of-device\n")
    artifact = an_artifact("Configure", template='{"token": "of-owner"}', device={"password-file": "fw"})
    site = SelfService(running('["of-owner", "of-device"]'), artifacts=[artifact])
    site.without(credentials=CredentialsFolder(tmp_path))
    site.done("Configure")
    assert current(site)[0].secrets == ("of-device", "of-owner")


def test_a_secret_stays_one_as_long_as_it_runs() -> None:
    """Also for Sync and Audit, whose requests do not give it."""
    site = SelfService(running('["Plain77"]'), running('["Plain77", 1]'), running('["Plain77", 2]'), running("[]"))
    site.done("Configure", SECRET)
    site.done("Sync")
    site.done("Audit")
    site.done("Sync")
    history = site.ports.configurations.history("vnf-1")
    assert [each.secrets for each in history] == [(), *[("Plain77",)] * 3]


# ------------------------------------------------------------ ConfigBackup


def test_a_backup_is_stored_and_not_current() -> None:
    """It can be shown and compared by its id; Audit and ConfigRestore go by the current one, as before."""
    site = SelfService(running("1"), running("2", payload={"fw-1": "done"}))
    site.done("Configure")
    outcome = site.done("ConfigBackup", {"request-parameters": {"vnfc-type": "core"}})
    backup, before = site.ports.configurations.history("vnf-1")
    assert (outcome.code, outcome.partial) == (400, ())
    assert payload_of(outcome) == {"fw-1": "done", "upload_config_id": backup.upload_config_id}
    assert (backup.content, backup.action, backup.vnfc_type) == ("2", "ConfigBackup", "core")
    assert current(site) == [before]
    assert len(site.feed.published) == 1  # that of Configure


def test_a_backup_that_is_kept_elsewhere_is_the_playbook_s_own() -> None:
    """Nothing is stored here; what it says is the payload."""
    site = SelfService(DeviceResult({"fw-1": "backed up"}))
    assert payload_of(site.done("ConfigBackup")) == {"fw-1": "backed up"}
    assert site.ports.configurations.history("vnf-1") == []


@pytest.mark.parametrize(
    ("result", "ports", "text"),
    [
        pytest.param(DeviceResult(configuration_problem="timed out"), {}, "unable to get", id="read"),
        pytest.param(running("{}"), {"configurations": StoredConfigurations(DOWN)}, "unable to save", id="store"),
    ],
)
def test_a_backup_that_is_nowhere_is_401(result: DeviceResult, ports: dict[str, Any], text: str) -> None:
    """There is nothing else that it is for."""
    site = SelfService(result)
    site.without(**ports)
    with pytest.raises(DgFailure, match=text):
        site.done("ConfigBackup")


# ------------------------------------------------------------ VNFC records


LISTED = {
    "vm": [
        {"vm-name": "fw-2", "vnfc": [{"vnfc-name": "new", "vnfc-type": "core", "ipaddress-v4-oam-vip": "192.0.2.9"}]},
        {"vm-name": "elsewhere", "vnfc": [{"vnfc-name": "fw-core"}, {"vnfc-type": "nameless"}, 7]},
    ]
}


@pytest.mark.parametrize(
    ("action", "parameters", "expected"),
    [
        pytest.param("Configure", {}, {"fw-core", "fw-edge"}, id="all of the VNF"),
        pytest.param("Configure", {"vnfc-type": "core"}, {"fw-core"}, id="of the VNFC type"),
        pytest.param("ConfigScaleOut", {"vf-module-id": "m-2"}, {"fw-edge"}, id="of the module"),
        pytest.param("ConfigScaleOut", {"vf-module-id": "m-2"} | LISTED, {"new", "fw-core"}, id="those listed"),
    ],
)
def test_the_vnfcs_configured_are_recorded(action: str, parameters: dict[str, Any], expected: set[str]) -> None:
    """Guide, "Configure" and "ConfigScaleOut"."""
    site = SelfService()
    site.done(action, {"request-parameters": parameters})
    ((vnf_id, vnfcs),) = site.records.recorded
    assert (vnf_id, {vnfc.name for vnfc in vnfcs}) == ("vnf-1", expected)


def test_a_vnfc_that_the_payload_lists_is_recorded_with_what_it_says() -> None:
    """What the inventory knows of it already counts more."""
    site = SelfService()
    site.done("Configure", {"request-parameters": LISTED})
    assert site.records.recorded == [
        ("vnf-1", (Vnfc("new", VM_B, "core", address="192.0.2.9"), Vnfc("fw-core", VM_A, "core")))
    ]


@pytest.mark.parametrize(
    ("action", "code"),
    [("Configure", 1), ("ConfigScaleOut", 1), ("ConfigModify", 0), ("ConfigRestore", 0)],
)
def test_an_inventory_that_cannot_be_updated_is_a_501_before_the_400(action: str, code: int) -> None:
    """Only Configure and ConfigScaleOut record anything."""
    site = SelfService()
    site.records.problem = NotRecorded("A&AI answered 500")
    outcome = site.done(action)
    assert (outcome.code, len(outcome.partial)) == (400, code)
    assert all("A&AI answered 500" in problem for problem in outcome.partial)


# ------------------------------------------------------------ Sync


@pytest.mark.parametrize(("publish", "sent"), [("Y", 1), ("y", 1), ("N", 0), ("n", 0)])
def test_sync_sends_on_only_where_it_is_asked_to(publish: str, sent: int) -> None:
    """Guide, "Sync"."""
    site = SelfService(running("{}"))
    assert site.done("Sync", {"publish-config": publish}).code == 400
    assert len(site.feed.published) == sent


def test_sync_renews_every_vnfc_type_that_has_a_current_configuration() -> None:
    """Each by the artifact for it, one that is named alone."""
    artifacts = [an_artifact("Configure"), an_artifact("Sync"), an_artifact("Sync", vnfc_type="core")]
    site = SelfService(*map(running, "123456"), artifacts=artifacts)
    site.done("Configure", {"request-parameters": {"vnfc-type": "core"}})
    site.done("Configure", {"request-parameters": {"vnfc-type": "edge"}})
    outcome = site.done("Sync")
    assert {each.vnfc_type: each.content for each in current(site)} == {"core": "3", "edge": "4"}
    assert sorted(payload_of(outcome)["upload_config_id"]) == sorted(each.upload_config_id for each in current(site))
    assert [job.artifact.key.vnfc_type for job in site.device.jobs[2:]] == ["core", None]
    site.done("Sync", {"request-parameters": {"vnfc-type": "edge"}})
    assert {each.vnfc_type: each.content for each in current(site)} == {"core": "3", "edge": "5"}


def test_sync_that_cannot_read_or_store_is_401() -> None:
    """It has nothing else to do."""
    for result, ports in ((DeviceResult(), {}), (running("{}"), {"configurations": StoredConfigurations(DOWN)})):
        site = SelfService(result)
        site.without(**ports)
        with pytest.raises(DgFailure, match="running config"):
            site.done("Sync")


# ------------------------------------------------------------ Audit


@pytest.mark.parametrize(
    ("form", "stored", "found", "equal"),
    [
        pytest.param(JSON, '{"a": 1, "b": [1, 2]}', '{"b":[1,2],"a":1}', True, id="JSON: order of members, spaces"),
        pytest.param(JSON, '{"b": [1, 2]}', '{"b": [2, 1]}', False, id="JSON: order of a list"),
        pytest.param(JSON, '{"a": 1}', '{"a": "1"}', False, id="JSON: number and text"),
        pytest.param(JSON, "no JSON", "no JSON", True, id="the same bytes"),
        pytest.param(JSON, "no JSON", "nor this", False, id="no JSON"),
        pytest.param(XML, '<a x="1" y="2"><b>v</b></a>', "<a y='2' x='1'>\n <b>v</b>\n</a>", True, id="XML: space"),
        pytest.param(XML, '<p:a xmlns:p="u"/>', '<q:a xmlns:q="u"/>', True, id="XML: prefixes"),
        pytest.param(XML, '<a xmlns="u"/>', "<a/>", False, id="XML: namespaces"),
        pytest.param(XML, "<a>v</a>", "<a>w</a>", False, id="XML: text"),
        pytest.param(XML, "<a/>", '<!DOCTYPE a [<!ENTITY e "">]><a>&e;</a>', False, id="XML: no entities"),
        pytest.param(TEXT, "a\nb\n", "a  \r\nb\r\n\r\n", True, id="text: ends of lines"),
        pytest.param(TEXT, "a\nb", "b\na", False, id="text: order of lines"),
    ],
)
def test_audit_compares_by_the_format(form: TemplateFormat, stored: str, found: str, equal: bool) -> None:
    """400 where they mean the same, else 401 with the ids of both."""
    site = SelfService(running(stored, form), running(found, form))
    site.done("Sync")
    (kept,) = current(site)
    outcome = site.done("Audit")
    assert outcome.code == (400 if equal else 401)
    assert payload_of(outcome)["upload_config_id"] == kept.upload_config_id
    assert current(site) == [kept]
    history = site.ports.configurations.history("vnf-1")
    assert [each.content for each in history] == ([stored] if equal else [found, stored])
    if not equal:
        assert payload_of(outcome)["running_config_id"] == history[0].upload_config_id
        assert outcome.message.startswith("DG FAILURE - The configurations do not match")


@pytest.mark.parametrize(
    ("publish", "found", "sent"),
    [
        pytest.param("N", "{}", [], id="N, match"),
        pytest.param("N", "[]", ["[]"], id="N, no match"),
        pytest.param("Y", "{}", ["{}"], id="Y, match"),
        pytest.param("Y", "[]", ["[]"], id="Y, no match"),
    ],
)
def test_audit_sends_on_what_differs_and_what_it_is_asked_to(publish: str, found: str, sent: list[str]) -> None:
    """Guide, "Audit", publish-config."""
    site = SelfService(running("{}"), running(found))
    site.done("Sync")
    site.done("Audit", {"publish-config": publish})
    assert [configuration.content for configuration, _ in site.feed.published] == sent


def test_audit_of_a_vnf_without_a_stored_configuration_is_401() -> None:
    """There is nothing to compare with."""
    with pytest.raises(DgFailure, match="Current configuration not found in the repository for vnf-id: vnf-1"):
        SelfService(running("{}")).done("Audit")


def test_audit_says_which_vnfc_type_differs() -> None:
    """Of several that were compared."""
    site = SelfService(*map(running, ("1", "2", "3", "1", "9", "8")))
    for parameters in ({}, {"vnfc-type": "core"}, {"vnfc-type": "edge"}):
        site.done("Configure", {"request-parameters": parameters})
    outcome = site.done("Audit")
    edge, core = (each.upload_config_id for each in site.ports.configurations.history("vnf-1")[:2])
    said = f"running is {core} of VNFC type core, {edge} of VNFC type edge"
    assert outcome.message == f"DG FAILURE - The configurations do not match: {said}"


def test_audit_that_cannot_read_is_401() -> None:
    """With the reason."""
    site = SelfService(running("{}"), DeviceResult(configuration_problem="timed out"))
    site.done("Sync")
    with pytest.raises(DgFailure, match=r"unable to get the running config\. timed out"):
        site.done("Audit")


def test_a_failed_audit_tells_of_what_it_could_not_publish() -> None:
    """By a 501 before it."""
    site = SelfService(running("{}"), running("[]"))
    site.done("Sync")
    site.feed.problem = Unavailable("the bus is down")
    outcome = site.done("Audit")
    assert (outcome.code, len(outcome.partial)) == (401, 1)
    assert json.loads(outcome.payload or "")["running_config_id"]


# ------------------------------------------------------------ restoring


RAW = an_artifact(
    "ConfigRestore", template="${running}", format=TEXT, parameters=(Parameter("running", Source.STORED),)
)
IN_JSON = an_artifact(
    "ConfigRestore", template='{"Files": "${old}"}', parameters=(Parameter("old", Source.STORED, "any"),)
)


@pytest.mark.parametrize(
    ("artifact", "content"),
    [
        pytest.param(RAW, "<a b='c'>é</a>", id="as it is"),
        pytest.param(IN_JSON, '{"Files": "<a b=\'c\'>é</a>"}', id="in a JSON string"),
    ],
)
def test_config_restore_gets_the_current_stored_configuration(artifact: Artifact, content: str) -> None:
    """Where its artifact asks for it: of the VNF, or of the VNFC type that the request names."""
    site = SelfService(running("<a b='c'>é</a>", XML), DeviceResult(), artifacts=[an_artifact("Configure"), artifact])
    site.done("Configure")
    site.done("ConfigRestore")
    assert site.device.jobs[-1].content == content
    with pytest.raises(InvalidInputParameter, match="source: stored"):
        site.planned("ConfigRestore", {"request-parameters": {"vnfc-type": "core"}})
