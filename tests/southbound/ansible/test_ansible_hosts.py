"""S7 and S8: where a play runs is decided by the template's owner and the inventory, never by a text in a request."""

import json
from typing import Any

import pytest

from appc.lcm.ports.inventory import Vm, Vnf, Vnfc
from appc.lcm.target import ActionIdentifiers
from appc.southbound.ansible.failures import NotPlayable
from appc.southbound.ansible.fields import PlaybookFields
from appc.southbound.ansible.nodes import inventory_of, nodes_of
from tests.fakes.requests import VM_A, VM_B
from tests.southbound.ansible.jobs import a_job

VNF = Vnf(
    "vnf-1",
    "vDemo",
    vms=(Vm(VM_A, "vm-a", vf_module_id="m-1", addresses=("10.0.0.1",)), Vm(VM_B, "vm-b", addresses=("10.0.0.2",))),
    vnfcs=(Vnfc("core-1", VM_A, "core"), Vnfc("lb-1", VM_B, "lb/2", address="10.0.1.2")),
)
NO_INVENTORY = Vnf("vnf-1", "vDemo")


def hosts(fields: dict[str, Any], vnf: Vnf = NO_INVENTORY, **more: Any) -> dict[str, Any]:
    """The hosts of Ansible's inventory, by their address, or None for their name."""
    job = a_job({"PlaybookName": "x", **fields}, vnf=vnf, **more)
    read = PlaybookFields.read(job.content)
    inventory = inventory_of(nodes_of(read, job), read, job.artifact.device, "/nowhere")
    return {name: values.get("ansible_host") for name, values in inventory["all"]["hosts"].items()}


def listed(ne_id: str, address: str) -> dict[str, Any]:
    """The guide's NodeList."""
    return {"NodeList": [{"vm-info": [{"ne_id": ne_id, "fixed_ip_address": address}]}]}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({}, {"localhost": None}, id="nothing asked for: this machine"),
        pytest.param({"NodeList": ["host-1", "10.0.0.9"]}, {"host-1": None, "10.0.0.9": None}, id="names"),
        pytest.param({"NodeList": '["core-1"]'}, {"core-1": None}, id="JSON in a string"),
        pytest.param(listed("n-1", "10.0.0.9"), {"n-1": "10.0.0.9"}, id="the guide's form"),
        pytest.param({"AutoNodeList": True}, {"core-1": "10.0.0.1", "lb-1": "10.0.1.2"}, id="from the inventory"),
        pytest.param({"AutoNodeList": "TRUE"}, {"core-1": "10.0.0.1", "lb-1": "10.0.1.2"}, id="in words"),
        pytest.param({"InventoryNames": "VM"}, {"core-1": "10.0.0.1", "lb-1": "10.0.1.2"}, id="by its name"),
    ],
)
def test_the_template_says_where(fields: dict[str, Any], expected: dict[str, Any]) -> None:
    """NodeList, AutoNodeList and InventoryNames."""
    assert hosts(fields, VNF) == expected


@pytest.mark.parametrize(
    ("identifiers", "parameters", "expected"),
    [
        pytest.param(ActionIdentifiers("vnf-1", VM_B.upper()), {}, ["lb-1"], id="vserver-id"),
        pytest.param(ActionIdentifiers("vnf-1", vnfc_name="core-1"), {}, ["core-1"], id="vnfc-name"),
        pytest.param(ActionIdentifiers("vnf-1", vf_module_id="m-1"), {}, ["core-1"], id="vf-module-id"),
        pytest.param(ActionIdentifiers("vnf-1"), {"vnfc-type": "core"}, ["core-1"], id="vnfc-type"),
    ],
)
def test_the_request_selects(identifiers: ActionIdentifiers, parameters: dict[str, str], expected: list[str]) -> None:
    """Facts 7.2: AutoNodeList holds what the identifiers and vnfc-type name."""
    payload = json.dumps({"request-parameters": parameters})
    assert list(hosts({"AutoNodeList": True}, VNF, identifiers=identifiers, payload=payload)) == expected


