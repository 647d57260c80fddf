"""A real NETCONF device on loopback: netconfd (of yuma123) behind OpenSSH, with a data model for tests.

It is logged in to as the user that runs the tests, with the key in its folder.
"""

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

import pytest

from tests.servers.heirs import free_port, heir_of

#: How to get what is missing.
CURE = "on Debian and Ubuntu: apt-get install netconfd openssh-server"
#: How long a server may take to start, in seconds.
START_S = 20.0
#: The namespace of the data model in tests/servers/yang.
MODEL = "urn:example:appc-test"

_YANG = Path(__file__).parent / "yang"
_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


class NoNetconf(Exception):
    """There is no netconfd to be had here; the text says how to get one."""


class NetconfServer:
    """A device. `target`: the datastore that can be edited. `folder` becomes CREDENTIALS_DIR for its clients.

    Raises: NoNetconf where it is not installed.
    """

    def __init__(self, folder: Path, target: Literal["candidate", "running"] = "candidate") -> None:
        for program in ("netconfd", "netconf-subsystem", "sshd", "ssh-keygen"):
            if shutil.which(program, path=_PATH) is None:
                raise NoNetconf(f"{program} is not installed; {CURE}")
        self.folder = folder
        self.port = free_port()
        self._target = target
        self._processes: list[subprocess.Popen[bytes]] = []

    @property
    def device(self) -> Mapping[str, str]:
        """What an artifact says of it."""
        return {
            "port": str(self.port),
            "user": getpass.getuser(),
            "key-file": "key",
            "known-hosts-file": "known_hosts",
        }

    def start(self) -> None:
        """Start both parts; returns when they serve."""
        self._write_keys()
        socket_file = self.folder / "ncx"
        environment = {**os.environ, "YUMA_MODPATH": f"{_YANG}:/usr/share/yuma/modules:/usr/share/yang/modules"}
        self._run(
            "netconfd",
            "--no-startup",
            f"--superuser={getpass.getuser()}",
            f"--ncxserver-sockname={socket_file}",
            f"--port={self.port}",
            f"--log={self.folder / 'netconfd.log'}",
            f"--target={self._target}",
            "--module=appc-test",
            environment=environment,
        )
        self._until(lambda: socket_file.is_socket())
        self._run("sshd", "-D", "-f", str(self._sshd_config(socket_file)), "-E", str(self.folder / "sshd.log"))
        self._until(self._listens)

    def kill(self) -> None:
        """End both."""
        for process in self._processes:
            process.kill()
            process.wait()
            if process.stdin:
                process.stdin.close()

    def _write_keys(self) -> None:
        for name in ("hostkey", "key"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.folder / name)],
                check=True,
                stdin=subprocess.DEVNULL,
            )
        host_key = (self.folder / "hostkey.pub").read_text()
        (self.folder / "known_hosts").write_text(f"[127.0.0.1]:{self.port} {host_key}")

    def _sshd_config(self, socket_file: Path) -> Path:
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)  # sshd of Debian wants it, and makes it at boot only
        subsystem = shutil.which("netconf-subsystem", path=_PATH)
        config = self.folder / "sshd_config"
        config.write_text(
            "ListenAddress 127.0.0.1\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nUsePAM no\n"
            f"PermitRootLogin prohibit-password\nStrictModes no\nPort {self.port}\nPidFile {self.folder / 'pid'}\n"
            f"HostKey {self.folder / 'hostkey'}\nAuthorizedKeysFile {self.folder / 'key.pub'}\n"
            f'Subsystem netconf "{subsystem} --ncxserver-sockname={self.port}@{socket_file}"\n'
        )
        return config

    def _run(self, program: str, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
        command = [str(shutil.which(program, path=_PATH)), *arguments]
        with (self.folder / f"{program}.out").open("ab") as output:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment, start_new_session=True
            )
        # first in the list, so that it cannot act on a number that was given to somebody else
        self._processes = [heir_of(process.pid, self.folder), *self._processes, process]

    def _until(self, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_S
        while not ready():
            if self._processes[-1].poll() is not None or time.monotonic() > deadline:
                said = "\n".join(path.read_text()[-2000:] for path in self.folder.glob("*.out"))
                self.kill()
                raise AssertionError(f"the NETCONF server does not start:\n{said}")
            time.sleep(0.01)

    def _listens(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as connection:
            return connection.recv(4) == b"SSH-"
        return False


@contextmanager
def netconf_server(target: Literal["candidate", "running"] = "candidate") -> Iterator[NetconfServer]:
    """A running device; without netconfd, tests fail under CI and skip on a laptop."""
    # netconfd cannot take a socket's path of more than 107 characters, which those of pytest's folders may have
    with tempfile.TemporaryDirectory(prefix="appc-netconf-") as folder:
        try:
            server = NetconfServer(Path(folder), target)
        except NoNetconf as error:
            if os.environ.get("CI") == "true":
                pytest.fail(str(error))
            pytest.skip(str(error))
        try:
            server.start()
            yield server
        finally:
            server.kill()
