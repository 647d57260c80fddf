"""From action identifiers to a target: check 3 by the message alone, check 6 by the inventory (contract section 4)."""

from dataclasses import dataclass

from appc.lcm.actions import Action, DeviceProtocol
from appc.lcm.errors import InvalidInputParameter, LcmError, MissingMandatoryParameter, MissingVnfData
from appc.lcm.payloads import VmPayload
from appc.lcm.phases import UNKNOWN
from appc.lcm.ports.inventory import Vm, Vnf
from appc.lcm.request import Request
from appc.lcm.target import Scope, Target
from appc.lcm.vm_id import vm_uuid

_IDS = "$.body.input.action-identifiers"


@dataclass(frozen=True)
class Wanted:
    """What the message alone says of the target. VM scope without a `vm_id`: its VNFC's VM, or the VNF's only one.

    `each_vm`: VNF scope that means the VNF's VMs, of which there must be one at least.
    """

    scope: Scope
    vm_id: str | None = None
    vnfc_name: str | None = None
    each_vm: bool = False


def wanted_by(request: Request, action: Action, inventoried: bool) -> Wanted:
    """Check 3: the scope. `inventoried`: whether somebody keeps an inventory of VMs.

    Raises: InvalidInputParameter (301), MissingMandatoryParameter (302).
    """
    if action.protocol is DeviceProtocol.OPENSTACK:
        return _wanted_vm(request, action, inventoried)
    ids = request.identifiers
    finest = ((Scope.VNFC, ids.vnfc_name), (Scope.VM, ids.vserver_id), (Scope.VF_MODULE, ids.vf_module_id))
    scope = next((scope for scope, given in finest if given), Scope.VNF)
    if scope not in action.scopes:
        if action.protocol is DeviceProtocol.SELF_SERVICE and action.scopes == {Scope.VNF}:
            return Wanted(Scope.VNF)
        names = {Scope.VNFC: "vnfc-name", Scope.VM: "vserver-id", Scope.VF_MODULE: "vf-module-id"}
        raise InvalidInputParameter(f"{_IDS}.{names[scope]}: {action.name} does not work at {scope} scope")
    if scope is Scope.VM and ids.vserver_id:
        return Wanted(scope, vm_uuid(ids.vserver_id, f"{_IDS}.vserver-id"))
    return Wanted(scope, vnfc_name=ids.vnfc_name if scope is Scope.VNFC else None)


def _wanted_vm(request: Request, action: Action, inventoried: bool) -> Wanted:
    ids = request.identifiers
    if ids.vserver_id:
        return Wanted(Scope.VM, vm_uuid(ids.vserver_id, f"{_IDS}.vserver-id"), ids.vnfc_name)
    if uuid := _vm_in_payload(request):
        return Wanted(Scope.VM, uuid, ids.vnfc_name)
    if ids.vf_module_id and not ids.vnfc_name:
        raise InvalidInputParameter(f"{_IDS}.vf-module-id: {action.name} does not work at VF-Module scope")
    if not inventoried:
        raise MissingMandatoryParameter("vserver-id", "without an inventory the VM must be named")
    if ids.vnfc_name:
        return Wanted(Scope.VM, vnfc_name=ids.vnfc_name)
    return Wanted(Scope.VNF, each_vm=True) if Scope.VNF in action.scopes else Wanted(Scope.VM)


def _vm_in_payload(request: Request) -> str | None:
    # A payload that cannot be read names no VM; what is wrong with it is check 4's to say.
    try:
        payload = VmPayload.parse(request.payload)
    except LcmError:
        return None
    vm = payload.vm
    return vm.uuid if vm else None


def same_vm(request: Request, payload: VmPayload) -> None:
    """Check 4: vserver-id and vm-id, both given, are one VM. Raises: InvalidInputParameter (301)."""
    vm, vserver_id = payload.vm, request.identifiers.vserver_id
    if vm and vserver_id and vm.uuid != vm_uuid(vserver_id, f"{_IDS}.vserver-id"):
        raise InvalidInputParameter(f"payload.vm-id is VM {vm.uuid}, but vserver-id is {vserver_id}")


@dataclass(frozen=True)
class Found:
    """The target as the inventory completes it, the VMs to act on and the target's first state."""

    target: Target
    vms: tuple[Vm, ...] = ()
    first_state: str = UNKNOWN


def find_target(wanted: Wanted, vnf: Vnf) -> Found:
    """Check 6: the target by the inventory.

    Raises: MissingVnfData (313), MissingMandatoryParameter (302), InvalidInputParameter (301).
    """
    if wanted.scope is Scope.VNF:
        if wanted.each_vm and not vnf.vms:
            raise MissingVnfData("vserver", vnf.vnf_id)
        return Found(Target(vnf.vnf_id), vnf.vms or (), vnf.state or UNKNOWN)
    if wanted.scope is Scope.VNFC:
        vm_id = _vm_of_vnfc(wanted.vnfc_name, vnf) if vnf.vms is not None else None
        return Found(Target(vnf.vnf_id, Scope.VNFC, vm_id, wanted.vnfc_name), first_state=vnf.state or UNKNOWN)
    vm = _vm(wanted, vnf)
    return Found(Target(vnf.vnf_id, Scope.VM, vm.vm_id), (vm,), vm.state or UNKNOWN)


def _vm(wanted: Wanted, vnf: Vnf) -> Vm:
    if vnf.vms is None and wanted.vm_id:
        return Vm(wanted.vm_id)
    vms = {vm.vm_id: vm for vm in vnf.vms or ()}
    vm_id = wanted.vm_id or (_vm_of_vnfc(wanted.vnfc_name, vnf) if wanted.vnfc_name else _only(vms, vnf))
    if vm_id is None:
        raise MissingVnfData(f"vserver of vnfc-name {wanted.vnfc_name}", vnf.vnf_id)
    if vm_id not in vms:
        raise MissingVnfData(f"vserver {vm_id}", vnf.vnf_id)
    vnfc = vnf.vnfc(wanted.vnfc_name)
    # a VNFC whose placement is not known cannot disagree
    if wanted.vnfc_name and (vnfc is None or vnfc.vm_id not in (vm_id, None)):
        raise InvalidInputParameter(f"{_IDS}.vnfc-name: {wanted.vnfc_name} does not run on VM {vm_id}")
    return vms[vm_id]


def _vm_of_vnfc(vnfc_name: str | None, vnf: Vnf) -> str | None:
    vnfc = vnf.vnfc(vnfc_name)
    if vnfc is None:
        raise MissingVnfData(f"vnfc-name {vnfc_name}", vnf.vnf_id)
    return vnfc.vm_id


def _only(vms: dict[str, Vm], vnf: Vnf) -> str:
    if len(vms) > 1:
        raise MissingMandatoryParameter("vserver-id", f"VNF {vnf.vnf_id} has {len(vms)} VMs")
    if not vms:
        raise MissingVnfData("vserver", vnf.vnf_id)
    return next(iter(vms))
