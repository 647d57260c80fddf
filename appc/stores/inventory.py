"""The inventory: which VNFs there are, of which type, with which VMs, VNFCs and modules (INVENTORY_FILE).

The file is YAML or JSON; docs/inventory.md describes it, field by field.
"""

import logging
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from appc.lcm.errors import InvalidInputParameter
from appc.lcm.phases import STABLE_STATES, stable_state
from appc.lcm.ports.failures import Misconfigured
from appc.lcm.ports.inventory import VfModule, Vm, Vnf, Vnfc
from appc.lcm.vm_id import vm_uuid
from appc.stores.marked_yaml import Marked, Place, read, validated

_log = logging.getLogger(__name__)

#: The type of every VNF where nobody keeps an inventory (contract section 2, INVENTORY_FILE).
DEFAULT_TYPE = "default"


def _server_id(text: str) -> str:
    try:
        return vm_uuid(text, "id")
    except InvalidInputParameter:
        raise ValueError("is no UUID") from None


def _state(text: str) -> str:
    if (state := stable_state(text)) is None:
        raise ValueError(f"{text} is no stable state; these are: {', '.join(STABLE_STATES)}")
    return state


def _address(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        raise ValueError(f"{text} is no IP address") from None


Text = Annotated[str, StringConstraints(min_length=1)]
State = Annotated[str, AfterValidator(_state)]
Address = Annotated[str, AfterValidator(_address)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class _VmRow(_Row):
    id: Annotated[str, AfterValidator(_server_id)]
    name: Text | None = None
    cloud: Text | None = None
    state: State | None = None
    module: Text | None = None
    addresses: list[Address] = []

    def vm(self) -> Vm:
        return Vm(self.id, self.name, self.cloud, self.state, self.module, tuple(self.addresses))


class _VnfcRow(_Row):
    name: Text
    vm: Text | None = None
    type: Text | None = None
    state: Text | None = None
    address: Address | None = None


class _ModuleRow(_Row):
    id: Text
    name: Text | None = None
    model: Text | None = None


class _VnfRow(_Row):
    id: Text
    name: Text | None = None
    type: Text | None = None
    state: State | None = None
    address: Address | None = None
    vms: list[_VmRow] = []
    vnfcs: list[_VnfcRow] = []
    modules: list[_ModuleRow] = []

    def vnf(self) -> Vnf:
        vms = tuple(row.vm() for row in self.vms)
        ids = {_reference(each): vm.vm_id for vm in vms for each in (vm.vm_id, vm.name) if each}
        vnfcs = tuple(
            Vnfc(row.name, ids[_reference(row.vm)] if row.vm else None, row.type, row.state, row.address)
            for row in self.vnfcs
        )
        modules = tuple(VfModule(row.id, row.name, row.model) for row in self.modules)
        return Vnf(self.id, self.type, self.state, vms, vnfcs, modules, self.name, self.address)


class _Document(_Row):
    vnfs: list[_VnfRow]


class FileInventory:
    """Port Inventory on INVENTORY_FILE: read when this is built, and again by `refresh` whenever it has changed."""

    def __init__(self, path: Path) -> None:
        """Raises: Misconfigured with every fault of the file, by line and field."""
        self._path = path
        self._signature = _signature(path)  # taken before reading: what is written meanwhile is read again
        self._vnfs = _vnfs(path)

    def refresh(self) -> None:
        """Read the file again if it is another than before; readers see all of the old or all of the new.

        A file that is broken or gone keeps the old inventory, and is logged once, each fault by line and field.
        """
        signature = _signature(self._path)
        if signature == self._signature:
            return
        self._signature = signature
        try:
            self._vnfs = _vnfs(self._path)
        except Misconfigured as error:
            for fault in error.faults:
                _log.error("the new inventory is not used, the old one stays: %s", fault)
        else:
            _log.info("%s was read again: %d VNFs", self._path.name, len(self._vnfs))

    def vnf(self, vnf_id: str) -> Vnf | None:
        """The VNF of the file, or None."""
        return self._vnfs.get(vnf_id)

    def __iter__(self) -> Iterator[Vnf]:
        """Every VNF, in the order of the file."""
        return iter(self._vnfs.values())

    def __len__(self) -> int:
        """How many VNFs there are."""
        return len(self._vnfs)


class OpenInventory:
    """Port Inventory where nobody keeps one: every vnf-id is known, of type `default`."""

    def vnf(self, vnf_id: str) -> Vnf | None:
        """A VNF of which nothing else is known."""
        return Vnf(vnf_id, DEFAULT_TYPE)


def _signature(path: Path) -> tuple[int, ...]:
    """Another one for every change of the file, also where it is replaced by one of the same age and size."""
    try:
        status = path.stat()
    except OSError:
        return ()
    return (status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size)


def _vnfs(path: Path) -> Mapping[str, Vnf]:
    marked = read(path)
    document = validated(marked, _Document)
    marked.unique(marked.pick("vnfs", "*", "id"))
    marked.unique(marked.pick("vnfs", "*", "vms", "*", "id"), _reference)
    for place, _ in marked.pick("vnfs", "*"):
        _check_vnf(marked, place)
    marked.settle()
    return {row.id: row.vnf() for row in document.vnfs} if document else {}


def _check_vnf(marked: Marked, place: Place) -> None:
    marked.unique(marked.pick(*place, "vms", "*", "name"))
    marked.unique(marked.pick(*place, "vnfcs", "*", "name"))
    marked.unique(marked.pick(*place, "modules", "*", "id"))
    modules = {each for _, each in marked.pick(*place, "modules", "*", "id")}
    for vm, each in marked.pick(*place, "vms", "*", "module"):
        if isinstance(each, str) and each and each not in modules:
            marked.fault(vm, f"{each} is the id of no module of this VNF")
    vms = {_reference(each) for key in ("id", "name") for _, each in marked.pick(*place, "vms", "*", key)}
    for vnfc, each in marked.pick(*place, "vnfcs", "*", "vm"):
        if isinstance(each, str) and each and _reference(each) not in vms:
            marked.fault(vnfc, f"{each} is neither the id nor the name of a VM of this VNF")


def _reference(value: object) -> str:
    """What ids and names are compared by: a UUID in lower case with dashes, else the text itself."""
    try:
        return vm_uuid(str(value), "id")
    except InvalidInputParameter:
        return str(value)
