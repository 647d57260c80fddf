"""What the tests of the Ansible executor share: a folder for plays, and an environment with secrets in it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from appc.southbound.ansible.environment import play_environment
from appc.southbound.ansible.warm_player import WarmPlayer
from tests.southbound.ansible.jobs import PLAYBOOKS


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where plays have their folders."""
    return tmp_path_factory.mktemp("plays")


@pytest.fixture(scope="session")
def environ(folder: Path) -> dict[str, str]:
    """The environment of plays, made of one that has secrets."""
    password = folder / "vault-password"
    password.write_text("vault-password")
    secrets = {"APPC_BUS_PASSWORD": "hush", "OS_PASSWORD": "hush", "ANSIBLE_VAULT_PASSWORD_FILE": str(password)}
    return play_environment({**os.environ, **secrets}, folder, PLAYBOOKS)


@pytest.fixture(scope="session")
def warm_player(folder: Path, environ: dict[str, str]) -> Iterator[WarmPlayer]:
    """One warm process for all."""
    player = WarmPlayer(folder, environ)
    yield player
    player.close()
