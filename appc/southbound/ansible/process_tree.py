"""Ending a process together with everything it started, also what has a session of its own, as Ansible's workers do."""

import ctypes
import os
import select
import signal
import time
from contextlib import ExitStack, suppress
from pathlib import Path

#: prctl's numbers (linux/prctl.h).
_SET_PDEATHSIG, _SET_CHILD_SUBREAPER = 1, 36
#: How long the kernel may take to end what was killed, in seconds.
_ENDS_S = 5.0


def keep_descendants() -> None:
    """Orphans among this process' descendants become its children, so that whoever ends it finds them."""
    ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with_parent() -> None:
    """This process is killed when the one that forked it ends."""
    ctypes.CDLL(None).prctl(_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def kill_tree(root: int, *, itself: bool = True) -> None:
    """Kill a process, unless it is to stay, and all its descendants.

    They have ended when this returns. Each is stopped before its children are looked for: it can then neither start
    another nor reap one, so no id is reused meanwhile. A look is repeated until it finds nothing new, for who was just
    forking may finish that.
    """
    stopped: set[int] = set()
    found = {root} if itself else set(_children({root}))
    while found:
        for pid in found:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGSTOP)
        stopped |= found
        found = set(_children(stopped | {root})) - stopped
    _end(stopped)


def _end(stopped: set[int]) -> None:
    """Kill them, and wait until they have ended: that takes a moment, in which they would still be seen."""
    ending = select.poll()
    with ExitStack() as handles:
        left = 0
        for pid in stopped:
            with suppress(ProcessLookupError, PermissionError):
                handle = os.pidfd_open(pid)
                handles.callback(os.close, handle)
                os.kill(pid, signal.SIGKILL)
                ending.register(handle, select.POLLIN)
                left += 1
        until = time.monotonic() + _ENDS_S
        while left and (left_s := until - time.monotonic()) > 0:
            for handle, _ in ending.poll(left_s * 1000):
                ending.unregister(handle)
                left -= 1


def _children(parents: set[int]) -> list[int]:
    return [int(entry.name) for entry in Path("/proc").glob("[0-9]*") if _parent(entry) in parents]


def _parent(entry: Path) -> int | None:
    try:
        # the command, in parentheses, may hold anything; state and parent follow the last one
        return int((entry / "stat").read_text(errors="replace").rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):  # it has just ended
        return None
