"""Playing by ansible-runner: the contract of players."""

import pytest

from appc.southbound.ansible.playing import Player
from appc.southbound.ansible.runner_player import RunnerPlayer
from tests.southbound.ansible.player_contract import ATTACKS, PlayerContract


class TestRunnerPlayer(PlayerContract):
    """Each play takes a second and more."""

    mark = "7"
    attacks = ("\n".join(ATTACKS),)

    @pytest.fixture
    def player(self, environ: dict[str, str]) -> Player:
        """A player of the kind."""
        return RunnerPlayer(environ)
