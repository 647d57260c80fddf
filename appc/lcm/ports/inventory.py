"""Port Inventory: what is known of VNFs, their VMs and VNFCs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Vm:
    """A VM of the inventory. `cloud` is a name of clouds.yaml; `state` a stable state of the target's machine."""

    vm_id: str
    name: str | None = None
    cloud: str | None = None
    state: str | None = None


@dataclass(frozen=True)
class Vnf:
    """A VNF of the inventory. `vms` is None where nobody keeps an inventory; `vnfcs` maps each VNFC to its VM's id."""

    vnf_id: str
    type: str | None
    state: str | None = None
    vms: tuple[Vm, ...] | None = None
    vnfcs: Mapping[str, str | None] = field(default_factory=dict)


class Inventory(Protocol):
    """What is known of VNFs."""

    def vnf(self, vnf_id: str) -> Vnf | None:
        """The VNF, or None if the inventory does not know it."""
