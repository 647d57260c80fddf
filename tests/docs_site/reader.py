"""A reader who does what a page says, block by block, in a folder that looks like a fresh checkout."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from appc.wire.envelope import read_either
from appc.wire.schemas import installed_schemas
from tests.docs_site.pages import Block
from tests.e2e.conftest import clean_environment

CHECKOUT = Path(__file__).parents[2]
#: How long one block may take, in seconds.
PATIENCE_S = 90.0
#: The addresses that pages speak of, as a controller and a Kafka have them by default.
CONTROLLER, KAFKA = "127.0.0.1:8181", "127.0.0.1:9092"


class Reader:
    """Runs blocks with the addresses of the test in the place of the page's. Ends what it started in the background."""

    def __init__(self, folder: Path, addresses: dict[str, str]) -> None:
        self._folder = folder
        self._addresses = addresses
        self._background: list[subprocess.Popen[str]] = []
        for each in CHECKOUT.iterdir():
            if each.name not in ("var", ".git"):
                (folder / each.name).symlink_to(each)
        shim = folder / "shims" / "make"
        shim.parent.mkdir()
        # what the tests run in is installed
        shim.write_text('#!/bin/sh\nexec /usr/bin/make -o .venv/.runtime-installed -o .venv/.dev-installed "$@"\n')
        shim.chmod(0o755)

    def follow(self, block: Block) -> None:
        """Do what the block says."""
        if block.word == "not run":
            assert len(block.value) > 10, "say why it is not run"
        elif block.word == "file":
            file = self._folder / block.value
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(self._addressed(block.text))
        elif block.word == "background":
            self._start(block)
        elif block.language == "sh":
            self._run(block)
        elif block.language == "python":
            # in this process: what it imports is there already
            exec(compile(self._addressed(block.text), f"line {block.line}", "exec"), {"__name__": "__main__"})
        elif block.language == "json":
            _judge(block)
        elif block.language == "yaml":
            yaml.safe_load(block.text)

    def _run(self, block: Block) -> None:
        process = self._begun(block)
        try:
            output, _ = process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise AssertionError(f"not done after {PATIENCE_S:g} s\n{process.communicate()[0]}") from None
        assert process.returncode == int(block.value or 0), f"ended with {process.returncode}\n{output}"

    def _start(self, block: Block) -> None:
        process = self._begun(block)
        self._background.append(process)
        assert process.stdout
        first = process.stdout.readline()
        assert first.startswith("ready "), first
        if " bus=" in first:
            self._addresses[CONTROLLER] = first.split()[1].removeprefix("http://")

    def _begun(self, block: Block) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", self._addressed(block.text)],
            cwd=self._folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # so that it can be ended with all that it has started
        )

    def _addressed(self, text: str) -> str:
        for shown, real in self._addresses.items():
            text = text.replace(shown, real)
        return text

    def _environment(self) -> dict[str, str]:
        path = f"{self._folder / 'shims'}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        environ = {"PATH": path, "APPC_HTTP_PORT": "0", "APPC_LOG_LEVEL": "warning"}
        if CONTROLLER in self._addresses:
            environ["APPC_URL"] = f"http://{self._addresses[CONTROLLER]}"
        # what a make says to those that it starts is not for the makes of the page
        about_make = ("ARGS", "MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS")
        return {name: value for name, value in clean_environment(environ).items() if name not in about_make}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        for process in reversed(self._background):
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(PATIENCE_S)
            if process.stdout:
                process.stdout.close()


def _judge(block: Block) -> None:
    """Requests and answers are judged as such; any other JSON only has to be JSON."""
    document: Any = json.loads(block.text)
    if not isinstance(document, dict):
        return
    if "output" in (body := document.get("body", document)):
        schema = "answer-envelope" if "body" in document else "answer-body"
        assert installed_schemas().faults(schema, document) == []
    elif "input" in body:
        assert not read_either(block.text.encode()).unknown_members
