"""The Ansible executor: self-service jobs by playbooks."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appc.lcm.errors import DgFailure, DgWorkflowNotFound, InvalidInputParameter
from appc.lcm.ports.device import DeviceJob, DeviceResult
from appc.lcm.ports.execution import Run
from appc.southbound.ansible.catalogue import Playbooks
from appc.southbound.ansible.failures import NotPlayable, PlaybookMissing
from appc.southbound.ansible.fields import PlaybookFields
from appc.southbound.ansible.nodes import inventory_of, nodes_of
from appc.southbound.ansible.play import Play
from appc.southbound.ansible.playing import Player, carried_out
from appc.southbound.ansible.results import Secrets, result_of
from appc.southbound.ansible.server import AnsibleServer


@dataclass(frozen=True)
class Folders:
    """Where things are on this machine. `plays`: made and removed for each play; `data`: lasts, for playbooks."""

    playbooks: Path
    plays: Path
    data: Path


class AnsibleExecutor:
    """Port DeviceExecutor. An artifact whose device settings have a `url` goes to that Ansible server."""

    def __init__(self, folders: Folders, player: Player, server: AnsibleServer) -> None:
        self._folders = folders
        self._playbooks = Playbooks(folders.playbooks)
        self._player = player
        self._server = server

    def close(self) -> None:
        """Release everything; plays that still run are killed."""
        self._player.close()

    def examine(self, job: DeviceJob) -> None:
        """Check 7. Raises: DgWorkflowNotFound (307) if the playbook is missing, InvalidInputParameter (301)."""
        try:
            fields = PlaybookFields.read(job.content)
            nodes_of(fields, job)
            if "url" not in job.artifact.device:
                self._playbooks.find(fields.playbook_name)
        except PlaybookMissing as problem:
            raise DgWorkflowNotFound(str(problem)) from None
        except NotPlayable as problem:
            raise InvalidInputParameter(str(problem)) from None

    def carry_out(self, job: DeviceJob, run: Run) -> DeviceResult:
        """Play the template's playbook. Raises: DgFailure (401), what the run raises."""
        try:
            fields = PlaybookFields.read(job.content)
            if "url" in job.artifact.device:
                return self._server.carry_out(job, fields, nodes_of(fields, job), run)
            return self._play(job, fields, run)
        except NotPlayable as problem:
            raise DgFailure(str(problem)) from None

    def _play(self, job: DeviceJob, fields: PlaybookFields, run: Run) -> DeviceResult:
        playbook, nodes = self._playbooks.find(fields.playbook_name), nodes_of(fields, job)

        def play_in(folder: Path) -> Play:
            inventory = inventory_of(nodes, fields, job.artifact.device, str(folder))
            variables = {**fields.variables(str(folder / "files")), "appc": self._about(job, folder)}
            return Play(playbook, inventory, variables, fields.file_parameters)

        limit_s = min(fields.timeout_s or run.remaining_s(), run.remaining_s())
        report = carried_out(self._player, self._folders.plays, play_in, run, limit_s)
        secrets = Secrets(job.parameters, fields.env_parameters, fields.extra_vars, fields.local_parameters)
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
