"""Routing: check 7 of contract section 4. Who carries an action out for a VNF type, and where."""

from collections.abc import Mapping
from typing import Any

from appc.lcm.actions import ACTIONS
from appc.lcm.artifact import Artifact, ArtifactKey, ArtifactVersion, Source, chosen
from appc.lcm.errors import DgWorkflowNotFound, RequestNotSupported, WorkflowNotFound
from appc.lcm.filling import job_of
from appc.lcm.payloads import Payload, payload_members, request_parameters
from appc.lcm.ports.device import DeviceJob
from appc.lcm.ports.inventory import Vnf
from appc.lcm.ports.outside import Ports
from appc.lcm.record import Task
from appc.lcm.request import Request
from appc.lcm.target import Scope, Target
from appc.lcm.targeting import Found

#: At these scopes APPC does not look whether these are allowed (facts 6.6, "Capability detail").
_ALWAYS_ALLOWED = frozenset({"Start", "Stop", "Restart"})


def onto_vms(request: Request, vnf: Vnf, found: Found, payload: Payload, ports: Ports) -> Task:
    """A VM action goes to the executor of its row.

    Raises: WorkflowNotFound (308), RequestNotSupported (450), InvalidInputParameter (301) if no cloud can be told.
    """
    action = ACTIONS[request.action]
    executor = ports.executors.get(action.protocol)
    if executor is None or action.name not in executor.actions:
        raise WorkflowNotFound(vnf.type or "", action.name)
    _allowed(action.name, found.target, vnf, ports)
    vms = tuple(executor.place(payload, vm.vm_id, vm.cloud) for vm in found.vms)
    lane = f"openstack:{vms[0].cloud or ''}"
    return Task(request, found.target, action.protocol, lane, vms, found.first_state)


def by_artifact(request: Request, vnf: Vnf, found: Found, payload: Payload, ports: Ports) -> Task:
    """A self-service action goes to the executor of its artifact's protocol.

    What comes first in check 7 is found first, so that a gap in the artifact is not blamed on the request.
    Raises: WorkflowNotFound (308), DgWorkflowNotFound (307), RequestNotSupported (450), InvalidInputParameter (301).
    """
    action, vnf_type = ACTIONS[request.action], vnf.type or ""
    artifact = chosen(wanted_artifact(request, vnf), ports.artifacts.newest(vnf_type, action.name))
    if artifact is None:
        raise WorkflowNotFound(vnf_type, action.name)
    device = ports.devices.get(artifact.protocol)
    if device is None:
        raise DgWorkflowNotFound(f"no executor for the protocol {artifact.protocol} of the artifact for {artifact.key}")
    device.find_parts(artifact)
    _allowed(action.name, found.target, vnf, ports)
    task = Task(
        request,
        found.target,
        action.protocol,
        f"type:{vnf_type}",
        first_state=found.first_state,
        artifact=ArtifactVersion(artifact.key, artifact.version),
        limit_s=_limit_s(artifact, payload),
    )
    device.examine(filled_job(task, artifact, vnf, ports))
    return task


def filled_job(task: Task, artifact: Artifact, vnf: Vnf, ports: Ports) -> DeviceJob:
    """The task as its executor gets it, with the VNF's stored configuration where a parameter asks for that.

    Raises: InvalidInputParameter (301) that names a parameter that cannot be filled, Unavailable.
    """
    if all(each.source is not Source.STORED for each in artifact.parameters):
        return job_of(task, artifact, vnf)
    vnfc_type = wanted_artifact(task.request, vnf).vnfc_type
    current = ports.configurations.current(vnf.vnf_id)
    return job_of(task, artifact, vnf, next((each.content for each in current if each.vnfc_type == vnfc_type), None))


def _allowed(action: str, target: Target, vnf: Vnf, ports: Ports) -> None:
    allowed = ports.artifacts.capabilities(vnf.type or "").get(target.scope)
    if allowed is None or action in allowed or (target.scope is not Scope.VM and action in _ALWAYS_ALLOWED):
        return
    raise RequestNotSupported(f"the capabilities of VNF type {vnf.type} have no {action} at {target.scope} scope")


def _limit_s(artifact: Artifact, payload: Payload) -> int | None:
    return min((limit for limit in (artifact.time_limit_s, payload.limit_s) if limit), default=None)


def wanted_artifact(request: Request, vnf: Vnf) -> ArtifactKey:
    """What the request is about, as artifacts are selected by it."""
    parameters, ids = request_parameters(payload_members(request.payload)), request.identifiers
    vnfc = vnf.vnfc(ids.vnfc_name)
    module = vnf.module(_text(parameters, "vf-module-id") or ids.vf_module_id)
    return ArtifactKey(
        vnf.type or "",
        request.action,
        vnfc_type=_text(parameters, "vnfc-type") or (vnfc.type if vnfc else None),
        vf_module_model_name=module.model_name if module else None,
        controller_template_id=_text(parameters, "controller-template-id"),
    )


def _text(parameters: Mapping[str, Any], name: str) -> str | None:
    value = parameters.get(name)
    return value if isinstance(value, str) and value else None
