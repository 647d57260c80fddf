"""What the tests of self-service actions share: real Ansible."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from appc.southbound.ansible.environment import play_environment
from appc.southbound.ansible.warm_player import WarmPlayer


@pytest.fixture(scope="session")
def warm_player(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarmPlayer]:
    """One warm process for all."""
    folder: Path = tmp_path_factory.mktemp("plays")
    player = WarmPlayer(folder, play_environment(os.environ, folder, folder))
    yield player
    player.close()
