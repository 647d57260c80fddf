"""One NETCONF session with a device, through ncclient; every request is a step of the run and ends with it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from ncclient import NCClientError
from ncclient.manager import Manager
from ncclient.operations import RPC
from ncclient.transport import SSHSession

from appc.lcm.device_settings import NetconfSettings
from appc.lcm.errors import DgFailure
from appc.lcm.ports.clock import Clock
from appc.lcm.ports.credentials import Credentials
from appc.lcm.ports.execution import Run
from appc.southbound.netconf.documents import Element, parsed
from appc.southbound.netconf.errors import refused, translated
from appc.southbound.netconf.framing import Dialect

#: What connecting, log-in and hello may take each, in seconds.
_CONNECT_S = 15.0
#: What a request that tidies up after a failure may take, in seconds: the run may be over by then.
_SETTLE_S = 5.0
#: How often it is looked whether the run has been cancelled, in seconds.
_LOOK_S = 0.1
_DIALECT = Dialect()


@dataclass(frozen=True)
class Device:
    """A device and how to log in; files are read when the session begins."""

    address: str
    settings: NetconfSettings

    def __str__(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"device {host}:{self.settings.port}"


class Session:
    """What can be asked of a device."""

    def __init__(self, device: Device, ssh: SSHSession, run: Run, clock: Clock) -> None:
        self._device = device
        self._ssh = ssh
        self._manager = Manager(ssh, _DIALECT)
        self._run = run
        self._clock = clock
        self._lost = False

    def can(self, capability: str) -> bool:
        """Whether the device has it: `:candidate`, `:confirmed-commit:1.1`, …"""
        return capability in self._manager.server_capabilities

    def ask(self, what: str, request: Callable[[Manager], RPC]) -> Element:
        """Send a request and wait for the reply, which is returned.

        Raises: DgFailure (401) with what the device says against it, or that it does not answer; what the run raises.
        """
        what = f"{what}, {self._device}"
        with self._run.step(what), translated(what):
            rpc = self._sent(request)
            self._lost = True  # until there is an answer
            until = self._clock.monotonic() + self._device.settings.timeout_s
            while not rpc.event.wait(_LOOK_S):
                self._run.progress(what)
                if self._clock.monotonic() >= until:
                    raise DgFailure(f"no answer within {self._device.settings.timeout_s:g} s: {what}")
            if rpc.error:
                raise rpc.error
            self._lost = False
            reply = parsed(rpc.reply.xml)
            if failure := refused(reply, what):
                raise failure
            return reply

    def settle(self, what: str, request: Callable[[Manager], RPC]) -> None:
        """Send a request that tidies up after a failure; that it fails too changes nothing.

        It is no step of the run, which may have ended; where the session is lost, the device tidies up by itself.
        """
        if not self._lost:
            with suppress(DgFailure), translated(what):
                rpc = self._sent(request)
                self._lost = not rpc.event.wait(_SETTLE_S)

    def close(self) -> None:
        """Take leave and hang up. What was locked is unlocked by that, and what was not confirmed is taken back."""
        with suppress(NCClientError, OSError, EOFError):
            if self._lost:
                self._ssh.close()
            else:
                self._manager.async_mode, self._manager.timeout = False, _SETTLE_S
                self._manager.close_session()

    def _sent(self, request: Callable[[Manager], RPC]) -> RPC:
        self._manager.async_mode = True
        return request(self._manager)


@contextmanager
def connected(device: Device, credentials: Credentials, run: Run, clock: Clock) -> Iterator[Session]:
    """A session, closed afterwards. Raises: DgFailure (401); what the run raises."""
    what = f"connect, {device}"
    with run.step(what), translated(what):
        ssh = _logged_in(device, credentials, min(_CONNECT_S, run.remaining_s()))
    session = Session(device, ssh, run, clock)
    try:
        yield session
    finally:
        session.close()


def _logged_in(device: Device, credentials: Credentials, limit_s: float) -> SSHSession:
    settings = device.settings
    ssh = SSHSession(_DIALECT)
    if settings.verify_host_key and settings.known_hosts_file:
        ssh.load_known_hosts(str(credentials.file(settings.known_hosts_file)))
    login: dict[str, Any] = {"username": settings.user, "allow_agent": False, "look_for_keys": False}
    if settings.key_file:
        login["key_filename"] = str(credentials.file(settings.key_file))
    if settings.password_file:
        login["password"] = credentials.secret(settings.password_file)
    try:
        ssh.connect(device.address, settings.port, timeout=limit_s, hostkey_verify=settings.verify_host_key, **login)
    except BaseException:
        if ssh.transport:
            ssh.close()
        raise
    return ssh
