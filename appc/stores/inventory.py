"""The inventory: which VNFs there are, of which type, with which VMs and VNFCs (INVENTORY_FILE).

The file is YAML or JSON; docs/inventory.md describes it:

    vnfs:
      - id: vnf-1                  # the vnf-id of requests; required, unique
        type: vLB                  # without one all but ActionStatus is answered 313
        state: Configured          # a stable state, in any letter case
        vms:
          - id: 5f0c1a52-...       # the UUID of the server in OpenStack; required, unique in the file
            name: lb-1             # unique in its VNF
            cloud: east            # a name of clouds.yaml
            state: Running
        vnfcs:
          - name: lb-core          # the vnfc-name of requests; required, unique in its VNF
            vm: lb-1               # name or id of one of the VMs above; left out: not known
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from appc.lcm.errors import InvalidInputParameter
from appc.lcm.phases import STABLE_STATES, stable_state
from appc.lcm.ports.inventory import Vm, Vnf
from appc.lcm.vm_id import vm_uuid
from appc.stores.marked_yaml import Marked, Place, read, validated

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


Text = Annotated[str, StringConstraints(min_length=1)]
State = Annotated[str, AfterValidator(_state)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class _VmRow(_Row):
    id: Annotated[str, AfterValidator(_server_id)]
    name: Text | None = None
    cloud: Text | None = None
    state: State | None = None

    def vm(self) -> Vm:
        return Vm(self.id, self.name, self.cloud, self.state)


class _VnfcRow(_Row):
    name: Text
    vm: Text | None = None


class _VnfRow(_Row):
    id: Text
    type: Text | None = None
    state: State | None = None
    vms: list[_VmRow] = []
    vnfcs: list[_VnfcRow] = []

    def vnf(self) -> Vnf:
        vms = tuple(row.vm() for row in self.vms)
        ids = {_reference(each): vm.vm_id for vm in vms for each in (vm.vm_id, vm.name) if each}
        placed = {row.name: ids[_reference(row.vm)] if row.vm else None for row in self.vnfcs}
        return Vnf(self.id, self.type, self.state, vms, placed)


class _Document(_Row):
    vnfs: list[_VnfRow]


class FileInventory:
    """Port Inventory on INVENTORY_FILE, read when this is built."""

    def __init__(self, path: Path) -> None:
        """Raises: Misconfigured with every fault of the file, by line and field."""
        self._path = path
        self._vnfs: Mapping[str, Vnf] = {}
        self.reload()

    def reload(self) -> None:
        """Read the file again; readers see all of the old or all of the new.

        Raises: Misconfigured; the old inventory stays.
        """
        self._vnfs = _vnfs(self._path)

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
