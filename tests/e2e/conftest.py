"""A controller and a cloud as processes, as users start them; the tests speak HTTP and read what is printed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.pairs import PAIRS, Brokers, Pair, TopicNames, open_pair

#: How long anything may take before a test gives up, in seconds.
PATIENCE_S = 30.0


def clean_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without anybody's own settings, and with these."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("APPC_", "OS_"))} | dict(settings)


@dataclass
class Served:
    """A running `appc` command whose first line has been read."""

    process: subprocess.Popen[str]
    first_line: str

    @property
    def url(self) -> str:
        """The address in the ready line."""
        return self.first_line.split()[1]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send the signal and wait for the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)


class Client:
    """A client of Message Router with a group of its own."""

    def __init__(self, url: str, http: httpx.Client, topics: TopicNames) -> None:
        self.http = http
        self.topics = topics
        self.seen: list[dict[str, Any]] = []
        self.turn_to(url)
        self.read(0)

    def turn_to(self, url: str) -> None:
        """From now on by this controller; the group is the same."""
        self.http.base_url = httpx.URL(url)

    def publish(self, message: dict[str, Any] | bytes, content_type: str = "application/json") -> httpx.Response:
        content = message if isinstance(message, bytes) else json.dumps(message).encode()
        return self.http.post(f"/events/{self.topics.request}", content=content, headers={"Content-Type": content_type})

    def read(self, timeout_ms: int = 1000, topic: str | None = None) -> list[dict[str, Any]]:
        """Messages of the topic (of the answers) since the last read."""
        topic = topic or self.topics.response
        response = self.http.get(f"/events/{topic}/e2e/1", params={"timeout": timeout_ms})
        assert response.status_code == 200, response.text
        return [json.loads(text) for text in response.json()]

    def answers(self, correlation_id: str, until: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """The answers with this correlation-id, read until the condition holds."""
        ends_at = time.monotonic() + PATIENCE_S
        while not until(mine := [each for each in self.seen if each["correlation-id"] == correlation_id]):
            assert time.monotonic() < ends_at, f"{correlation_id}: {mine}"
            self.seen += self.read()
        return mine

    def final(self, correlation_id: str) -> list[dict[str, Any]]:
        """All answers up to the final one."""
        return self.answers(correlation_id, lambda mine: any(code(each) // 100 not in (1, 5) for each in mine))


def code(answer: Mapping[str, Any]) -> int:
    """The status code of an answer."""
    return int(answer["body"]["output"]["status"]["code"])


Start = Callable[..., Served]
Connect = Callable[[str], Client]


@pytest.fixture(scope="session")
def brokers() -> Iterator[Brokers]:
    """The Kafka of the run."""
    with closing(Brokers()) as brokers:
        yield brokers


@pytest.fixture(params=PAIRS)
def pair(request: pytest.FixtureRequest, brokers: Brokers) -> Iterator[Pair]:
    """Each test that asks for it is held by all pairs of bus and store."""
    with open_pair(request.param, brokers) as pair:
        yield pair


@pytest.fixture
def serve(start: Start, pair: Pair) -> Start:
    """Start a controller on the pair."""
    return lambda **settings: start("serve", **pair.settings, **settings)


@contextmanager
def commands(folder: Path, log: Path | None = None) -> Iterator[Start]:
    """Start `appc` commands in a folder and read their first lines; whatever still runs is ended.

    `log`: where their standard error goes, in place of this process's.
    """
    with ExitStack() as stack:
        errors = stack.enter_context(log.open("ab")) if log else None

        def begin(*arguments: str, **settings: str) -> Served:
            environ = clean_environment({"APPC_HTTP_PORT": "0", "APPC_LOG_LEVEL": "warning"})
            environ |= {f"APPC_{name.upper()}": value for name, value in settings.items()}
            process = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "appc", *arguments],
                    cwd=folder,
                    env=environ,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    text=True,
                )
            )
            stack.callback(process.kill)
            assert process.stdout
            return Served(process, process.stdout.readline().strip())

        yield begin


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start an `appc` command in an empty folder."""
    with commands(tmp_path) as begin:
        yield begin


@pytest.fixture
def connect(pair: Pair) -> Iterator[Connect]:
    """A client of the controller at this address."""
    with httpx.Client(timeout=PATIENCE_S) as http:
        yield lambda url: Client(url, http, pair.topics)


#: How long a command may take to its end on a busy machine, in seconds; the demo has a minute on a free one.
_ENDS_S = 100.0


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run an `appc` command to its end in the same folder; `stdout` is kept unless it is some file's descriptor."""

    def finish(*arguments: str, stdout: int = subprocess.PIPE, **settings: str) -> subprocess.CompletedProcess[str]:
        environ = clean_environment({f"APPC_{name.upper()}": value for name, value in settings.items()})
        return subprocess.run(
            [sys.executable, "-m", "appc", *arguments],
            cwd=tmp_path,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            timeout=_ENDS_S,
            check=False,
        )

    return finish