def test_an_empty_list_is_a_failure() -> None:
    """No play on no host, and none on the controller's machine instead."""
    with pytest.raises(NotPlayable, match="Auto generation of Node List Failed"):
        hosts({"AutoNodeList": True}, NO_INVENTORY)


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        pytest.param('{"NodeList": ${x}}', {"NodeList": []}, id="NodeList, empty"),
        pytest.param('{"NodeList": "${x}"}', {"NodeList": ""}, id="NodeList, no text"),
        pytest.param('{"NodeList": "${x}"}', {"NodeList": "[]"}, id="NodeList, empty JSON in a string"),
        pytest.param('{"NodeList": ${x}}', {"NodeList": None}, id="NodeList, null"),
        pytest.param('{"NodeList": "${x}"}', {"NodeList": [{"vm-info": []}]}, id="NodeList, a group of none"),
        pytest.param('{"AutoNodeList": "${x}"}', {"AutoNodeList": ""}, id="AutoNodeList, no text"),
        pytest.param('{"AutoNodeList": ${x}}', {"AutoNodeList": False}, id="AutoNodeList, false"),
        pytest.param('{"InventoryNames": "${x}"}', {"InventoryNames": ""}, id="InventoryNames, no text"),
        pytest.param('{"AutoNodeList": true, "${x}": 1', {}, id="a template that nobody can read"),
    ],
)
def test_a_request_makes_no_play_for_hosts_one_on_this_machine(template: str, filled: dict[str, Any]) -> None:
    """The template asks for hosts, whatever fills it."""
    with pytest.raises(NotPlayable, match="asks for hosts"):
        hosts(filled, VNF, template=template)


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"NodeList": []}, id="an empty NodeList"),
        pytest.param({"NodeList": "", "InventoryNames": ""}, id="no text"),
        pytest.param({"AutoNodeList": "False"}, id="an AutoNodeList that says false"),
    ],
)
def test_a_template_whose_owner_asks_for_no_hosts_is_played_here(fields: dict[str, Any]) -> None:
    """As one without these fields is."""
    assert hosts(fields, VNF) == {"localhost": None}


@pytest.mark.parametrize(
    ("ne_id", "address"),
    [
        pytest.param("x ansible_connection=local ansible_python_interpreter=/tmp/e", "10.0.0.1", id="variables"),
        pytest.param("x\nlocalhost", "10.0.0.1", id="a line break"),
        pytest.param("x[1:99999999]", "10.0.0.1", id="a range"),
        pytest.param("all", "10.0.0.1", id="everything"),
        pytest.param("localhost", "10.0.0.1", id="this machine by another address"),
        pytest.param("-oProxyCommand=touch x", "10.0.0.1", id="an option"),
        pytest.param("n-1", "-oProxyCommand=touch x", id="an option for an address"),
        pytest.param("n-1", "10.0.0.1; rm -rf /", id="a command"),
        pytest.param("n-1", "$(id)", id="a substitution"),
        pytest.param("n-1", "`id`", id="backticks"),
        pytest.param("n-1", "{{ lookup('pipe', 'id') }}", id="an expression"),
    ],
)
@pytest.mark.parametrize("vnf", [pytest.param(VNF, id="inventory"), pytest.param(NO_INVENTORY, id="no inventory")])
def test_a_host_is_a_name_or_an_address(ne_id: str, address: str, vnf: Vnf) -> None:
    """Nothing else gets near a command line."""
    with pytest.raises(NotPlayable):
        hosts(listed(ne_id, address), vnf, template='{"NodeList": "${nodes}"}')


@pytest.mark.parametrize(
    ("address", "vnf"),
    [
        pytest.param("10.9.9.9", VNF, id="not in the inventory"),
        pytest.param("127.0.0.1", VNF, id="loopback, with an inventory"),
        pytest.param("127.0.0.1", NO_INVENTORY, id="loopback"),
        pytest.param("127.1", NO_INVENTORY, id="loopback in short"),
        pytest.param("0x7f000001", NO_INVENTORY, id="loopback in hexadecimal"),
        pytest.param("2130706433", NO_INVENTORY, id="loopback as a number"),
        pytest.param("ip6-localhost", NO_INVENTORY, id="loopback by name"),
        pytest.param("::1", NO_INVENTORY, id="loopback of IPv6"),
        pytest.param("0.0.0.0", NO_INVENTORY, id="any"),
    ],
)
def test_a_request_names_no_other_host(address: str, vnf: Vnf) -> None:
    """With an inventory only the VNF's own; never the controller's machine."""
    with pytest.raises(NotPlayable):
        hosts(listed("n-1", address), vnf, template='{"NodeList": "${nodes}"}')
    assert hosts(listed("n-1", address), vnf) == {"n-1": address}  # what the owner has written is his word


