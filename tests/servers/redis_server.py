"""A Redis on loopback, for tests: durable as the contract wants it, with its data in a folder.

`RedisServer` is a server to do anything with: stop it, kill it, start it again on the same data. `redis_of_the_run`
is one for the tests that do no harm: the one that APPC_TEST_REDIS names, or one of their own.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

import pytest

from tests.servers.heirs import dismiss, free_port, heir_of

#: How to get what is missing.
CURE = "on Debian and Ubuntu: apt-get install redis-server; or name a server: APPC_TEST_REDIS=redis://host:port"

#: How long a server may take to start or to stop, in seconds.
START_S = STOP_S = 20.0

#: What the contract wants (section 7), and nothing that slows a test down.
_OPTIONS = {
    "appendonly": "yes",
    "appendfsync": "always",
    "maxmemory-policy": "noeviction",
    "save": "",
    "bind": "127.0.0.1",
    "databases": "64",
    "shutdown-timeout": "0",
    "auto-aof-rewrite-percentage": "0",
}


class NoRedis(Exception):
    """There is no Redis to be had here; the text says how to get one."""


class RedisServer:
    """A server in a folder; `options` take the place of its usual ones; with a certificate it speaks TLS only.

    Raises: NoRedis where it is not installed.
    """

    def __init__(self, folder: Path, **options: str) -> None:
        program = shutil.which("redis-server")
        if program is None:
            raise NoRedis(f"redis-server is not installed; {CURE}")
        self._program = program
        self._folder = folder
        self._options = _OPTIONS | {name.replace("_", "-"): value for name, value in options.items()}
        self._process: subprocess.Popen[bytes] | None = None
        self._heir: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    def url(self, database: int = 0) -> str:
        """What STORE_URL says of it."""
        return f"{'rediss' if self._tls else 'redis'}://127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it, again on the data that are there; returns when it serves."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        ports = {"port": "0", "tls-port": str(self.port)} if self._tls else {"port": str(self.port)}
        options = {"dir": str(self._folder)} | ports | self._options
        command = [self._program, *(part for name, value in options.items() for part in (f"--{name}", value))]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self._heir = heir_of(self._process.pid, self._folder)
        deadline = time.monotonic() + START_S
        while not self._serves():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"Redis does not start:\n{(self._folder / 'log').read_text()[-3000:]}")
            time.sleep(0.005)

    def stop(self) -> None:
        """Stop it in order."""
        if self._process:
            dismiss(self._heir)
            self._process.terminate()
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.kill()
            self._process = None

    def kill(self) -> None:
        """kill -9."""
        if self._process:
            dismiss(self._heir)
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Let it hang: connections stay open, and nothing is answered."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def data(self) -> bytes:
        """Everything that it has on disk, but for its log."""
        files = (path for path in self._folder.rglob("*") if path.is_file() and path.name != "log")
        return b"".join(path.read_bytes() for path in files)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def _serves(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as connection:
            if self._tls:
                return True
            connection.sendall(b"PING\r\n")
            return connection.recv(7) in (b"+PONG\r\n", b"-NOAUTH")  # not while it reads its data
        return False

    @property
    def _tls(self) -> bool:
        return "tls-cert-file" in self._options


@contextmanager
def redis_of_the_run() -> Iterator[str]:
    """The URL of a server for tests that do it no harm; without one they fail under CI and skip on a laptop."""
    given = os.environ.get("APPC_TEST_REDIS")
    if given:
        yield given
        return
    with quick_folder() as folder, redis_server(folder) as server:
        yield server.url()


@contextmanager
def quick_folder() -> Iterator[Path]:
    """A folder in memory, where there is one: who kills no machine needs no disk."""
    memory = Path("/dev/shm")
    place = memory if os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="appc-redis-", dir=place) as folder:
        yield Path(folder)


@contextmanager
def redis_server(folder: Path, **options: str) -> Iterator[RedisServer]:
    """A running server of one's own; without one, tests fail under CI and skip on a laptop."""
    try:
        server = RedisServer(folder, **options)
    except NoRedis as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error))
        pytest.skip(str(error))
    with server:
        yield server
