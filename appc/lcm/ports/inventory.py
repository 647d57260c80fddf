"""Port Inventory: what is known of VNFs, their VMs, VNFCs and modules."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Vm:
    """A VM of the inventory. `cloud` is a name of clouds.yaml; `state` a stable state of the target's machine.

    `addresses` are IP addresses as `ipaddress` prints them, the one for management first.
    """

    vm_id: str
    name: str | None = None
    cloud: str | None = None
    state: str | None = None
    vf_module_id: str | None = None
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Vnfc:
    """A VNF component. `vm_id`: the VM that runs it, None where that is not known; `address`: of its management.

    `state` is its orchestration status, in the inventory's own words (`CONFIGURED`, …).
    """

    name: str
    vm_id: str | None = None
    type: str | None = None
    state: str | None = None
    address: str | None = None


@dataclass(frozen=True)
class VfModule:
    """A module of a VNF; ConfigScaleOut selects its artifact by `model_name` (guide, "ConfigScaleOut")."""

    vf_module_id: str
    name: str | None = None
    model_name: str | None = None


@dataclass(frozen=True)
class Vnf:
    """A VNF of the inventory. `vms` is None where nobody keeps an inventory; `address`: of its management."""

    vnf_id: str
    type: str | None
    state: str | None = None
    vms: tuple[Vm, ...] | None = None
    vnfcs: tuple[Vnfc, ...] = ()
    modules: tuple[VfModule, ...] = ()
    name: str | None = None
    address: str | None = None

    @property
    def addresses(self) -> frozenset[str]:
        """Every address that the inventory lists for this VNF, its VMs and its VNFCs: the only hosts it may name."""
        own = [self.address, *(vnfc.address for vnfc in self.vnfcs)]
        of_vms = [address for vm in self.vms or () for address in vm.addresses]
        return frozenset(address for address in (*own, *of_vms) if address)

    def vm(self, vm_id: str | None) -> Vm | None:
        """The VM of this id, in lower case with dashes."""
        return next((vm for vm in self.vms or () if vm.vm_id == vm_id), None)

    def vnfc(self, name: str | None) -> Vnfc | None:
        """The VNFC of this name."""
        return next((vnfc for vnfc in self.vnfcs if vnfc.name == name), None)

    def module(self, vf_module_id: str | None) -> VfModule | None:
        """The module of this id."""
        return next((module for module in self.modules if module.vf_module_id == vf_module_id), None)


class Inventory(Protocol):
    """What is known of VNFs."""

    def vnf(self, vnf_id: str) -> Vnf | None:
        """The VNF, or None if the inventory does not know it. May block for a few seconds.

        Raises: Unavailable if the inventory cannot be asked now: nobody knows whether there is such a VNF.
        """


#: The orchestration status that the guide gives a VNFC's record ("ConfigScaleOut").
CONFIGURED = "CONFIGURED"


class NotRecorded(Exception):
    """The inventory could not be updated; the text says what was refused, where and why."""


class VnfcRecords(Protocol):
    """Where it is recorded that VNFCs are configured (guide, "Configure" and "ConfigScaleOut")."""

    def record_configured(self, vnf_id: str, vnfcs: Sequence[Vnfc]) -> None:
        """Create or update the record of each of these, with the state CONFIGURED. May block; idempotent.

        Raises: NotRecorded: an intermediate 501, the action has succeeded all the same.
        """
