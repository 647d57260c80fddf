"""A&AI's objects, as far as they are read: generic-vnf, vserver, vnfc, vf-module and what relates them."""

from ipaddress import ip_address
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

from appc.lcm.errors import InvalidInputParameter
from appc.lcm.phases import stable_state
from appc.lcm.ports.inventory import CONFIGURED, VfModule, Vm, Vnfc
from appc.lcm.vm_id import vm_uuid


def _or_none(value: object) -> object:
    return value if isinstance(value, str) and value else None


def _list_in(name: str) -> BeforeValidator:
    """A&AI wraps lists: `{"vf-modules": {"vf-module": [...]}}`."""
    return BeforeValidator(lambda value: (value or {}).get(name, []) if isinstance(value, dict | None) else value)


Text = Annotated[str | None, BeforeValidator(_or_none)]


class _Object(BaseModel):
    model_config = ConfigDict(alias_generator=lambda name: name.replace("_", "-"), extra="ignore", frozen=True)


class _Datum(_Object):
    relationship_key: str
    relationship_value: str = ""


class Relationship(_Object):
    """What an object is related to."""

    related_to: str
    related_link: str
    relationship_data: list[_Datum] = []

    def value(self, key: str) -> str | None:
        """A key of the related object, `vf-module.vf-module-id` for instance."""
        return next((each.relationship_value for each in self.relationship_data if each.relationship_key == key), None)


class _Related(_Object):
    relationship_list: Annotated[list[Relationship], _list_in("relationship")] = []

    def related(self, kind: str) -> list[Relationship]:
        """Its relationships with objects of this kind."""
        return [each for each in self.relationship_list if each.related_to == kind]


class VfModuleObject(_Related):
    """A vf-module, inside its generic-vnf. Its model is told by invariant and version."""

    vf_module_id: str
    vf_module_name: Text = None
    model_invariant_id: Text = None
    model_version_id: Text = None

    def module(self, model_name: str | None) -> VfModule:
        """As the inventory has it."""
        return VfModule(self.vf_module_id, self.vf_module_name, model_name)


class GenericVnf(_Related):
    """A generic-vnf."""

    vnf_id: str
    vnf_name: Text = None
    vnf_type: Text = None
    orchestration_status: Text = None
    ipv4_oam_address: Text = None
    vf_modules: Annotated[list[VfModuleObject], _list_in("vf-module")] = []

    @property
    def state(self) -> str | None:
        """Its orchestration status, where that is a stable state of ours."""
        return stable_state(self.orchestration_status) if self.orchestration_status else None


class _Address(_Object):
    l3_interface_ipv4_address: Text = None
    l3_interface_ipv6_address: Text = None


class _Interface(_Object):
    l3_interface_ipv4_address_list: list[_Address] = []
    l3_interface_ipv6_address_list: list[_Address] = []


class Vserver(_Related):
    """A vserver: a VM."""

    vserver_id: str
    vserver_name: Text = None
    l_interfaces: Annotated[list[_Interface], _list_in("l-interface")] = []

    def vm(self, link: Relationship) -> Vm:
        """As the inventory has it; `link` leads to it, through its cloud region."""
        module = next(iter(self.related("vf-module")), None)
        found = [
            address(each.l3_interface_ipv4_address or each.l3_interface_ipv6_address)
            for interface in self.l_interfaces
            for each in (*interface.l3_interface_ipv4_address_list, *interface.l3_interface_ipv6_address_list)
        ]
        return Vm(
            server_id(self.vserver_id),
            self.vserver_name,
            link.value("cloud-region.cloud-region-id"),
            vf_module_id=module.value("vf-module.vf-module-id") if module else None,
            addresses=tuple(each for each in found if each),
        )


class VnfcObject(_Related):
    """A vnfc."""

    vnfc_name: str
    vnfc_type: Text = None
    nfc_naming_code: Text = None
    orchestration_status: Text = None
    ipaddress_v4_oam_vip: Text = None

    def vnfc(self) -> Vnfc:
        """As the inventory has it."""
        host = next(iter(self.related("vserver")), None)
        vm_id = host.value("vserver.vserver-id") if host else None
        return Vnfc(
            self.vnfc_name,
            vm_id and server_id(vm_id),
            self.vnfc_type or self.nfc_naming_code,
            self.orchestration_status,
            address(self.ipaddress_v4_oam_vip),
        )


def server_id(text: str) -> str:
    """As requests name it; what is no UUID stays what it is, and is found by nobody."""
    try:
        return vm_uuid(text, "vserver-id")
    except InvalidInputParameter:
        return text


def address(text: str | None) -> str | None:
    """As `ipaddress` prints it; None for what is no address."""
    try:
        return str(ip_address(text)) if text else None
    except ValueError:
        return None


def vnfc_content(vnfc: Vnfc, vnf_id: str, host: Relationship | None) -> dict[str, Any]:
    """A new vnfc, with what A&AI's schema requires, related to its VNF and to the vserver that runs it."""
    code = vnfc.type or vnfc.name
    key = {"relationship-key": "generic-vnf.vnf-id", "relationship-value": vnf_id}
    related: list[dict[str, Any]] = [{"related-to": "generic-vnf", "relationship-data": [key]}]
    if host:
        related.append(host.model_dump(by_alias=True))
    content = {
        "vnfc-name": vnfc.name,
        "nfc-naming-code": code,
        "nfc-function": code,
        "orchestration-status": CONFIGURED,
        "in-maint": False,
        "is-closed-loop-disabled": False,
        "relationship-list": {"relationship": related},
    }
    return content | ({"ipaddress-v4-oam-vip": vnfc.address} if vnfc.address and "." in vnfc.address else {})
