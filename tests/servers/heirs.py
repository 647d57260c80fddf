"""What the servers of the tests share: a port, and an end of their own when the tests die."""

import socket
import subprocess
from pathlib import Path


def heir_of(server: int, folder: Path) -> subprocess.Popen[bytes]:
    """A process that waits for the end of this one, and then ends the server (a pid) and removes its data.

    So a server may have a session of its own, where no Ctrl-C reaches it before those that use it.
    """
    script = 'cat; kill -9 "$0"; rm -rf "$1"'
    return subprocess.Popen(
        ["sh", "-c", script, str(server), str(folder)],
        stdin=subprocess.PIPE,  # closed when this process ends, however that is
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def dismiss(heir: subprocess.Popen[bytes] | None) -> None:
    """Nothing is left to it: the server ends, and its data stay."""
    if heir:
        heir.kill()
        heir.communicate()


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port