def test_a_request_may_name_a_host_of_the_vnf() -> None:
    """By an address or a name of the inventory."""
    template = '{"NodeList": "${nodes}"}'
    assert hosts(listed("n-1", "10.0.0.1"), VNF, template=template) == {"n-1": "10.0.0.1"}
    assert hosts({"NodeList": ["vm-a"]}, VNF, template=template) == {"vm-a": None}


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"EnvParameters": {"ansible_become_password": "x"}}, id="EnvParameters"),
        pytest.param({"ExtraVars": {"ansible_ssh_common_args": "-o ProxyCommand=id"}}, id="ExtraVars"),
        pytest.param({"ExtraVars": '{"ansible_python_interpreter": "/tmp/e"}'}, id="JSON in a string"),
        pytest.param({"LocalParameters": {"n": {"ansible_connection": "local"}}}, id="LocalParameters"),
        pytest.param({"EnvParameters": {"hostvars": {}}}, id="hostvars"),
        pytest.param({"EnvParameters": {"appc": {}}}, id="the controller's own"),
        pytest.param({"NodeList": [{"vm-info": [{"ne_id": "n", "ansible_user": "root"}]}]}, id="NodeList"),
        pytest.param({"FileParameters": {"../x": ""}}, id="a file that leads up"),
        pytest.param({"FileParameters": {"a/b": ""}}, id="a file in a folder"),
        pytest.param({"FileParameters": {"-x": ""}}, id="a file that is an option"),
        pytest.param({"FileParameters": {".x": ""}}, id="a hidden file"),
        pytest.param({"Timeout": "-1"}, id="a negative limit"),
        pytest.param({"Timeout": 0}, id="no time at all"),
        pytest.param({"AutoNodeList": "perhaps"}, id="neither true nor false"),
    ],
)
def test_variables_that_steer_ansible_are_refused(fields: dict[str, Any]) -> None:
    """Connections, privileges and interpreters are the artifact's device settings, and nobody else's."""
    with pytest.raises(NotPlayable):
        hosts(fields)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        pytest.param({"Timeout": "soon"}, "Timeout: must be a whole number", id="a whole number"),
        pytest.param({"Timeout": 0}, "Timeout: must be greater than or equal to 1", id="a range"),
        pytest.param({"NodeList": "n-1"}, "NodeList: must be a list", id="a list"),
        pytest.param({"ExtraVars": {"vars": 1}}, "ExtraVars: vars: names of Ansible's own", id="our own words"),
        pytest.param({"PlaybookName": ""}, "PlaybookName: is missing", id="absent"),
    ],
)
def test_what_is_wrong_with_a_field_is_said_plainly(fields: dict[str, Any], says: str) -> None:
    """As with the settings of devices."""
    with pytest.raises(NotPlayable, match=f"^the artifact's template, {says}"):
        hosts(fields)


@pytest.mark.parametrize(
    ("timeout", "seconds"),
    [
        pytest.param("60", 60, id="digits"),
        pytest.param("2147483648", 2_147_483_648, id="many digits"),
        pytest.param("60.0", 60, id="as JSON may write it"),
        pytest.param(60.0, 60, id="a number"),
    ],
)
def test_the_limit_is_any_whole_number(timeout: object, seconds: int) -> None:
    """An `operations-timeout` may stand there in the words of the request; the smallest limit counts in the end."""
    assert PlaybookFields.of({"PlaybookName": "x", "Timeout": timeout}).timeout_s == seconds


def test_the_connection_is_the_artifacts() -> None:
    """Its device settings, by Ansible's names."""
    device = {"user": "ops", "port": "2222", "interpreter": "/usr/bin/python3", "become": "true", "url-of-me": "x"}
    job = a_job({"PlaybookName": "x", "NodeList": ["n-1"]}, device=device)
    read = PlaybookFields.read(job.content)
    assert inventory_of(nodes_of(read, job), read, device, "/nowhere")["all"]["vars"] == {
        "ansible_user": "ops",
        "ansible_port": "2222",
        "ansible_python_interpreter": "/usr/bin/python3",
        "ansible_become": "true",
    }
