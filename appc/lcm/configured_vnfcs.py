"""Which VNFCs an action has configured: what the inventory is told after Configure and ConfigScaleOut."""

from dataclasses import replace

from appc.lcm.ports.inventory import Vnf, Vnfc

#: The orchestration status that the guide gives a VNFC's record ("ConfigScaleOut").
CONFIGURED = "CONFIGURED"


def configured_vnfcs(vnf: Vnf, vnfc_type: str | None = None, vf_module_id: str | None = None) -> tuple[Vnfc, ...]:
    """The VNFCs to record as CONFIGURED: those of this type and of the module's VMs; None takes all.

    A VM of the module that no VNFC runs on yet was just instantiated: its VNFC is new and has the VM's name.
    """
    vms = [vm for vm in vnf.vms or () if vf_module_id is None or vm.vf_module_id == vf_module_id]
    ids = {vm.vm_id for vm in vms}
    known = [
        vnfc
        for vnfc in vnf.vnfcs
        if (vnfc_type is None or vnfc.type == vnfc_type) and (vf_module_id is None or vnfc.vm_id in ids)
    ]
    taken = {vnfc.vm_id for vnfc in vnf.vnfcs}
    fresh = [
        Vnfc(vm.name or vm.vm_id, vm.vm_id, vnfc_type, address=next(iter(vm.addresses), None))
        for vm in vms
        if vf_module_id is not None and vm.vm_id not in taken
    ]
    return tuple(replace(vnfc, state=CONFIGURED) for vnfc in (*known, *fresh))
