"""A process that plays one playbook, seen from the controller: what it says line by line, and its end."""

import json
import os
import select
import signal
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from appc.southbound.ansible.process_tree import kill_tree

#: The longest line that is taken, in bytes: a result that is longer is a playbook's mistake.
_LONGEST = 8 * 1024 * 1024
#: How long a killed process may take to vanish, in seconds.
_VANISHES_S = 5.0


class PlayProcess:
    """The controller's end of the conversation with a process that plays.

    The process says its id, is told what to play, and says then what happens, a JSON object a line: `event` is
    "task", "failed", "stats", "problem", and "end" for the last. Nothing is played before `begin`. For one thread.
    """

    def __init__(self, connection: socket.socket, forget: Callable[[], object] | None = None) -> None:
        """`forget`: what is to be done once the process has ended."""
        self._connection = connection
        self._forget = forget
        self._received = bytearray()
        self._gone = False
        self._pid, self._pidfd = 0, -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """The process and all it has started are killed, unless it has ended by itself."""
        if self._pidfd >= 0:
            self._kill()
            os.close(self._pidfd)
        self._connection.close()  # one that was not told what to play ends by this
        if self._forget:
            self._forget()

    def has_come(self, timeout_s: float) -> bool | None:
        """Whether it is there, as soon as that is known; None at the time-out."""
        event = self.next(timeout_s)
        if event is None:
            return None
        with suppress(ProcessLookupError, KeyError):
            self._pid = int(event["pid"])
            # by this it is known to be the same process, whatever becomes of its id
            self._pidfd = os.pidfd_open(self._pid)
        return self._pidfd >= 0

    def begin(self, what: Mapping[str, Any]) -> None:
        """Tell it what to play; if it has ended meanwhile, `next` says so."""
        with suppress(OSError):
            self._connection.sendall(json.dumps(what).encode() + b"\n")

    def next(self, timeout_s: float) -> Mapping[str, Any] | None:
        """What happened next; None at the time-out. `{"event": "gone"}`: it has ended without a last word."""
        ends_at = time.monotonic() + timeout_s
        while (end := self._received.find(b"\n")) < 0:
            if len(self._received) > _LONGEST:
                self._gone = True
            if self._gone:
                return {"event": "gone"}
            left_s = ends_at - time.monotonic()
            if left_s <= 0 or not self._wait(left_s):
                return None
        line = bytes(self._received[:end])
        del self._received[: end + 1]
        # a number that JSON does not have is none: what a play did is done, whatever it says of it
        event: dict[str, Any] = json.loads(line, parse_constant=lambda _: None)
        return event

    def _wait(self, seconds: float) -> bool:
        """Take what comes within the time; False if nothing did."""
        poll = select.poll()
        poll.register(self._connection, select.POLLIN)
        if self._pidfd >= 0:
            # its workers inherit the connection and may keep it open after its end
            poll.register(self._pidfd, select.POLLIN)
        ready = [handle for handle, _ in poll.poll(seconds * 1000)]
        if self._connection.fileno() in ready:
            received = b""
            with suppress(ConnectionError):
                received = self._connection.recv(1 << 16)
            self._received += received
            self._gone = not received
        elif ready:
            self._gone = True
        return bool(ready)

    def _kill(self) -> None:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, signal.SIGSTOP)
            kill_tree(self._pid)
        select.select([self._pidfd], [], [], _VANISHES_S)
