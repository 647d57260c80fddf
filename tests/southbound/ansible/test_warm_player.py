"""Playing in children of the warm process: the contract of players, and what is special about it."""

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from appc.lcm.errors import DgFailure
from appc.lcm.ports.device import DeviceResult
from appc.southbound.ansible.executor import AnsibleExecutor, Folders
from appc.southbound.ansible.playing import Player
from appc.southbound.ansible.warm_player import WarmPlayer
from appc.stores.credentials import CredentialsFolder
from tests.fakes.run import FakeRun
from tests.southbound.ansible.jobs import PLAYBOOKS, a_job
from tests.southbound.ansible.player_contract import ATTACKS, PlayerContract, processes_with

#: What a warm process may grow by over many plays, in KiB: pages that are touched for the first time.
_GROWS_KIB = 4096


class TestWarmPlayer(PlayerContract):
    """Many plays a second."""

    mark = "3"
    attacks = (*ATTACKS[:3], "\n".join(ATTACKS))

    @pytest.fixture
    def player(self, warm_player: WarmPlayer) -> Player:
        """A player of the kind."""
        return warm_player

    # What follows does not depend on the way of playing, and is tried on the fast one.

    def test_a_play_that_rescued_its_failures_succeeds_and_tells_no_secrets(self, executor: AnsibleExecutor) -> None:
        """Secrets that went in do not come out in the payload; members named after secrets never do."""
        variables = {"end": "secret data", "admin_password": "hunter2secret"}
        result = self.played(executor, {"PlaybookName": "ends", "EnvParameters": variables})
        assert result.payload == {"rescued": True, "token": "***", "text": "it is ***", "list": ["***"]}

    def test_secrets_of_the_request_are_taken_out_of_failures_and_progress(self, executor: AnsibleExecutor) -> None:
        """Also where a playbook's author puts them in."""
        variables = {"end": "secret", "admin_password": "hunter2secret"}
        run = FakeRun()
        with pytest.raises(DgFailure, match=r"failed on host localhost: connected with \*\*\* to nobody"):
            executor.carry_out(a_job({"PlaybookName": "ends", "EnvParameters": variables}), run)
        told = {what for what, _ in run.reports}
        assert "task log in with ***" in told
        assert not any("hunter2secret" in what for what in told)

    def test_secrets_are_known_however_they_are_quoted(self, executor: AnsibleExecutor) -> None:
        """By the playbook's author, or by Ansible in its own messages."""
        variables = {"end": "secret quoted", "admin_password": "Pa\"s's\\wörd 9"}
        result = self.played(executor, {"PlaybookName": "ends", "EnvParameters": variables})
        assert result.payload == {"rescued": True, "json": 'it is "***"', "shell": "it is '***'"}
        with pytest.raises(DgFailure, match=r"Invalid variable name .?\*\*\*.?\.$"):
            self.played(executor, {"PlaybookName": "ends", "EnvParameters": {**variables, "end": "secret name"}})

    def test_a_playbook_for_other_hosts_is_401(self, executor: AnsibleExecutor) -> None:
        """What has run nowhere has not succeeded."""
        with pytest.raises(DgFailure, match="playbook elsewhere ran on no host"):
            self.played(executor, {"PlaybookName": "elsewhere"})

    def test_plays_side_by_side_do_not_mix(self, executor: AnsibleExecutor) -> None:
        """Each has its own input and output."""

        def play(number: int) -> object:
            fields = {"PlaybookName": "number", "EnvParameters": {"number": number}}
            return (self.played(executor, fields).payload or {})["number"]

        with ThreadPoolExecutor(4) as pool:
            numbers = list(range(12))
            assert list(pool.map(play, numbers)) == numbers


def number_of(player: Player, folder: Path, number: int) -> object:
    """What a play says that is given a number."""
    job = a_job({"PlaybookName": "number", "EnvParameters": {"number": number}})
    return (an_executor(player, folder).carry_out(job, FakeRun()).payload or {})["number"]


def an_executor(player: Player, folder: Path) -> AnsibleExecutor:
    """An executor on the test's playbooks."""
    return AnsibleExecutor(Folders(PLAYBOOKS, folder, folder), player, CredentialsFolder(folder))


def warm_processes(folder: Path) -> list[int]:
    """The ids of the warm processes that have their folder in this one."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        words = (entry / "cmdline").read_bytes().decode().split("\0") if (entry / "cmdline").exists() else []
        if "appc.southbound.ansible.fork_server" in words and any(word.startswith(str(folder)) for word in words):
            found.append(int(entry.name))
    return found


def test_a_warm_process_that_has_died_is_replaced(tmp_path: Path, environ: dict[str, str]) -> None:
    """The next play finds a new one; a play that was under way then gets to its end."""
    player = WarmPlayer(tmp_path, environ)
    try:
        assert number_of(player, tmp_path, 1) == 1
        (first,) = warm_processes(tmp_path)
        os.kill(first, signal.SIGKILL)
        assert [number_of(player, tmp_path, number) for number in (2, 3)] == [2, 3]
        (second,) = warm_processes(tmp_path)
        assert second != first
    finally:
        player.close()
    assert list(tmp_path.glob("run-*")) == []


def test_plays_end_with_their_controller(tmp_path: Path, environ: dict[str, str]) -> None:
    """Whoever closes the player, or is killed, leaves no play behind."""
    seconds = f"{os.getpid()}.5"
    player = WarmPlayer(tmp_path, environ)
    ends: list[DeviceResult | DgFailure] = []
    inside = threading.Event()

    class Watched(FakeRun):
        def progress(self, what: str, percent: int | None = None) -> None:
            super().progress(what, percent)
            if processes_with(seconds):
                inside.set()

    def play() -> None:
        job = a_job({"PlaybookName": "sleep", "EnvParameters": {"seconds": seconds}})
        try:
            ends.append(an_executor(player, tmp_path).carry_out(job, Watched()))
        except DgFailure as failure:
            ends.append(failure)

    playing = threading.Thread(target=play)
    playing.start()
    assert inside.wait(60)
    player.close()
    playing.join(60)
    assert processes_with(seconds) == []
    assert str(ends[0]) == ("DG FAILURE - playbook sleep.yml ended without a result: its process was killed")


def test_memory_does_not_grow(warm_player: WarmPlayer, folder: Path) -> None:
    """Nothing of a play stays in the warm process."""
    number_of(warm_player, folder, 0)
    (warm,) = warm_processes(folder)
    before = resident_kib(warm)
    for number in range(20):
        number_of(warm_player, folder, number)
    assert resident_kib(warm) - before < _GROWS_KIB
    assert list(Path(f"/proc/{warm}/fd").iterdir()) == list(Path(f"/proc/{warm}/fd").iterdir())


def resident_kib(pid: int) -> int:
    """The memory that a process has, in KiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")))
