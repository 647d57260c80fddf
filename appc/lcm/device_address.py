"""Where a device is: an address of the inventory, which a request may choose among but never add to."""

from ipaddress import ip_address

from appc.lcm.errors import InvalidInputParameter
from appc.lcm.payloads import payload_members, request_parameters
from appc.lcm.ports.device import DeviceJob

#: What a request calls the host of a NETCONF device, and that of a REST service (guide, "Configure", "HealthCheck").
NETCONF_HOST, REST_HOST = "vnf-host-ip-address", "host-ip-address"


def device_address(job: DeviceJob, name: str) -> str:
    """The address that `request-parameters.<name>` chooses, else the one of the VNFC type, else the VNF's own.

    The VNFC type is the request's, else that of the artifact.
    Raises: InvalidInputParameter (301) where the inventory does not list it for this VNF, or lists none.
    Source: facts section 7.7.
    """
    vnf, parameters = job.vnf, request_parameters(payload_members(job.task.request.payload))
    if given := parameters.get(name):
        if (address := _canonical(given)) not in vnf.addresses:
            raise InvalidInputParameter(
                f"payload.request-parameters.{name}: the inventory lists no address {given} for VNF {vnf.vnf_id}"
            )
        return address
    vnfc_type = parameters.get("vnfc-type") or job.artifact.key.vnfc_type
    of_type = {vnfc.address for vnfc in vnf.vnfcs if vnfc.address and vnfc.type == vnfc_type} if vnfc_type else set()
    if len(of_type) == 1:
        return of_type.pop()
    if not vnf.address:
        raise InvalidInputParameter(
            f"payload.request-parameters.{name} is absent, and the inventory has no address of VNF {vnf.vnf_id}"
        )
    return vnf.address


def _canonical(given: object) -> str:
    try:
        return str(ip_address(str(given)))
    except ValueError:
        return ""
