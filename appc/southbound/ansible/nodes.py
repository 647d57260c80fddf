"""Where a play runs: NodeList, or AutoNodeList from the inventory, as Ansible's inventory (facts 7.2)."""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from appc.lcm.payloads import payload_members
from appc.lcm.playbook_template import asks_for_hosts, is_reserved
from appc.lcm.ports.device import DeviceJob
from appc.lcm.ports.inventory import Vm, Vnf, Vnfc
from appc.southbound.ansible.failures import NotPlayable
from appc.southbound.ansible.fields import PlaybookFields

#: A name that is no option, no range of hosts, no pattern and no expression.
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?")
#: Names that mean something else to playbooks.
_ANSIBLES_OWN = frozenset({"all", "localhost", "ungrouped"})
#: What the artifact's device settings say of the connection, and Ansible's names for it.
_CONNECTION = {
    "user": "ansible_user",
    "port": "ansible_port",
    "connection": "ansible_connection",
    "interpreter": "ansible_python_interpreter",
    "become": "ansible_become",
    "key-file": "ansible_ssh_private_key_file",
    "password": "ansible_password",
}


@dataclass(frozen=True)
class Node:
    """A host of the play. `address`: where it is reached, if not by its name."""

    name: str
    address: str | None = None
    groups: tuple[str, ...] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)


def nodes_of(fields: PlaybookFields, job: DeviceJob) -> list[Node]:
    """The hosts that the template names, or those of the inventory; none where its owner asks for neither.

    Raises: NotPlayable if a host is none that this VNF may have, the inventory has none, or what fills the template
    names none.
    """
    if fields.auto_node_list or (fields.inventory_names and not fields.node_list):
        if nodes := list(_inventoried(job)):
            return nodes
        raise NotPlayable(
            f"Auto generation of Node List Failed - no elements on the list: the inventory has no host of"
            f" VNF {job.vnf.vnf_id} that the request's identifiers select"
        )
    nodes = [node for item in fields.node_list or () for node in _listed(item)]
    for node in nodes:
        _check(node, job)
    if not nodes and asks_for_hosts(job.artifact.template):  # a play for hosts never becomes one on this machine
        raise NotPlayable("the artifact's template asks for hosts, and what fills it names none")
    return nodes


def inventory_of(nodes: list[Node], fields: PlaybookFields, device: Mapping[str, str], folder: str) -> dict[str, Any]:
    """Ansible's inventory of these hosts; without any, of this machine.

    `device`: the artifact's settings of the connection, `password` and `key-file` as what they are. `folder`: where a
    play on this machine may write.
    """
    connection: dict[str, Any] = {_CONNECTION[name]: value for name, value in device.items() if name in _CONNECTION}
    if not nodes or device.get("connection") == "local":
        connection = {**_local(folder), **connection}
    groups: dict[str, dict[str, Any]] = {}
    hosts: dict[str, Any] = {}
    for node in nodes or [Node("localhost")]:
        where = {"ansible_host": node.address} if node.address else {}
        hosts[node.name] = {**node.variables, **fields.local_parameters.get(node.name, {}), **where}
        for group in node.groups:
            groups.setdefault(group, {"hosts": {}})["hosts"][node.name] = {}
    return {"all": {"hosts": hosts, "vars": connection, "children": groups}}


