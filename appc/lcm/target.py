"""Scope and target: at which level an action works, and on what."""

from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """The levels of the guide, "API Scope"."""

    VNF = "VNF"
    VF_MODULE = "VF-Module"
    VNFC = "VNFC"
    VM = "VM"


@dataclass(frozen=True)
class ActionIdentifiers:
    """The ids of a request as they came; absent ones are None (guide, Table 2)."""

    vnf_id: str
    vserver_id: str | None = None
    vnfc_name: str | None = None
    vf_module_id: str | None = None
    service_instance_id: str | None = None


@dataclass(frozen=True)
class Target:
    """What a request acts on, resolved: the scope is *how wide*, the target is *what*.

    `vm_id` is a lower-case UUID: the VM of a VM target; for a VNFC target the VM it runs on, None
    where the placement is not known.
    """

    vnf_id: str
    scope: Scope = Scope.VNF
    vm_id: str | None = None
    vnfc_name: str | None = None

    @property
    def state_key(self) -> str:
        """Where the target's state is kept: per VM for VM scope, else per VNF (contract section 4)."""
        return f"vm:{self.vm_id}" if self.scope is Scope.VM else "vnf"

    def overlaps(self, other: "Target") -> bool:
        """Whether two targets of one VNF touch the same thing (contract section 4, Overlap).

        A VNFC whose placement is not known overlaps with every VM and VNFC.
        """
        if not {self.scope, other.scope} <= {Scope.VM, Scope.VNFC}:
            return True
        if self.scope is other.scope is Scope.VNFC and self.vnfc_name == other.vnfc_name:
            return True
        return self.vm_id is None or other.vm_id is None or self.vm_id == other.vm_id

    def __str__(self) -> str:
        if self.scope is Scope.VM:
            return f"VM {self.vm_id} of VNF {self.vnf_id}"
        if self.scope is Scope.VNFC:
            return f"VNFC {self.vnfc_name} of VNF {self.vnf_id}"
        return f"VNF {self.vnf_id}"
