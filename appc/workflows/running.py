"""Running configurations, as Audit, Sync and the actions that change them need them: read, stored, sent on."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from uuid import uuid4

from appc.lcm.artifact import chosen
from appc.lcm.errors import DgFailure
from appc.lcm.payloads import PublishConfigPayload
from appc.lcm.ports.bus import Refused
from appc.lcm.ports.configurations import StoredConfiguration
from appc.lcm.ports.device import Configuration, DeviceJob
from appc.lcm.ports.execution import Run
from appc.lcm.ports.failures import Unavailable
from appc.lcm.ports.outside import Ports
from appc.lcm.record import Task
from appc.lcm.routing import filled_job, wanted_artifact
from appc.lcm.withheld import Secrets
from appc.workflows.self_service import carried_out, device_job


@dataclass(frozen=True)
class Reading:
    """A job that reads the configuration of this VNFC type; None: that of the VNF."""

    vnfc_type: str | None
    job: DeviceJob


def readings(task: Task, ports: Ports) -> Iterator[Reading]:
    """One for each VNFC type that has a current configuration, one for the VNF where none has.

    A request that names a VNFC type is about that one alone.
    Raises: DgFailure (401) as device_job does, InvalidInputParameter, Unavailable.
    """
    job = device_job(task, ports)
    wanted = wanted_artifact(task.request, job.vnf)
    stored = {each.vnfc_type for each in ports.configurations.current(job.vnf.vnf_id)}
    for vnfc_type in [wanted.vnfc_type] if wanted.vnfc_type or not stored else sorted(stored, key=str):
        particular = replace(wanted, vnfc_type=vnfc_type)
        artifact = chosen(particular, ports.artifacts.newest(wanted.vnf_type, wanted.action))
        usual = artifact is None or artifact.key == job.artifact.key
        yield Reading(vnfc_type, job if artifact is None or usual else filled_job(task, artifact, job.vnf, ports))


def read_running(reading: Reading, ports: Ports, run: Run) -> StoredConfiguration:
    """The configuration that runs now, not stored yet. Raises: DgFailure (401), Unavailable."""
    result = carried_out(reading.job, ports, run)
    if result.configuration is None:
        problem = result.configuration_problem or f"the {reading.job.artifact.protocol} executor returned none"
        raise DgFailure(f"unable to get the running config. {problem}")
    return to_store(reading, result.configuration, ports)


def to_store(reading: Reading, configuration: Configuration, ports: Ports) -> StoredConfiguration:
    """The configuration under an id of its own, with what it was read for. Raises: Unavailable."""
    vnf, request = reading.job.vnf, reading.job.task.request
    secrets = _known_secrets(reading.job, ports).standing_in(configuration.content)
    return StoredConfiguration(
        str(uuid4()),
        vnf.vnf_id,
        vnf.type or "",
        reading.vnfc_type,
        request.action,
        request.key.request_id,
        request.key.originator_id,
        ports.clock.now(),
        configuration.content,
        configuration.format,
        tuple(secrets),
    )


def _known_secrets(job: DeviceJob, ports: Ports) -> Secrets:
    """What the request and the template give under secrets' names, the device's password, and what was given before."""
    values = [each for current in ports.configurations.current(job.vnf.vnf_id) for each in current.secrets]
    if file := job.artifact.device.get("password-file"):
        with suppress(DgFailure):  # it was taken away after it had been used
            values.append(ports.credentials.secret(file))
    return Secrets(*job.given, {"secret": values})


def to_be_published(task: Task) -> bool:
    """Whether the request's publish-config is Y."""
    return PublishConfigPayload.parse(task.request.payload).publish_config == "Y"


def sent_on(stored: StoredConfiguration, current: bool, ports: Ports) -> list[str]:
    """Send it to whoever keeps configurations outside; the texts of what went wrong with that."""
    try:
        ports.feed.publish(stored, current)
    except (Unavailable, Refused) as error:
        return [f"Configuration {stored.upload_config_id} could not be published. {error}"]
    return []


def ids_member(ids: Sequence[str], name: str = "upload_config_id") -> dict[str, object]:
    """A member of the payload: the id, or the ids where there are several."""
    return {name: ids[0] if len(ids) == 1 else list(ids)} if ids else {}
