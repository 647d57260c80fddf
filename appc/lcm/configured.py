"""Which VNFCs an action has configured (guide, "Configure" and "ConfigScaleOut")."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from appc.lcm.payloads import payload_members, request_parameters
from appc.lcm.ports.inventory import Vnf, Vnfc
from appc.lcm.request import Request


def configured_vnfcs(request: Request, vnf: Vnf) -> Sequence[Vnfc]:
    """Those that the payload lists (`request-parameters.vm[].vnfc[]`), else those of the inventory that it is about.

    These are the VNFC named, else those of the VNFC type and the module named, else all of the VNF. A VM of the
    module that no VNFC runs on yet was just instantiated: its VNFC is new, and has the VM's name.
    """
    parameters = request_parameters(payload_members(request.payload))
    return tuple(_listed(parameters, vnf)) or tuple(_inventoried(request, parameters, vnf))


def _listed(parameters: Mapping[str, Any], vnf: Vnf) -> Iterator[Vnfc]:
    for vm in _objects(parameters.get("vm")):
        vm_id = next((each.vm_id for each in vnf.vms or () if each.name and each.name == vm.get("vm-name")), None)
        for row in _objects(vm.get("vnfc")):
            if name := _text(row.get("vnfc-name")):
                known = vnf.vnfc(name) or Vnfc(name)
                yield replace(
                    known,
                    vm_id=known.vm_id or vm_id,
                    type=known.type or _text(row.get("vnfc-type")),
                    address=known.address or _text(row.get("ipaddress-v4-oam-vip")),
                )


def _inventoried(request: Request, parameters: Mapping[str, Any], vnf: Vnf) -> Iterator[Vnfc]:
    name, type_ = request.identifiers.vnfc_name, parameters.get("vnfc-type")
    module = parameters.get("vf-module-id") or request.identifiers.vf_module_id
    for vnfc in vnf.vnfcs:
        vm = vnf.vm(vnfc.vm_id)
        if (
            name in (None, vnfc.name)
            and type_ in (None, vnfc.type)
            and module in (None, vm.vf_module_id if vm else None)
        ):
            yield vnfc
    hosts = {vnfc.vm_id for vnfc in vnf.vnfcs}
    for vm in vnf.vms or ():
        if module and vm.vf_module_id == module and vm.vm_id not in hosts:
            yield Vnfc(vm.name or vm.vm_id, vm.vm_id, _text(type_), address=next(iter(vm.addresses), None))


def _objects(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
