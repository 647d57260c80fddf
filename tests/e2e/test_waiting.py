"""The command line while it waits: each answer as it comes, Ctrl-C, time-outs, `appc watch`, and the shell's help."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from appc.demo.cloud import DemoCloud
from tests.e2e.conftest import PATIENCE_S, Start, clean_environment
from tests.pairs import Brokers, open_pair

Run = Callable[..., CompletedProcess[str]]
Process = subprocess.Popen[str]
Begin = Callable[..., Process]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """Start an `appc` command with both outputs in pipes; whatever still runs is ended.

    Ctrl-C reaches it as in a terminal, even where the tests run in the background of a shell, which ignores it.
    """
    with ExitStack() as stack:

        def begun(*arguments: str, **settings: str) -> Process:
            environ = clean_environment({f"APPC_{name.upper()}": value for name, value in settings.items()})
            process = stack.enter_context(
                subprocess.Popen(
                    ["env", "--default-signal=INT", sys.executable, "-m", "appc", *arguments],
                    cwd=tmp_path,
                    env=environ,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
            stack.callback(process.kill)
            return process

        yield begun


@pytest.fixture
def watch(begin: Begin) -> Begin:
    """Start `appc watch`, which follows the bus when this returns."""

    def watching(**settings: str) -> Process:
        process = begin("watch", **settings)
        assert process.stderr and process.stderr.readline().startswith("watching ")
        return process

    return watching


@pytest.fixture
def slow_cloud() -> Iterator[DemoCloud]:
    """A cloud that is never done while a test looks."""
    with DemoCloud(delay_s=120) as cloud:
        yield cloud


@pytest.fixture
def stopping(start: Start, slow_cloud: DemoCloud, tmp_path: Path) -> list[str]:
    """A controller, and the arguments that ask it for a Stop which takes long."""
    (tmp_path / "clouds.yaml").write_text(slow_cloud.clouds_yaml())
    url = start("serve", clouds_file="clouds.yaml").url
    return ["send", "Stop", "--vnf-id", "v", "--vserver-id", slow_cloud.servers()[0].id, "--request-id", "r-1", url]


def test_ctrl_c_says_how_to_ask_later(begin: Begin, run: Run, stopping: list[str]) -> None:
    """Exit code 1; the request goes on, and the command that is shown finds it."""
    *arguments, url = stopping
    sending = begin(*arguments, url=url)
    assert sending.stdout and sending.stdout.readline().startswith("100 ")
    sending.send_signal(signal.SIGINT)
    _, said = sending.communicate(timeout=PATIENCE_S)
    assert sending.returncode == 1
    command = said.splitlines()[-1].removeprefix("ask later:  appc ").split()
    assert command[:2] == ["status", "r-1"]
    assert "IN_PROGRESS" in run(*command, url=url).stdout


@pytest.mark.parametrize("store_url", ["sqlite:", "redis://127.0.0.1:1"])
def test_a_controller_waits_for_a_bus_that_is_away_at_its_start(begin: Begin, store_url: str) -> None:
    """Whatever its store: it says what it waits for and when it tries again; a stop ends that in order."""
    waiting = begin("serve", bus_url="kafka://127.0.0.1:1", store_url=store_url)
    assert waiting.stderr
    said = [waiting.stderr.readline() for _ in range(2)]
    assert all("127.0.0.1:1" in line and "next try in" in line for line in said)
    waiting.send_signal(signal.SIGTERM)
    assert waiting.wait(PATIENCE_S) == 0


def test_a_cloud_ends_in_order_however_often_it_is_told(begin: Begin) -> None:
    """A make that is told to end with all that it has started tells it once more."""
    cloud = begin("demo-cloud")
    assert cloud.stdout and cloud.stdout.readline().startswith("ready ")
    for _ in range(50):
        cloud.send_signal(signal.SIGTERM)
    assert cloud.wait(PATIENCE_S) == 0


def test_a_time_out_ends_with_1_and_says_how_to_ask_later(run: Run, stopping: list[str]) -> None:
    """What came before it has been shown."""
    *arguments, url = stopping
    ended = run(*arguments, "--timeout", "1", "--json", url=url)
    assert ended.returncode == 1
    assert [json.loads(line)["body"]["output"]["status"]["code"] for line in ended.stdout.splitlines()] == [100]
    assert "within 1 s" in ended.stderr and "appc status r-1 --vnf-id v" in ended.stderr


def test_watch_shows_requests_and_answers_one_line_each(start: Start, run: Run, watch: Begin) -> None:
    """Of everybody, from now on; a request before its answer. Nobody's text moves the cursor. Ctrl-C: exit code 0."""
    url = start("serve").url
    watching = watch(url=url)
    assert run("lock", "v", "--request-id", "mine", url=url).returncode == 0
    assert run("check-lock", "w", url=url).returncode == 0
    seen = lines(watching, 4)
    assert [line[2] for line in seen] == ["Lock", "400", "CheckLock", "400"]
    assert [line[1] for line in seen] == ["→", "←"] * 2
    assert "mine" in seen[0] and "mine" in seen[1]
    forged = "w\x1b]0;mine\x07\n12:00:00.000 ← 400 SUCCESS"
    assert run("check-lock", forged, url=url).returncode == 0
    (asked, _) = lines(watching, 2)
    assert r"w\x1b]0;mine\x07\n12:00:00.000" in " ".join(asked)
    watching.send_signal(signal.SIGINT)
    assert watching.wait(PATIENCE_S) == 0


