"""The commands of contract section 1: what they print and how they end."""

import json
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from appc.cli import app
from appc.commands.actions import action_rows
from appc.lcm.actions import ACTIONS
from tests.e2e.conftest import Start

Run = Callable[..., CompletedProcess[str]]


@pytest.mark.parametrize(
    ("settings", "code", "said"),
    [
        pytest.param({"http_port": "70000"}, 2, "HTTP_PORT", id="a bad value"),
        pytest.param({"http_host": "0.0.0.0"}, 2, "HTTP_USERS_FILE", id="beyond loopback without users"),
        pytest.param({"inventory_file": "none.yaml"}, 2, "none.yaml", id="a file that is not there"),
        pytest.param({"bus_url": "pulsar://127.0.0.1:1"}, 2, "BUS_URL", id="a bus that nobody knows"),
    ],
)
def test_a_wrong_setting_stops_the_start_and_is_named(run: Run, settings: dict[str, str], code: int, said: str) -> None:
    """Exit code 2, the name and what is allowed on standard error."""
    ended = run("serve", **settings)
    assert (ended.returncode, said in ended.stderr) == (code, True), ended.stderr


def test_a_port_that_is_taken_is_told(start: Start, run: Run) -> None:
    """Exit code 1 and the address."""
    port = start("serve").url.rpartition(":")[2]
    ended = run("serve", http_port=port, state_dir="other")
    assert ended.returncode == 1
    assert f"port {port}" in ended.stderr


def test_send_shows_each_answer_and_ends_with_its_result(start: Start, run: Run, tmp_path: Path) -> None:
    """Stop, Snapshot and Start of a VM of the demonstration's cloud, by the command line alone."""
    cloud = start("demo-cloud", "--delay-s", "0.1", "--effects", "effects.jsonl")
    clouds_file = tmp_path / "var" / "demo-clouds.yaml"
    assert stat.S_IMODE(clouds_file.stat().st_mode) == 0o600
    assert cloud.process.stdout
    server = cloud.process.stdout.readline().split()[0]
    url = start("serve", clouds_file=str(clouds_file)).url
    stopped = run("send", "Stop", "--vnf-id", "v", "--vserver-id", server, url=url)
    assert stopped.returncode == 0
    assert [line.split()[0] for line in stopped.stdout.splitlines()] == ["100", "400"]
    snapshot = run("send", "Snapshot", "--vnf-id", "v", "--vserver-id", server, "--json", url=url)
    answers = [json.loads(line)["body"]["output"] for line in snapshot.stdout.splitlines()]
    assert [answer["status"]["code"] for answer in answers] == [100, 400]
    assert answers[-1]["snapshot-id"]
    begun = run("send", "Start", "--vnf-id", "v", "--vserver-id", server, "--no-wait", url=url)
    assert (begun.returncode, begun.stdout.split()[0]) == (0, "100")
    done = [json.loads(line)["operation"] for line in (tmp_path / "effects.jsonl").read_text().splitlines()]
    assert done[:2] == ["os-stop", "createImage"]


def test_a_rejected_request_ends_with_1(start: Start, run: Run) -> None:
    """And says why."""
    ended = run("send", "Audit", "--vnf-id", "v", "--payload", '{"publish-config": "Y"}', url=start("serve").url)
    assert ended.returncode == 1
    assert "308 WORKFLOW NOT FOUND" in ended.stdout


def test_locks_are_taken_asked_about_and_given_back(start: Start, run: Run) -> None:
    """`appc lock`, `appc check-lock`, `appc unlock`, `appc status`."""
    url = start("serve").url
    assert run("lock", "v", "--request-id", "mine", url=url).returncode == 0
    assert "locked: TRUE" in run("check-lock", "v", url=url).stdout
    assert run("unlock", "v", "--request-id", "other", url=url).returncode == 1
    assert run("unlock", "v", "--request-id", "mine", url=url).returncode == 0
    assert "locked: FALSE" in run("check-lock", "v", url=url).stdout
    asked = run("status", "nobody", "--vnf-id", "v", url=url)
    assert asked.returncode == 0 and "NOT_FOUND" in asked.stdout


