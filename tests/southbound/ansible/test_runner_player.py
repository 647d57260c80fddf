"""Playing by ansible-runner: the contract of players."""

import os
from pathlib import Path

import pytest

from appc.southbound.ansible.environment import play_environment
from appc.southbound.ansible.executor import AnsibleExecutor, Folders
from appc.southbound.ansible.playing import Player
from appc.southbound.ansible.runner_player import RunnerPlayer
from appc.stores.credentials import CredentialsFolder
from tests.fakes.run import FakeRun
from tests.southbound.ansible.jobs import PLAYBOOKS, a_job
from tests.southbound.ansible.player_contract import ATTACKS, PlayerContract


class TestRunnerPlayer(PlayerContract):
    """Each play takes a second and more."""

    mark = "7"
    attacks = ("\n".join(ATTACKS),)

    @pytest.fixture
    def player(self, environ: dict[str, str]) -> Player:
        """A player of the kind."""
        return RunnerPlayer(environ)


@pytest.mark.parametrize(
    ("config", "environ"),
    [
        pytest.param("host_key_checking = False", {}, id="ansible.cfg of PLAYBOOKS_DIR"),
        pytest.param("", {"ANSIBLE_HOST_KEY_CHECKING": "False"}, id="environment"),
    ],
)
def test_keys_of_hosts_are_checked_unless_the_operator_says_otherwise(
    config: str, environ: dict[str, str], tmp_path: Path
) -> None:
    """ansible-runner itself, which would not check any, says nothing."""
    (tmp_path / "ansible.cfg").write_text(f"[defaults]\n{config}\n")
    (tmp_path / "host_keys.yml").write_text((PLAYBOOKS / "host_keys.yml").read_text())
    player = RunnerPlayer(play_environment({**os.environ, **environ}, tmp_path, tmp_path))
    executor = AnsibleExecutor(Folders(tmp_path, tmp_path, tmp_path), player, CredentialsFolder(tmp_path))
    assert executor.carry_out(a_job({"PlaybookName": "host_keys"}), FakeRun()).payload == {"checked": False}
