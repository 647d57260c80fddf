"""A controller with the installation's artifacts and playbooks, real Ansible, and a VNF for each row and scenario."""

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from appc.lcm.actions import DeviceProtocol
from appc.lcm.artifact import Artifact, ArtifactKey
from appc.lcm.catalogue import Catalogue
from appc.lcm.ports.inventory import Vnf
from appc.lcm.request import Request
from appc.southbound.ansible.executor import AnsibleExecutor, Folders
from appc.southbound.ansible.playing import Player
from appc.stores.artifacts.folder import read_templates
from appc.stores.credentials import CredentialsFolder
from tests.fakes.device import ports_of
from tests.fakes.inventory import FakeInventory
from tests.fakes.lives import World
from tests.self_service.rows import ROWS

CHECKOUT = Path(__file__).parents[2]
#: VNF types of the scenarios; that of the demonstration has everything.
DEMO, SLOW, ASKING, NOTHING = "vFW-demo", "slow", "asking", "nothing"

#: How long a whole column of plays may take on a busy machine, in seconds.
_PATIENCE_S = 100.0

SLEEP = """
- hosts: all
  gather_facts: false
  tasks:
    - name: sleep
      ansible.builtin.command: {argv: [sleep, "60"]}
"""


class Stage:
    """Requests go in, answers come out; several at once where they are for different VNFs."""

    def __init__(self, folder: Path, player: Player) -> None:
        self.data = folder / "data"
        self.data.mkdir()
        playbooks = folder / "playbooks"
        shutil.copytree(CHECKOUT / "playbooks", playbooks)
        (playbooks / "sleep.yml").write_text(SLEEP)
        self.ansible = AnsibleExecutor(Folders(playbooks, folder, self.data), player, CredentialsFolder(folder))
        self._inventory = FakeInventory()
        self.world = World(self._inventory)
        artifacts = _catalogue()
        ports = ports_of(
            self.world.executor, self._inventory, artifacts=artifacts, devices={DeviceProtocol.ANSIBLE: self.ansible}
        )
        self._life = self.world.life(workers=16, ports=ports).start()

    def close(self) -> None:
        """Stop the controller."""
        self.world.close()

    def vnf(self, vnf_id: str, vnf_type: str = DEMO) -> str:
        """A VNF of this type."""
        self._inventory.add(Vnf(vnf_id, vnf_type))
        return vnf_id

    def request(self, action: str, vnf_id: str, payload: dict[str, Any]) -> Request:
        """A request for the whole VNF."""
        return self.world.request(None, vnf_id, action, payload=json.dumps(payload) if payload else None)

    def ask(self, requests: Iterable[Request]) -> dict[str, list[dict[str, Any]]]:
        """Submit them at once; their answers by VNF, when each has its last."""
        asked = list(requests)
        self._life.submit(*asked)
        for request in asked:
            self.world.final(request, _PATIENCE_S)
        return {each.vnf_id: [json.loads(answer) for answer in self.world.answers(each)] for each in asked}


def _catalogue() -> Catalogue:
    """The installation's artifacts, and those of types that sleep, or ask for a parameter."""
    ansible = DeviceProtocol.ANSIBLE
    slow = [
        Artifact(ArtifactKey(SLOW, row.action), 1, ansible, '{"PlaybookName": "sleep"}', time_limit_s=2) for row in ROWS
    ]
    asking = [Artifact(ArtifactKey(ASKING, row.action), 1, ansible, '{"PlaybookName": "${book_name}"}') for row in ROWS]
    return Catalogue([*read_templates(CHECKOUT / "templates").all, *slow, *asking])
