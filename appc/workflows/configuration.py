"""The actions that change a configuration, ConfigBackup and Sync: what runs then is stored (contract section 6).

What fails after the VNF itself was changed is an intermediate 501; the action has succeeded all the same.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from appc.lcm.configured import configured_vnfcs
from appc.lcm.errors import DgFailure
from appc.lcm.outcome import Outcome
from appc.lcm.ports.configurations import StoredConfiguration
from appc.lcm.ports.device import Configuration, DeviceJob, DeviceResult
from appc.lcm.ports.execution import Run
from appc.lcm.ports.failures import Unavailable
from appc.lcm.ports.inventory import NotRecorded
from appc.lcm.ports.outside import Ports
from appc.lcm.record import Task
from appc.lcm.routing import wanted_artifact
from appc.lcm.withheld import Secrets
from appc.workflows.running import Reading, ids_member, read_running, readings, sent_on, to_be_published, to_store
from appc.workflows.self_service import carried_out, device_job, payload_text


def configure(task: Task, ports: Ports, run: Run) -> Outcome:
    """Configure, ConfigScaleOut: as `modify`, and the VNFCs are recorded as configured. Raises: DgFailure (401)."""
    job = device_job(task, ports)
    outcome = _kept(job, carried_out(job, ports, run), ports)
    try:
        ports.vnfc_records.record_configured(job.vnf.vnf_id, configured_vnfcs(task.request, job.vnf))
    except (NotRecorded, Unavailable) as error:
        problem = f"Configuration is successful but unable to update the VNFC records in A&AI. {error}"
        return replace(outcome, partial=(*outcome.partial, problem))
    return outcome


def modify(task: Task, ports: Ports, run: Run) -> Outcome:
    """ConfigModify, ConfigRestore: what runs afterwards is the current configuration. Raises: DgFailure (401)."""
    job = device_job(task, ports)
    return _kept(job, carried_out(job, ports, run), ports)


def backup(task: Task, ports: Ports, run: Run) -> Outcome:
    """ConfigBackup: what runs is stored beside the current configuration, which stays the current one.

    A playbook that keeps it elsewhere returns none, and its own words are the payload. Raises: DgFailure (401) if it
    cannot be read or stored.
    """
    job = device_job(task, ports)
    result = carried_out(job, ports, run)
    payload = dict(result.payload or {})
    if result.configuration_problem:
        raise DgFailure(f"unable to get the running config. {result.configuration_problem}")
    if result.configuration:
        with _saving():
            running = _running(job, result.configuration, ports)
            ports.configurations.keep(running, current=False)
        payload = Secrets.of(running.secrets).taken_out_of_data(payload)
        payload |= ids_member([running.upload_config_id])
    return Outcome.success(result.message, payload_text(payload or None))


def sync(task: Task, ports: Ports, run: Run) -> Outcome:
    """What runs becomes the current configuration; sent on where publish-config is Y.

    Raises: DgFailure (401) if it cannot be read or stored.
    """
    ids, problems = list[str](), list[str]()
    for reading in readings(task, ports):
        with _saving():
            running = read_running(reading, ports, run)
            ports.configurations.keep(running, current=True)
        ids.append(running.upload_config_id)
        if to_be_published(task):
            problems += sent_on(running, True, ports)
    return replace(Outcome.success(payload=payload_text(ids_member(ids))), partial=tuple(problems))


def _running(job: DeviceJob, configuration: Configuration, ports: Ports) -> StoredConfiguration:
    """What the job read, for the VNFC type that its request is about. Raises: Unavailable."""
    return to_store(Reading(wanted_artifact(job.task.request, job.vnf).vnfc_type, job), configuration, ports)


@contextmanager
def _saving() -> Iterator[None]:
    """Where storing is all that the action is for. Raises: DgFailure (401)."""
    try:
        yield
    except Unavailable as error:
        raise DgFailure(f"unable to save the running config. {error}") from None


def _kept(job: DeviceJob, result: DeviceResult, ports: Ports) -> Outcome:
    """The outcome of a change: its configuration is stored and sent on."""
    payload, problems = dict(result.payload or {}), list[str]()
    if result.configuration:
        try:
            running = _running(job, result.configuration, ports)
            payload = Secrets.of(running.secrets).taken_out_of_data(payload)
            ports.configurations.keep(running, current=True)
            payload |= ids_member([running.upload_config_id])
            problems += sent_on(running, True, ports)
        except Unavailable as error:
            problems.append(f"Configuration is successful but unable to save the running config. {error}")
    elif result.configuration_problem:
        text = "Configuration is successful but unable to get the running config."
        problems.append(f"{text} {result.configuration_problem}")
    return replace(Outcome.success(result.message, payload_text(payload or None)), partial=tuple(problems))
