"""`appc artifact` and `appc config` from outside, on a controller with the demonstration's VNF type."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import PIPE, CompletedProcess
from typing import Any

import pytest

import appc.demo
from tests.e2e.conftest import Start

Run = Callable[..., CompletedProcess[str]]
Command = Callable[..., CompletedProcess[str]]

VNF = "vfw-demo"
INVENTORY = Path(appc.demo.__file__).with_name("inventory.yaml")


@pytest.fixture
def command(start: Start, run: Run) -> Command:
    """Run a command against a controller that knows the demonstration's VNF, in a terminal that is too narrow."""
    url = start("serve", inventory_file=str(INVENTORY)).url

    def ask(*arguments: str, stdout: int = PIPE) -> CompletedProcess[str]:
        return run(*arguments, stdout=stdout, url=url)

    return ask


@pytest.fixture
def on_a_terminal(command: Command) -> Iterator[Command]:
    """The same, with standard output on a terminal; what that shows has to fit its buffer."""
    screen, terminal = os.openpty()

    def ask(*arguments: str) -> CompletedProcess[str]:
        done = command(*arguments, stdout=terminal)
        return CompletedProcess(done.args, done.returncode, os.read(screen, 4096).decode(), done.stderr)

    yield ask
    os.close(terminal)
    os.close(screen)


def shown(done: CompletedProcess[str]) -> list[list[str]]:
    """The words of each line."""
    assert done.returncode == 0, done.stderr
    return [line.split() for line in done.stdout.splitlines()]


def rows(done: CompletedProcess[str]) -> list[dict[str, Any]]:
    """What `--json` prints."""
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_every_artifact_has_one_line_with_its_whole_id(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """However narrow the terminal is; the id is what `appc artifact show` takes."""
    monkeypatch.setenv("COLUMNS", "30")
    found = rows(command("artifact", "list", "--json"))
    heading, *lines = shown(command("artifact", "list"))
    assert heading == ["id", "vnf-type", "action", "version", "protocol"]
    columns = ("id", "vnf-type", "action", "version", "protocol")
    assert lines == [[str(each[column]) for column in columns] for each in found]
    one = command("artifact", "show", lines[0][0])
    assert json.loads(one.stdout)["action"] == found[0]["action"]


def test_what_an_artifact_is_particular_about_is_listed(command: Command, tmp_path: Path) -> None:
    """So that those for one type and action can be told apart."""
    rows = "{action: Sync, protocol: rest, vnfc-type: lb}, {action: Sync, protocol: rest}"
    (tmp_path / "vnf-type.yaml").write_text(f"vnf-type: a\nartifacts: [{rows}]")
    assert shown(command("artifact", "add", "vnf-type.yaml"))[0][-1] == "vnfc-type"
    _, plain, particular, *_ = shown(command("artifact", "list"))
    assert (plain[1:], particular[1:]) == (["a", "Sync", "1", "rest"], ["a", "Sync", "1", "rest", "lb"])


def test_a_vnf_without_configurations_is_told(command: Command) -> None:
    """Rather than by an empty table alone."""
    listed = command("config", "list", "nosuch")
    assert (listed.returncode, "no configuration of VNF nosuch is stored" in listed.stderr) == (0, True)


def test_what_was_configured_is_listed_shown_and_compared(command: Command) -> None:
    """Two Configures: the newest is current; a difference ends with 1, none with 0."""
    for hostname in ("first", "second"):
        payload = json.dumps({"configuration-parameters": {"hostname": hostname}})
        done = command("send", "Configure", "--vnf-id", VNF, "--payload", payload)
        assert done.returncode == 0, done.stdout + done.stderr
    newest, oldest = rows(command("config", "list", VNF, "--json"))
    assert (newest["current"], oldest["current"]) == (True, False)
    heading, second, first = shown(command("config", "list", VNF))
    assert (heading[0], second[:2], first[0]) == (
        "current",
        ["*", newest["upload_config_id"]],
        oldest["upload_config_id"],
    )
    content = command("config", "show", newest["upload_config_id"])
    assert json.loads(content.stdout)["hostname"] == "second"
    differing = command("config", "diff", oldest["upload_config_id"], newest["upload_config_id"])
    assert (differing.returncode, "first" in differing.stdout, "second" in differing.stdout) == (1, True, True)
    assert command("config", "diff", newest["upload_config_id"], newest["upload_config_id"]).returncode == 0


def test_a_terminal_is_not_steered_by_a_configuration(command: Command, on_a_terminal: Command) -> None:
    """What would colour it or turn its text is shown as an escape; a pipe gets the configuration as it is."""
    hostname = "\N{RIGHT-TO-LEFT OVERRIDE}mlac"
    payload = json.dumps({"configuration-parameters": {"hostname": hostname}})
    assert command("send", "Configure", "--vnf-id", VNF, "--payload", payload).returncode == 0
    (stored,) = rows(command("config", "list", VNF, "--json"))
    piped, seen = (ask("config", "show", stored["upload_config_id"]).stdout for ask in (command, on_a_terminal))
    assert hostname in piped
    assert seen.splitlines() == piped.replace(hostname, r"\u202emlac").splitlines()


def test_an_id_that_nobody_has_is_told(command: Command) -> None:
    """Exit code 1, and which one."""
    for arguments in (("artifact", "show", "nobody"), ("artifact", "remove", "nobody"), ("config", "show", "nobody")):
        done = command(*arguments)
        assert done.returncode == 1
        assert "nobody" in done.stderr
