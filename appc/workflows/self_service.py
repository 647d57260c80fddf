"""The workflow of most self-service actions: fill the artifact's template and call the executor of its protocol."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from appc.lcm.errors import DgFailure
from appc.lcm.outcome import Outcome
from appc.lcm.ports.device import DeviceJob, DeviceResult
from appc.lcm.ports.execution import Run
from appc.lcm.ports.outside import Ports
from appc.lcm.record import Task
from appc.lcm.routing import filled_job
from appc.lcm.withheld import Secrets


def self_service(task: Task, ports: Ports, run: Run) -> Outcome:
    """Carry it out; what it says becomes the payload. Raises: DgFailure (401), a Rejected that comes too late."""
    result = carried_out(device_job(task, ports), ports, run)
    return Outcome.success(result.message, payload_text(result.payload))


def device_job(task: Task, ports: Ports) -> DeviceJob:
    """The task as its executor gets it, by the version of the artifact that it was judged by.

    Raises: DgFailure (401) if that is gone, or the VNF; InvalidInputParameter if it cannot be filled any more.
    """
    artifact = ports.artifacts.version(task.artifact) if task.artifact else None
    if artifact is None:
        raise DgFailure(f"the artifact for {task.artifact} was removed after the request was accepted")
    vnf = ports.inventory.vnf(task.request.vnf_id)
    if vnf is None:
        raise DgFailure(f"VNF {task.request.vnf_id} left the inventory after the request was accepted")
    return filled_job(task, artifact, vnf, ports)


def carried_out(job: DeviceJob, ports: Ports, run: Run) -> DeviceResult:
    """What came of the job; secrets that were given are in no payload. Raises: DgFailure (401), what the run raises."""
    device = ports.devices.get(job.artifact.protocol)
    if device is None:
        raise DgFailure(f"this controller has no executor for the protocol {job.artifact.protocol}")
    secrets = Secrets(*job.given)
    try:
        result = device.carry_out(job, run)
    except DgFailure as failure:  # a device may quote what it was sent
        raise DgFailure(secrets.struck_out_of(failure.detail)) from None
    problem = secrets.struck_out_of(result.configuration_problem)
    return replace(result, payload=secrets.taken_out_of_data(result.payload), configuration_problem=problem)


def payload_text(payload: Mapping[str, Any] | None) -> str | None:
    """The output's payload: a JSON object, None where there is none."""
    return None if payload is None else json.dumps(payload, ensure_ascii=False)
