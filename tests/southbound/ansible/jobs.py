"""Jobs for the Ansible executor, as the workflow hands them over."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from appc.lcm.actions import DeviceProtocol
from appc.lcm.artifact import Artifact, ArtifactKey
from appc.lcm.ports.device import DeviceJob
from appc.lcm.ports.inventory import Vnf
from appc.lcm.record import Task
from appc.lcm.target import ActionIdentifiers, Target
from tests.fakes.requests import a_request

PLAYBOOKS = Path(__file__).parent / "playbooks"


def a_job(
    fields: Mapping[str, Any] | str,
    *,
    action: str = "ConfigBackup",
    vnf: Vnf | None = None,
    identifiers: ActionIdentifiers | None = None,
    device: Mapping[str, str] | None = None,
    template: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    payload: str | None = None,
) -> DeviceJob:
    """A job whose filled template has these fields; `template`: as its owner wrote it, the same by default."""
    vnf = vnf or Vnf("vnf-1", "vDemo")
    content = fields if isinstance(fields, str) else json.dumps(fields)
    request = a_request(action, identifiers or ActionIdentifiers(vnf.vnf_id), payload=payload)
    artifact = Artifact(
        ArtifactKey("vDemo", action), 1, DeviceProtocol.ANSIBLE, template if template is not None else content,
        device=device or {},
    )  # fmt: skip
    task = Task(request, Target(vnf.vnf_id), DeviceProtocol.SELF_SERVICE, "type:vDemo")
    return DeviceJob(task, artifact, vnf, content, parameters or {})
