"""A NETCONF device that says what a test tells it to: for what a real one does not do when asked to.

It speaks SSH for one user with a password, and NETCONF 1.0 with the framing of RFC 6242, section 4.3.
"""

import re
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

import paramiko
from paramiko.common import AUTH_FAILED, AUTH_SUCCESSFUL, OPEN_SUCCEEDED

BASE = "urn:ietf:params:xml:ns:netconf:base:1.0"
USER, PASSWORD = "operator", "letme-in-canary"
_END = "]]>]]>"
_CANDIDATE = ("candidate:1.0", "confirmed-commit:1.1", "validate:1.1")

#: What the device answers to an operation (`edit-config`, …): the inside of rpc-reply, None for silence, "" for an end.
Script = Callable[[str], str | None]


class ScriptedDevice:
    """`asked`: the operations in the order they came; `silent`: set once it has left one without an answer."""

    def __init__(self, script: Script, capabilities: Sequence[str] = _CANDIDATE, hello: str = "") -> None:
        self.asked: list[str] = []
        self.silent = threading.Event()
        self._script = script
        self._hello = hello or _hello(capabilities)
        self._key = paramiko.ECDSAKey.generate()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._transports: list[paramiko.Transport] = []

    @property
    def port(self) -> int:
        """Where it listens on loopback."""
        port: int = self._listener.getsockname()[1]
        return port

    def start(self) -> None:
        """Serve each connection in a thread of its own."""
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """End all sessions."""
        self._listener.close()
        for transport in self._transports:
            transport.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError, EOFError, paramiko.SSHException):
            transport = paramiko.Transport(connection)
            self._transports.append(transport)
            transport.add_server_key(self._key)
            transport.start_server(server=_Door())
            channel = transport.accept(10)
            if channel:
                channel.sendall((self._hello + _END).encode())
                self._converse(channel)
            transport.close()

    def _converse(self, channel: paramiko.Channel) -> None:
        received = ""
        while data := channel.recv(65_536):
            received += data.decode()
            while _END in received:
                message, _, received = received.partition(_END)
                operation = re.search(r"<(?:\w+:)?rpc\b[^>]*>\s*<(?:\w+:)?([\w-]+)", message)
                if operation and not self._answer(channel, message, operation[1]):
                    return

    def _answer(self, channel: paramiko.Channel, message: str, operation: str) -> bool:
        self.asked.append(operation)
        inside = self._script(operation)
        if inside is None:
            self.silent.set()
            return True
        if not inside:
            return False
        message_id = re.search(r'message-id="([^"]*)"', message)
        head, _, body = inside.rpartition("<!--reply-->")
        reply = f'{head}<rpc-reply xmlns="{BASE}" message-id="{message_id[1] if message_id else ""}">{body}</rpc-reply>'
        channel.sendall((reply + _END).encode())
        return True


class _Door(paramiko.ServerInterface):  # type: ignore[misc]  # paramiko ships no types
    def check_auth_password(self, username: str, password: str) -> int:
        return int(AUTH_SUCCESSFUL if (username, password) == (USER, PASSWORD) else AUTH_FAILED)

    def get_allowed_auths(self, username: str) -> str:
        return "password"

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return int(OPEN_SUCCEEDED)

    def check_channel_subsystem_request(self, channel: paramiko.Channel, name: str) -> bool:
        return name == "netconf"


def _hello(capabilities: Sequence[str]) -> str:
    uris = [
        "urn:ietf:params:netconf:base:1.0",
        *(f"urn:ietf:params:netconf:capability:{each}" for each in capabilities),
    ]
    listed = "".join(f"<capability>{uri}</capability>" for uri in uris)
    return f'<hello xmlns="{BASE}"><capabilities>{listed}</capabilities><session-id>4</session-id></hello>'


@contextmanager
def scripted_device(
    script: Script, capabilities: Sequence[str] = _CANDIDATE, hello: str = ""
) -> Iterator[ScriptedDevice]:
    """A running one."""
    device = ScriptedDevice(script, capabilities, hello)
    device.start()
    try:
        yield device
    finally:
        device.close()