def test_without_a_controller_the_reason_is_on_standard_error(run: Run) -> None:
    """Exit code 1; it names the address."""
    ended = run("check-lock", "v", url="http://127.0.0.1:9")
    assert ended.returncode == 1
    assert "http://127.0.0.1:9" in ended.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("send",), id="no action"),
        pytest.param(("send", "Stop"), id="no VNF"),
        pytest.param(("send", "Stopp", "--vnf-id", "v"), id="no such action"),
        pytest.param(("send", "Stop", "--vnf-id", "v", "--payload", "@nothing.json"), id="no such file"),
        pytest.param(("send", "Stop", "--vnf-id", "v", "--mode", "GENTLE"), id="no such mode"),
        pytest.param(("dance",), id="no such command"),
    ],
)
def test_wrong_usage_ends_with_2(run: Run, arguments: tuple[str, ...]) -> None:
    """And says what is wrong, on standard error."""
    ended = run(*arguments)
    assert ended.returncode == 2
    assert ended.stderr


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        pytest.param("appc send Dis", ["DistributeTraffic", "DistributeTrafficCheck"], id="actions"),
        pytest.param("appc send Start --mode ", ["NORMAL", "EXCLUSIVE"], id="modes"),
    ],
)
def test_the_shell_is_offered_the_words_there_are(words: str, offered: list[str]) -> None:
    """As bash asks for them at a Tab."""
    asked = {"_APPC_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    assert sorted(CliRunner().invoke(app, prog_name="appc", env=asked).stdout.split()) == sorted(offered)


def test_actions_as_json_are_an_array_of_33(run: Run) -> None:
    """With the members that the contract promises."""
    rows = json.loads(run("actions", "--json").stdout)
    assert len(rows) == 33
    assert all({"action", "rpc-name", "scopes", "executor", "payload"} <= set(row) for row in rows)


@pytest.mark.parametrize("columns", ["80", "120"])
def test_no_word_of_the_table_of_actions_is_broken(run: Run, monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    """On a terminal of the usual width as well; lines are folded behind the commas."""
    monkeypatch.setenv("COLUMNS", columns)
    shown = run("actions").stdout
    assert max(map(len, shown.splitlines())) <= int(columns)
    words = set(re.split(r"[\s,*]+", shown))
    for row in action_rows(ACTIONS.values()):
        assert words >= {row["action"], row["executor"], *row["scopes"], *row["payload"]}
        assert all(f"{key}*" in shown for key, need in row["payload"].items() if need == "required")


def test_check_says_what_is_wrong_field_by_field(run: Run, tmp_path: Path) -> None:
    """0 for a good body, 1 for a bad one, each fault on a line of its own."""
    header = {"timestamp": "2026-01-02T03:04:05Z", "api-ver": "2.00", "originator-id": "o", "request-id": "r"}
    good = {"input": {"common-header": header, "action": "Lock", "action-identifiers": {"vnf-id": "v"}}}
    (tmp_path / "good.json").write_text(json.dumps(good))
    (tmp_path / "bad.json").write_text(json.dumps({"input": {"action": "Lock"}}))
    assert run("check", "good.json").returncode == 0
    bad = run("check", "bad.json")
    assert bad.returncode == 1
    assert "common-header" in bad.stdout and "action-identifiers" in bad.stdout
    assert run("check", "missing.json").returncode == 2


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param(("check", "/dev/zero"), 1, id="check"),
        pytest.param(("send", "Stop", "--vnf-id", "v", "--payload", "@/dev/zero"), 2, id="payload"),
    ],
)
def test_no_more_is_read_than_a_message_may_hold(run: Run, arguments: tuple[str, ...], code: int) -> None:
    """A file may have no end."""
    ended = run(*arguments)
    assert (ended.returncode, "larger than" in ended.stdout + ended.stderr) == (code, True), ended.stderr


def test_doctor_has_a_line_for_everything_and_names_the_cure(run: Run, tmp_path: Path) -> None:
    """A cloud that does not answer is bad: exit code 1."""
    assert run("doctor").returncode == 0
    (tmp_path / "clouds.yaml").write_text(
        "clouds: {gone: {auth: {auth_url: 'http://127.0.0.1:9/v3', username: u, password: hidden-secret,"
        " project_name: p, user_domain_name: Default, project_domain_name: Default}}}"
    )
    ended = run("doctor", clouds_file="clouds.yaml")
    assert ended.returncode == 1
    assert "gone" in ended.stdout and "clouds.yaml" in ended.stdout
    assert "hidden-secret" not in ended.stdout + ended.stderr
    assert (ended.stderr, "DG FAILURE" in ended.stdout) == ("", False)
    (tmp_path / "inventory.yaml").write_text(f"vnfs: [{{id: v, type: t, vms: [{{id: {uuid4()}, cloud: nowhere}}]}}]")
    ended = run("doctor", clouds_file="clouds.yaml", inventory_file="inventory.yaml")
    assert "the inventory names cloud nowhere, which is not there  → configured are gone" in ended.stdout


def test_doctor_looks_at_artifacts_and_their_parts(run: Run, tmp_path: Path) -> None:
    """What no controller starts with is bad, and so is an artifact that lacks its playbook."""
    assert "19 artifacts of 1 VNF type, in " in run("doctor").stdout
    (tmp_path / "templates" / "vDemo").mkdir(parents=True)
    manifest = tmp_path / "templates" / "vDemo" / "vnf-type.yaml"
    rows = "{action: Sync, protocol: ansible, template: t.json}, {action: Audit, protocol: chef}"
    manifest.write_text(f"vnf-type: vDemo\nartifacts: [{rows}]")
    (tmp_path / "templates" / "vDemo" / "t.json").write_text('{"PlaybookName": "vDemo/none"}')
    ended = run("doctor", templates_dir="templates")
    assert ended.returncode == 1
    assert "artifacts  Sync of VNF type vDemo: there is no playbook 'vDemo/none' in PLAYBOOKS_DIR  → " in ended.stdout
    assert "artifacts  Audit of VNF type vDemo: artifacts of Chef are not carried out" in ended.stdout
    manifest.write_text("vnf-type: vDemo\nartifacts: [{}]")
    ended = run("doctor", templates_dir="templates")
    assert ended.returncode == 1
    assert "artifacts  TEMPLATES_DIR: vDemo/vnf-type.yaml:2: artifacts[0].action: is missing  → mend" in ended.stdout


def test_the_state_directory_is_for_its_owner_only(start: Start, tmp_path: Path) -> None:
    """0700, and 0600 for what is in it (contract sections 2 and 8)."""
    start("serve")
    state = tmp_path / "var"
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    files = [Path(folder) / name for folder, _, names in os.walk(state) for name in names]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_the_demo_answers_everything_as_expected(run: Run) -> None:
    """`appc demo` ends with 0 only if every answer was the expected one."""
    ended = run("demo")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "✗" not in ended.stdout
