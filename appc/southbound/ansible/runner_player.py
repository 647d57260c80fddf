"""Playing by ansible-runner, each play in fresh processes: slower, and nothing is shared between plays."""

import socket
import subprocess
import sys
from collections.abc import Mapping

from appc.southbound.ansible.play_process import PlayProcess


class RunnerPlayer:
    """Port Player."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        """`environ`: of the processes that play."""
        self._environ = dict(environ)

    def process(self) -> PlayProcess:
        """A new process. Raises: OSError."""
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                process = subprocess.Popen(
                    [sys.executable, "-m", "appc.southbound.ansible.runner_process", str(theirs.fileno())],
                    env=self._environ,
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    start_new_session=True,
                )
        except OSError:
            ours.close()
            raise
        return PlayProcess(ours, process.wait)

    def close(self) -> None:
        """There is nothing to release: a play ends with who has begun it."""
