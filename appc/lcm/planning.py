"""Planning: checks 2 to 7 of contract section 4. What passes is a Task; nothing is locked or stored yet."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from appc.lcm.actions import ACTIONS, Action, DeviceProtocol, same_rpc_name
from appc.lcm.configured import configured_vnfcs
from appc.lcm.errors import ExpiredRequest, InvalidInputParameter, MissingVnfData, VnfNotFound
from appc.lcm.payloads import Payload, VmPayload, payload_members, request_parameters
from appc.lcm.ports.execution import Executor
from appc.lcm.ports.inventory import Vnf
from appc.lcm.ports.outside import Ports
from appc.lcm.record import Task
from appc.lcm.request import Request
from appc.lcm.routing import by_artifact, onto_vms
from appc.lcm.target import Target
from appc.lcm.targeting import find_target, same_vm, wanted_by


@dataclass(frozen=True)
class Surroundings:
    """What requests are judged against. `default_ttl_s`, `clock_skew_s`: seconds (contract section 2)."""

    ports: Ports
    default_ttl_s: int = 30
    clock_skew_s: float = 1


def plan(request: Request, around: Surroundings, now: datetime) -> Task:
    """Checks 2 to 7, in that order; the first that fails decides.

    Raises: InvalidInputParameter (301), MissingMandatoryParameter (302), RequestParsingFailed (303),
    VnfNotFound (306), DgWorkflowNotFound (307), WorkflowNotFound (308), ExpiredRequest (311), MissingVnfData (313),
    RequestNotSupported (450). Unavailable flies: then nothing is decided.
    """
    action, ports = ACTIONS[request.action], around.ports
    vnf = ports.inventory.vnf(request.vnf_id)

    rpc_name_fits(request, action)  # 2
    wanted = wanted_by(request, action, inventoried=vnf is None or vnf.vms is not None)  # 3
    payload = read_payload(request, action, ports.executors.get(action.protocol))  # 4
    in_time(request, around, now)  # 5
    if action.name == "ActionStatus":  # it asks about requests, not about the VNF
        return Task(request, Target(request.vnf_id), action.protocol, lane="")
    known = inventoried_vnf(request, vnf)  # 6
    found = find_target(wanted, known)
    if action.synchronous:
        return Task(request, found.target, action.protocol, lane="")
    if action.protocol is not DeviceProtocol.SELF_SERVICE:
        return onto_vms(request, known, found, payload, ports)  # 7
    vnfc_type_is_inventoried(request, known)
    return by_artifact(request, known, found, payload, ports)  # 7


def rpc_name_fits(request: Request, action: Action) -> None:
    """Check 2. Raises: InvalidInputParameter (301)."""
    if not same_rpc_name(request.reply_to.rpc_name, action):
        raise InvalidInputParameter(
            f"$.rpc-name is {request.reply_to.rpc_name!r}, but that of {action.name} is {action.rpc_name!r}"
        )


def read_payload(request: Request, action: Action, executor: Executor | None) -> Payload:
    """Check 4. Raises: RequestParsingFailed (303), MissingMandatoryParameter (302), InvalidInputParameter (301)."""
    payload = action.payload.parse(request.payload)
    if isinstance(payload, VmPayload):
        if request.identity_url and payload.identity_url and request.identity_url != payload.identity_url:
            raise InvalidInputParameter("$.body.input.identity-url and payload.identity-url differ")
        payload = payload.model_copy(update={"identity_url": payload.identity_url or request.identity_url})
        same_vm(request, payload)
    if executor:
        executor.check(payload)
    return payload


def in_time(request: Request, around: Surroundings, now: datetime) -> None:
    """Check 5. Raises: InvalidInputParameter (301) for the future, ExpiredRequest (311) for the past."""
    if request.sent_at > now + timedelta(seconds=around.clock_skew_s):
        ahead_s = (request.sent_at - now).total_seconds()
        raise InvalidInputParameter(f"$.body.input.common-header.timestamp lies {ahead_s:.1f} s in the future")
    expires_at = request.expires_at(around.default_ttl_s)
    if now >= expires_at:
        raise ExpiredRequest(f"its TTL ran out {(now - expires_at).total_seconds():.1f} s ago")


def inventoried_vnf(request: Request, vnf: Vnf | None) -> Vnf:
    """Check 6, first half. Raises: VnfNotFound (306), MissingVnfData (313)."""
    if vnf is None:
        raise VnfNotFound(request.vnf_id)
    if not vnf.type:
        raise MissingVnfData("vnf-type", vnf.vnf_id)
    return vnf


def vnfc_type_is_inventoried(request: Request, vnf: Vnf) -> None:
    """Check 6, last part: a VNFC type that the payload names is one of the VNF's, as far as its VNFCs are known.

    It may be that of a VNFC that the request itself makes known. Raises: MissingVnfData (313).
    """
    named = request_parameters(payload_members(request.payload)).get("vnfc-type")
    types = {vnfc.type for vnfc in vnf.vnfcs}
    if not isinstance(named, str) or not named or not types or types & {None, named}:
        return
    if named not in (vnfc.type for vnfc in configured_vnfcs(request, vnf)):
        raise MissingVnfData(f"vnfc-type {named}", vnf.vnf_id)
