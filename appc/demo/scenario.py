"""What `appc demo` plays: the main job, over the bus, against a controller and a cloud of its own on loopback."""

import os
import queue
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib.resources import as_file, files
from pathlib import Path

from rich.console import Console

from appc.client import Answer, ClientError, LcmClient, Unreachable, connect
from appc.demo.acts import ACTS, Act, Ask
from appc.demo.report import Played, heading, table, verdict
from appc.demo.upgrade_acts import UPGRADE_ACTS

#: How long each state change of the demonstration's cloud takes, in seconds.
_DELAY_S = 1.0
#: How long the demo waits for one final answer, in seconds.
_PATIENCE_S = 30.0
#: Columns where the output is no terminal.
_PLAIN_WIDTH = 120


class DemoFailed(Exception):
    """A process of the demo did not start."""


def play() -> int:
    """Play all acts and print what was asked and answered; 0 only if every answer was the expected one."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _PLAIN_WIDTH)
    try:
        with ExitStack() as stack:
            url = stack.enter_context(_controller_and_cloud(console))
            client = stack.enter_context(connect(url))
            first, second = (_played_through(console, client, acts) for acts in (ACTS, UPGRADE_ACTS))
    except (DemoFailed, Unreachable) as error:
        console.print(f"[bold red]the demo cannot be played:[/] {error}")
        return 1
    console.print(table("The VMs of the VNF: what was asked, and what the controller answered", first))
    console.print(table("The software of the VNF, by playbooks", second))
    console.print(verdict([*first, *second]))
    return 0 if all(one.as_expected for one in (*first, *second)) else 1


def _played_through(console: Console, client: LcmClient, acts: tuple[Act, ...]) -> list[Played]:
    return [one for act in acts for one in _played(console, client, act.title, act.asks)]


def _played(console: Console, client: LcmClient, title: str, asks: tuple[Ask, ...]) -> list[Played]:
    """Send all of an act before any answer is awaited; then collect the answers as they come."""
    console.print(heading(title))
    played = {ask.correlation_id: Played(ask) for ask in asks}
    inner: list[Played] = []
    begun = time.monotonic()
    arrived: queue.SimpleQueue[Answer | ClientError] = queue.SimpleQueue()
    for ask in asks:
        client.submit(ask.message(), arrived.put, arrived.put, timeout_s=_PATIENCE_S)
    open_asks = len(asks)
    while open_asks:
        answer = arrived.get()
        if isinstance(answer, ClientError):
            console.print(f"[bold red]{answer}[/]")
            open_asks -= 1
            continue
        open_asks -= answer.final
        one = played[answer.correlation_id]
        one.answers.append((answer, time.monotonic() - begun))
        if one.ask.meanwhile and answer.code == 100:
            inner += _played(console, client, one.ask.meanwhile.what, (one.ask.meanwhile,))
    return [*played.values(), *inner]


@contextmanager
def _controller_and_cloud(console: Console) -> Iterator[str]:
    """Start both as processes of their own, as users would; yield the controller's URL."""
    with ExitStack() as stack:
        state = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="appc-demo-")))
        inventory = stack.enter_context(as_file(files("appc.demo") / "inventory.yaml"))
        settings = {
            "APPC_STATE_DIR": str(state),
            "APPC_HTTP_PORT": "0",
            "APPC_CLOUDS_FILE": str(state / "demo-clouds.yaml"),
            "APPC_INVENTORY_FILE": str(inventory),
            "APPC_LOG_LEVEL": "error",
        }
        cloud = stack.enter_context(_process(settings, "demo-cloud", "--delay-s", str(_DELAY_S)))
        console.print(f"[dim]demonstration cloud  {cloud}[/]")
        ready = stack.enter_context(_process(settings, "serve"))
        console.print(f"[dim]controller           {ready}[/]")
        yield ready.split()[0]


@contextmanager
def _process(settings: Mapping[str, str], *arguments: str) -> Iterator[str]:
    # the user's own settings and clouds are none of the demo's business
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("APPC_", "OS_"))}
    process = subprocess.Popen(
        [sys.executable, "-m", "appc", *arguments],
        env={**environ, **settings},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        first = process.stdout.readline().strip()
        if not first.startswith("ready "):
            raise DemoFailed(f"`appc {arguments[0]}` did not start: {first or 'see above'}")
        yield first.removeprefix("ready ")
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()
