"""What a play's end means: a result with its payload, or a failure that says where and why."""

import json
from collections.abc import Mapping
from typing import Any

from appc.lcm.artifact import TemplateFormat
from appc.lcm.errors import DgFailure
from appc.lcm.ports.device import Configuration, DeviceResult
from appc.lcm.withheld import Secrets
from appc.southbound.ansible.play import PlayReport

#: Failures of hosts that are told one by one.
_TOLD = 3


def result_of(report: PlayReport, playbook: str, secrets: Secrets) -> DeviceResult:
    """What the playbook says by `set_stats` is the payload, or the member `payload` of it where it has one; its
    `info.configData` is the running configuration.

    Raises: DgFailure (401) with the failing host, task and message.
    """
    if report.code != 0:
        raise DgFailure(secrets.taken_out_of(f"playbook {playbook}: {_reasons(report)}"))
    if not report.hosts:
        raise DgFailure(f"playbook {playbook} ran on no host: its plays name other hosts than the template")
    # Ansible takes no name with a dash, like `upgrade-status`, for a variable: inside of one it does
    said = report.data.get("payload", report.data)
    payload = secrets.taken_out_of_data(dict(said)) if said and isinstance(said, Mapping) else None
    return DeviceResult(payload, configuration=configuration_in(report.data))


def configuration_in(output: Mapping[str, Any]) -> Configuration | None:
    """The running configuration that an Ansible server's `Output` holds (facts 7.3), or a playbook's `set_stats`."""
    info = output.get("info")
    data = info.get("configData") if isinstance(info, Mapping) else None
    if not data:
        return None
    if not isinstance(data, str):
        return Configuration(json.dumps(data, ensure_ascii=False), TemplateFormat.JSON)
    start = data.lstrip()[:1]
    by_start = {"{": TemplateFormat.JSON, "[": TemplateFormat.JSON, "<": TemplateFormat.XML}
    return Configuration(data, by_start.get(start, TemplateFormat.TEXT))


def _reasons(report: PlayReport) -> str:
    told = [str(failure) for failure in report.failures[:_TOLD]]
    if more := len(report.failures) - len(told):
        told.append(f"{more} more hosts failed")
    return "; ".join(told) or f"Ansible ended with exit code {report.code}: {' '.join(report.problem.split())}"