def here(folder: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """An inventory of this machine alone."""
    return {"all": {"hosts": {"localhost": {**_local(folder), **variables}}}}


def _local(folder: str) -> dict[str, Any]:
    """This machine, without any connection, by the Python that runs the controller."""
    interpreter = {"ansible_python_interpreter": sys.executable}
    return {"ansible_connection": "local", "ansible_remote_tmp": f"{folder}/tmp", **interpreter}


def _listed(item: object) -> Iterator[Node]:
    """The hosts of one entry: a name, or the guide's object of site, vnfc-type and vm-info."""
    if isinstance(item, str):
        yield Node(item)
        return
    if not isinstance(item, Mapping) or not isinstance(vms := item.get("vm-info", [item]), list):
        raise NotPlayable("the artifact's template, NodeList: an entry is a name, or an object with vm-info")
    groups = [item[name] for name in ("site", "vnfc-type") if item.get(name)]
    for vm in vms:
        if not isinstance(vm, Mapping):
            raise NotPlayable("the artifact's template, NodeList: vm-info is no list of objects")
        if steering := [name for name in vm if is_reserved(str(name))]:
            raise NotPlayable(f"the artifact's template, NodeList: {steering[0]} is a name of Ansible's own variables")
        address = vm.get("fixed_ip_address") or None
        yield Node(str(vm.get("ne_id") or address), address and str(address), tuple(map(_group, groups)), dict(vm))


def _inventoried(job: DeviceJob) -> Iterator[Node]:
    """The VNFCs that the request selects, or the VMs of a VNF without any."""
    vnf, ids = job.vnf, job.task.request.identifiers
    parameters = payload_members(job.task.request.payload).get("request-parameters")
    wanted_type = parameters.get("vnfc-type") if isinstance(parameters, Mapping) else None
    placed: list[tuple[Vnfc | None, Vm | None]] = [(vnfc, vnf.vm(vnfc.vm_id)) for vnfc in vnf.vnfcs]
    for vnfc, vm in placed or [(None, vm) for vm in vnf.vms or ()]:
        selected = (
            (ids.vserver_id, vm and vm.vm_id),
            (ids.vf_module_id, vm and vm.vf_module_id),
            (ids.vnfc_name, vnfc and vnfc.name),
            (wanted_type, vnfc and vnfc.type),
        )
        if all(given is None or str(given).lower() == str(has).lower() for given, has in selected):
            yield _node(vnf, vnfc, vm)


def _node(vnf: Vnf, vnfc: Vnfc | None, vm: Vm | None) -> Node:
    address = (vnfc and vnfc.address) or (vm.addresses[0] if vm and vm.addresses else None) or vnf.address
    name = (vnfc and vnfc.name) or (vm and (vm.name or vm.vm_id)) or vnf.vnf_id
    if not _NAME.fullmatch(name):
        raise NotPlayable(f"the inventory's {name!r} cannot be the name of a host")
    group = (_group(vnfc.type),) if vnfc and vnfc.type else ()
    return Node(name, address, group, {"ne_id": name, "fixed_ip_address": address})


def _check(node: Node, job: DeviceJob) -> None:
    """A host must be well-formed, and either written into the template by its owner or one of this VNF."""
    for text in (node.name, node.address):
        if text is not None and not _NAME.fullmatch(text) and not _is_address(text):
            raise NotPlayable(f"NodeList: {text[:100]!r} is no name or address of a host")
    if node.name.lower() in _ANSIBLES_OWN and json.dumps(node.name) not in job.artifact.template:
        raise NotPlayable(f"NodeList: {node.name} cannot be the name of a VNF's host")
    reached = node.address or node.name
    if json.dumps(reached) in job.artifact.template:
        return
    if job.vnf.vms is None:  # nobody keeps an inventory; but this machine is never a VNF's host by somebody's word
        if "localhost" in reached.lower() or _is_here(reached):
            raise NotPlayable(f"NodeList: {reached} is the controller's own machine")
    elif reached not in job.vnf.addresses | _names(job.vnf):
        raise NotPlayable(f"NodeList: the inventory knows no host {reached} of VNF {job.vnf.vnf_id}")


def _names(vnf: Vnf) -> frozenset[str]:
    return frozenset({vnfc.name for vnfc in vnf.vnfcs} | {vm.name for vm in vnf.vms or () if vm.name})


def _is_address(text: str) -> bool:
    try:
        return bool(ip_address(text))
    except ValueError:
        return False


def _is_here(text: str) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        # inet_aton takes these for addresses: 127.1, 0x7f000001, 2130706433
        return re.fullmatch(r"[0-9.]+|0[xX][0-9a-fA-F.xX]+", text) is not None
    return address.is_loopback or address.is_unspecified


def _group(text: object) -> str:
    """A group is a variable's name in Ansible."""
    return re.sub(r"\W", "_", str(text), flags=re.ASCII)
