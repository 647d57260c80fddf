"""HealthCheck, UpgradePreCheck and UpgradePostCheck: a check that ran and found a fault has succeeded (400).

Contract section 6; guide, "HealthCheck", "UpgradePreCheck", "UpgradePostCheck".
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from appc.lcm.errors import DgFailure
from appc.lcm.outcome import Outcome
from appc.lcm.ports.device import DeviceJob
from appc.lcm.ports.execution import Run
from appc.lcm.ports.outside import Ports
from appc.lcm.record import Task
from appc.workflows.self_service import carried_out, device_job, payload_text

#: What each check may find: good, bad. The first is what its report is called by.
_FINDINGS = {
    "HealthCheck": ("state", "healthy", "unhealthy"),
    "UpgradePreCheck": ("upgrade-status", "Available", "Not Available"),
    "UpgradePostCheck": ("upgrade-status", "Completed", "Failed"),
}


def health_check(task: Task, ports: Ports, run: Run) -> Outcome:
    """The payload is identifier, state and time, with info and fault where the VNF is unhealthy or says so.

    Raises: DgFailure (401) if it could not run or does not say how the VNF is.
    """
    job = device_job(task, ports)
    report = _report(job, carried_out(job, ports, run).payload)
    payload: dict[str, Any] = {
        "identifier": report.get("identifier") or job.vnf.vnf_id,
        "state": report["state"],
        "time": report.get("time") or f"{ports.clock.now():%Y-%m-%dT%H:%M:%SZ}",
    }
    if report["state"] == "unhealthy":
        payload |= {"info": "", "fault": {}}
    payload |= {name: report[name] for name in ("info", "fault") if name in report}
    return Outcome.success(payload=payload_text(payload))


def upgrade_check(task: Task, ports: Ports, run: Run) -> Outcome:
    """The payload is upgrade-status, and the message where the status is the bad one.

    Raises: DgFailure (401) if it could not run or does not say what it found.
    """
    job = device_job(task, ports)
    result = carried_out(job, ports, run)
    report = _report(job, result.payload)
    status, message = report["upgrade-status"], report.get("message") or result.message
    _, good, _ = _FINDINGS[task.action.name]
    payload = {"upgrade-status": status} | ({} if status == good else {"message": str(message)})
    return Outcome.success(payload=payload_text(payload))


def _report(job: DeviceJob, payload: Mapping[str, Any] | None) -> dict[str, Any]:
    """What the check reports, with its finding in the guide's spelling; of several hosts' reports a bad one first."""
    name, *words = _FINDINGS[job.task.action.name]
    reports = [_spelt(report, name, words) for report in _reports(payload or {}, name)]
    if not reports:
        raise DgFailure(f"{job.task.action.name} ran, but its result has no {name} ({' or '.join(words)})")
    if unknown := [report[name] for report in reports if report[name] not in words]:
        raise DgFailure(f"{job.task.action.name} ran and found {name} {unknown[0]!r}, which is none of {words}")
    return min(reports, key=lambda report: report[name] == words[0])


def _reports(payload: Mapping[str, Any], name: str) -> Iterator[dict[str, Any]]:
    """The payload where it is the report itself, else those in it, host by host."""
    dashed = {key.replace("_", "-"): value for key, value in payload.items()}
    if name in dashed:
        yield dashed
    else:
        for inner in payload.values():
            if isinstance(inner, Mapping):
                yield from _reports(inner, name)


def _spelt(report: dict[str, Any], name: str, words: Sequence[str]) -> dict[str, Any]:
    said = str(report[name]).strip().lower().replace("_", " ")
    return report | {name: next((word for word in words if word.lower() == said), report[name])}
