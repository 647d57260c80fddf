"""SIGTERM and SIGINT, heard whatever the threads of a command are doing."""

import signal
import socket
import threading
from collections.abc import Callable


def listen_for_stops(stop: Callable[[signal.Signals], None]) -> None:
    """Call `stop` at each SIGTERM and SIGINT, in a thread of its own, one after the other.

    A handler of Python's runs in the main thread only, which waits; the kernel may interrupt any other thread instead,
    and then the main thread would not notice before it wakes. And a handler that takes a lock stands still for ever
    when the next signal comes while it holds it. What the interpreter writes at once is noticed always.
    """
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    signal.set_wakeup_fd(writer.fileno())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)  # without a handler nothing is written

    def listen() -> None:
        with writer:  # as long as anybody may be told
            while number := reader.recv(1):
                stop(signal.Signals(number[0]))

    threading.Thread(target=listen, name="signals", daemon=True).start()
