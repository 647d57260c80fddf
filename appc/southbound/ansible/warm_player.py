"""Playing in children of a warm process, which has loaded ansible-core once."""

import logging
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path

from appc.southbound.ansible.environment import PLUGINS
from appc.southbound.ansible.nodes import here
from appc.southbound.ansible.play import as_data
from appc.southbound.ansible.play_process import PlayProcess
from appc.southbound.ansible.run_folder import run_folder

_log = logging.getLogger(__name__)

#: How long the warm process may take to end, in seconds.
_ENDS_S = 5.0


class WarmPlayer:
    """Port Player. The warm process starts with the first play, or by `warm`; one that has died is replaced."""

    def __init__(self, parent: Path, environ: Mapping[str, str]) -> None:
        """`parent`: where folders are made; `environ`: of the warm process and its plays."""
        self._parent = parent
        events = {"ANSIBLE_CALLBACK_PLUGINS": str(PLUGINS), "ANSIBLE_STDOUT_CALLBACK": "appc_events"}
        self._environ = {**environ, **events}
        self._lock = threading.Lock()
        self._server: _Server | None = None

    def process(self) -> PlayProcess:
        """A child of the warm process. Raises: OSError."""
        ours, theirs = socket.socketpair()
        try:
            with theirs, self._lock:
                self._fork(theirs)
        except OSError:
            ours.close()
            raise
        return PlayProcess(ours)

    def close(self) -> None:
        """End the warm process, and by that all plays."""
        with self._lock:
            if self._server:
                self._server.close()
            self._server = None

    def _fork(self, connection: socket.socket) -> None:
        server = self._living()
        try:
            server.fork(connection)
        except ConnectionError:  # it is just dying
            server.close()
            self._server = None
            raise

    def _living(self) -> "_Server":
        if self._server and (code := self._server.ended()) is not None:
            _log.warning("the warm process of Ansible has ended with code %s; a new one takes its place", code)
            self._server.close()
            self._server = None
        self._server = self._server or _Server(self._parent, self._environ)
        return self._server


class _Server:
    """One life of the warm process."""

    def __init__(self, parent: Path, environ: Mapping[str, str]) -> None:
        with ExitStack() as stack:
            folder = stack.enter_context(run_folder(parent))
            (folder / "inventory.yml").write_text(as_data(here(str(folder), {"folder": str(folder)})))
            self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            stack.callback(self._control.close)
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "appc.southbound.ansible.fork_server", str(theirs.fileno()), str(folder)],
                    env={**environ, "ANSIBLE_LOCAL_TEMP": str(folder)},
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    start_new_session=True,
                )
            self._opened = stack.pop_all()

    def ended(self) -> int | None:
        """What it has ended with; None while it runs."""
        return self._process.poll()

    def fork(self, connection: socket.socket) -> None:
        """Have it fork a child that speaks by this connection. Raises: OSError."""
        socket.send_fds(self._control, [b"f"], [connection.fileno()])

    def close(self) -> None:
        """It ends when it finds the controller gone."""
        self._control.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_ENDS_S)
        self._process.kill()
        self._process.wait()
        self._opened.close()
