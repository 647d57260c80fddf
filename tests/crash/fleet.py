"""Controllers as processes: killed, put to sleep and started again."""

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from uuid import uuid4

from appc.commands.serve import serve_until_stopped
from appc.lcm.ports.failures import Unavailable
from tests.crash.points import AtPoint

#: How long anything may take before the test gives up, in seconds.
PATIENCE_S = 90.0

#: Each controller is forked from a process that has loaded everything: a life costs no start of Python.
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    ["tests.crash.fleet", "appc.bus.kafka.bus", "appc.stores.redis.store", "openstack.connection", "pytest"]
)


def wait_until(condition: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
    """Poll until it holds; a bus that is out of reach for now does not tell."""
    ends_at = time.monotonic() + patience_s
    while True:
        with suppress(Unavailable):
            if condition():
                return
        assert time.monotonic() < ends_at, f"{what}: not within {patience_s} s"
        time.sleep(0.02)


def _serve(environ: dict[str, str], output: Connection, log: Path, at: AtPoint | None) -> None:
    """In the child: what `appc serve` does, in a fresh environment."""
    os.environ.clear()
    os.environ.update(environ)
    os.dup2(output.fileno(), sys.stdout.fileno())
    os.dup2(os.open(log, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600), sys.stderr.fileno())
    sys.exit(serve_until_stopped(None, at.replacements() if at else None))


class ControllerProcess:
    """One `appc serve`, a process of its own; `at`: where it ends or sleeps by itself."""

    def __init__(self, state_dir: Path, settings: Mapping[str, str], at: AtPoint | None = None) -> None:
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("APPC_", "OS_"))}
        environ |= {f"APPC_{name.upper()}": value for name, value in settings.items()}
        environ |= {"APPC_STATE_DIR": str(state_dir), "APPC_HTTP_PORT": "0"}
        self.log = state_dir / f"controller-{uuid4().hex[:8]}.log"
        output, its_output = _FORKS.Pipe(duplex=False)
        self._process = _FORKS.Process(target=_serve, args=(environ, its_output, self.log, at), daemon=True)
        self._process.start()
        its_output.close()
        self._output = os.fdopen(os.dup(output.fileno()))
        output.close()
        self._url = ""

    def ready(self) -> str:
        """Wait for the ready line; the URL it names."""
        if not self._url:
            line = self._output.readline()
            assert line.startswith("ready "), f"no ready line: {line!r}; {self.log.read_text()[-2000:]}"
            self._url = line.split()[1]
        return self._url

    def kill(self) -> None:
        """As a power cut would."""
        self._process.kill()
        self._end()

    def terminate(self) -> int:
        """As an orderly stop; the exit code."""
        self._process.terminate()
        return self._end()

    def wait_for_death(self) -> None:
        """Wait until it has killed itself."""
        assert self._end() == -signal.SIGKILL

    def wait_for_sleep(self) -> None:
        """Wait until it has put itself to sleep."""
        wait_until(self._sleeps, "the controller sleeps")

    def sleep(self) -> None:
        """It stops, wherever it is, and does not know it."""
        self._signal(signal.SIGSTOP)
        self.wait_for_sleep()

    def wake(self) -> None:
        """It goes on as if nothing had been."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process.pid
        os.kill(self._process.pid, number)

    def _sleeps(self) -> bool:
        status = Path(f"/proc/{self._process.pid}/stat").read_text()
        return status.rpartition(")")[2].split()[0] == "T"

    def _end(self) -> int:
        self._process.join(PATIENCE_S)
        code = self._process.exitcode
        assert code is not None, f"it does not end; {self.log.read_text()[-2000:]}"
        self._output.close()
        return code


@dataclass(frozen=True)
class Fleet:
    """Controllers that work as one: on machines of their own, or on one with one state directory."""

    folder: Path
    settings: Mapping[str, str]
    one_machine: bool

    def controller(self, number: int = 0, at: AtPoint | None = None) -> ControllerProcess:
        """The controller of this number: another life of it, where one was killed."""
        return ControllerProcess(self.state_dir(number), self.settings, at)

    def state_dir(self, number: int = 0) -> Path:
        """Its state directory."""
        state_dir = self.folder / ("state" if self.one_machine else f"state-{number}")
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        return state_dir
