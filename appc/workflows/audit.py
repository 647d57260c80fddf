"""Audit: what runs against what is stored (guide, "Audit")."""

from collections.abc import Mapping
from dataclasses import replace

from appc.lcm.canonical import canonical
from appc.lcm.errors import DgFailure
from appc.lcm.outcome import Outcome
from appc.lcm.ports.configurations import StoredConfiguration
from appc.lcm.ports.execution import Run
from appc.lcm.ports.failures import Unavailable
from appc.lcm.ports.outside import Ports
from appc.lcm.record import Task
from appc.workflows.running import ids_member, read_running, readings, sent_on, to_be_published
from appc.workflows.self_service import payload_text


def audit(task: Task, ports: Ports, run: Run) -> Outcome:
    """400 where all that runs is as it is stored, else 401; the payload has the ids of the stored configurations.

    One that differs is stored beside the current one, published whatever publish-config says, and named in the
    payload as running_config_id. Raises: DgFailure (401) if nothing is stored or nothing can be read.
    """
    current = _current(task, ports)
    compared, differing, problems = list[str](), list[StoredConfiguration](), list[str]()
    for reading in readings(task, ports):
        stored = current.get(reading.vnfc_type)
        if stored is None:
            raise DgFailure(_nothing_stored(task))
        running = read_running(reading, ports, run)
        compared.append(stored.upload_config_id)
        if same(stored, running):
            problems += sent_on(stored, True, ports) if to_be_published(task) else ()
        else:
            differing.append(running)
            problems += _noted(running, ports)
    return replace(_outcome(compared, differing), partial=tuple(problems))


def same(stored: StoredConfiguration, running: StoredConfiguration) -> bool:
    """Whether they mean the same, by their format; what cannot be read by it is compared as text."""
    if stored.content == running.content:
        return True
    try:
        return stored.format == running.format and _canonical(stored) == _canonical(running)
    except ValueError:
        return False


def _canonical(configuration: StoredConfiguration) -> str:
    return canonical(configuration.content, configuration.format)


def _current(task: Task, ports: Ports) -> Mapping[str | None, StoredConfiguration]:
    current = {each.vnfc_type: each for each in ports.configurations.current(task.request.vnf_id)}
    if not current:
        raise DgFailure(_nothing_stored(task))
    return current


def _nothing_stored(task: Task) -> str:
    return f"Current configuration not found in the repository for vnf-id: {task.request.vnf_id}"


def _noted(running: StoredConfiguration, ports: Ports) -> list[str]:
    problems = []
    try:
        ports.configurations.keep(running, current=False)
    except Unavailable as error:
        problems.append(f"unable to save the running config. {error}")
    return problems + sent_on(running, False, ports)


def _outcome(compared: list[str], differing: list[StoredConfiguration]) -> Outcome:
    payload = ids_member(compared)
    if not differing:
        return Outcome.success(payload=payload_text(payload))
    ids = [each.upload_config_id for each in differing]
    failure = Outcome.of(DgFailure(f"The configurations do not match: running is {', '.join(map(_named, differing))}"))
    return replace(failure, payload=payload_text(payload | ids_member(ids, "running_config_id")))


def _named(running: StoredConfiguration) -> str:
    of_type = f" of VNFC type {running.vnfc_type}" if running.vnfc_type else ""
    return f"{running.upload_config_id}{of_type}"