def test_commands_go_over_kafka_where_bus_url_says_so(start: Start, run: Run, watch: Begin, brokers: Brokers) -> None:
    """No controller's address is needed; the same for `appc watch`."""
    with open_pair("kafka-sqlite", brokers) as pair:
        start("serve", **pair.settings)
        settings = {**pair.settings, "url": "http://127.0.0.1:9"}
        watching = watch(**settings)
        checked = run("check-lock", "v", **settings)
        assert (checked.returncode, "locked: FALSE" in checked.stdout) == (0, True), checked.stderr
        assert [line[2] for line in lines(watching, 2)] == ["CheckLock", "400"]


def test_commands_create_no_topics_on_kafka(run: Run, brokers: Brokers) -> None:
    """A mistyped one is told, and does not come to be by that; nor by `appc doctor`, which notes it."""
    with open_pair("kafka-sqlite", brokers) as pair:
        mistyped = {**pair.settings, "request_topic": f"typo-{pair.topics.request}"}
        for command in ("check-lock", "v"), ("watch",):
            ended = run(*command, **mistyped)
            assert (ended.returncode, "there is no topic" in ended.stderr) == (1, True), ended.stderr
        looked = run("doctor", **mistyped).stdout
        assert f"note bus        there is no topic typo-{pair.topics.request} at kafka://" in looked.replace("\x1b", "")


def test_commands_go_over_the_embedded_bus_of_a_folder(start: Start, run: Run, tmp_path: Path) -> None:
    """APPC_URL may name the state directory of a controller on this machine."""
    start("serve")
    checked = run("check-lock", "v", url=f"embedded:{tmp_path / 'var'}")
    assert (checked.returncode, "locked: FALSE" in checked.stdout) == (0, True), checked.stderr


@pytest.mark.parametrize(
    ("settings", "code", "said"),
    [
        pytest.param({"url": "ftp://127.0.0.1"}, 2, "APPC_URL", id="a URL that nobody knows"),
        pytest.param({"bus_url": "kafka:"}, 2, "BUS_URL", id="a bus that nobody knows"),
        pytest.param({"bus_url": "kafka://127.0.0.1:9"}, 1, "127.0.0.1:9", id="no Kafka"),
    ],
)
def test_where_nobody_is_found_is_told(run: Run, settings: dict[str, str], code: int, said: str) -> None:
    """2 for what can never be right, 1 for what may come back."""
    for command in (("check-lock", "v"), ("watch",)):
        ended = run(*command, **settings)
        assert (ended.returncode, said in ended.stderr, ended.stdout) == (code, True, ""), ended.stderr


def test_the_shell_is_told_the_actions() -> None:
    """Those that begin with what is typed."""
    environ = clean_environment({"_APPC_COMPLETE": "complete_bash", "COMP_WORDS": "appc send Re", "COMP_CWORD": "2"})
    command = [str(Path(sys.executable).with_name("appc"))]
    offered = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert offered.stdout.split() == ["Restart", "Reboot", "Rebuild", "ResumeTraffic"]


def lines(watching: Process, count: int) -> list[list[str]]:
    """The words of the next lines."""
    assert watching.stdout
    return [watching.stdout.readline().split() for _ in range(count)]
