"""The Ansible executor: self-service jobs by playbooks."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appc.lcm.artifact import Artifact
from appc.lcm.device_settings import AnsibleSettings
from appc.lcm.errors import DgFailure, DgWorkflowNotFound, InvalidInputParameter
from appc.lcm.playbook_template import named_playbook
from appc.lcm.ports.credentials import Credentials
from appc.lcm.ports.device import DeviceJob, DeviceResult
from appc.lcm.ports.execution import Run
from appc.lcm.withheld import Secrets
from appc.southbound.ansible.catalogue import Playbooks
from appc.southbound.ansible.failures import NotPlayable, PlaybookMissing
from appc.southbound.ansible.fields import PlaybookFields
from appc.southbound.ansible.nodes import inventory_of, nodes_of
from appc.southbound.ansible.play import Play
from appc.southbound.ansible.playing import Player, carried_out
from appc.southbound.ansible.results import result_of


@dataclass(frozen=True)
class Folders:
    """Where things are on this machine. `plays`: made and removed for each play; `data`: lasts, for playbooks."""

    playbooks: Path
    plays: Path
    data: Path


class AnsibleExecutor:
    """Port DeviceExecutor. An artifact whose device settings have a `url` goes to that Ansible server."""

    def __init__(self, folders: Folders, player: Player, credentials: Credentials) -> None:
        self._folders = folders
        self._playbooks = Playbooks(folders.playbooks)
        self._player = player
        self._credentials = credentials

    def close(self) -> None:
        """Release everything; plays that still run are killed."""
        self._player.close()

    def find_parts(self, artifact: Artifact) -> None:
        """See DeviceExecutor; a playbook whose name is a parameter's is looked for when that is filled."""
        settings = AnsibleSettings.of(artifact)
        settings.find_files(self._credentials)
        name = named_playbook(artifact.template)
        if name and settings.url is None:
            with suppress(NotPlayable), _missing_is_307():
                self._playbooks.find(name)

    def examine(self, job: DeviceJob) -> None:
        """See DeviceExecutor."""
        try:
            fields = PlaybookFields.read(job.content)
            nodes_of(fields, job)
            if "url" not in job.artifact.device:
                with _missing_is_307():
                    self._playbooks.find(fields.playbook_name)
        except NotPlayable as problem:
            raise InvalidInputParameter(str(problem)) from None

    def carry_out(self, job: DeviceJob, run: Run) -> DeviceResult:
        """Play the template's playbook. Raises: DgFailure (401), what the run raises."""
        try:
            fields = PlaybookFields.read(job.content)
            device = self._device(job)
            if "url" in device:
                # Imported here because the HTTP client takes a tenth of a second, and few artifacts have a server.
                from appc.southbound.ansible.server import AnsibleServer, Order

                return AnsibleServer().carry_out(Order(job, fields, nodes_of(fields, job), device), run)
            return self._play(job, fields, device, run)
        except NotPlayable as problem:
            raise DgFailure(str(problem)) from None

    def _device(self, job: DeviceJob) -> dict[str, str]:
        """The artifact's device settings, with the credentials that they name. Raises: DgFailure (401)."""
        device = dict(job.artifact.device)
        if "password-file" in device:
            device["password"] = self._credentials.secret(device["password-file"])
        if "key-file" in device:
            device["key-file"] = str(self._credentials.file(device["key-file"]))
        return device

    def _play(self, job: DeviceJob, fields: PlaybookFields, device: Mapping[str, str], run: Run) -> DeviceResult:
        playbook, nodes = self._playbooks.find(fields.playbook_name), nodes_of(fields, job)
        secrets = Secrets(device, *job.given)

        def play_in(folder: Path) -> Play:
            inventory = inventory_of(nodes, fields, device, str(folder))
            variables = {**fields.variables(str(folder / "files")), "appc": self._about(job, folder)}
            return Play(playbook, inventory, variables, fields.file_parameters, secrets)

        limit_s = min(fields.timeout_s or run.remaining_s(), run.remaining_s())
        report = carried_out(self._player, self._folders.plays, play_in, run, limit_s)
        return result_of(report, fields.playbook_name, secrets)

    def _about(self, job: DeviceJob, folder: Path) -> Mapping[str, Any]:
        """The variable `appc` of every play."""
        request = job.task.request
        return {
            "action": request.action,
            "request_id": request.key.request_id,
            "vnf_id": request.vnf_id,
            "vnf_type": job.vnf.type,
            "vserver_id": request.identifiers.vserver_id,
            "vnfc_name": request.identifiers.vnfc_name,
            "parameters": job.parameters,
            "files": str(folder / "files"),
            "data": str(self._folders.data),
        }


@contextmanager
def _missing_is_307() -> Iterator[None]:
    try:
        yield
    except PlaybookMissing as problem:
        raise DgWorkflowNotFound(str(problem)) from None
