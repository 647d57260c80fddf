"""The configured clouds: which one a message means, and the way to it."""

import logging
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING

from appc.lcm.errors import DgFailure
from appc.southbound.openstack import choice
from appc.southbound.openstack.choice import Named
from appc.southbound.openstack.clouds_file import Cloud, CloudsFile, Environment, Reading
from appc.southbound.openstack.errors import CloudFailure
from appc.southbound.openstack.waiting import Poller

if TYPE_CHECKING:
    from appc.southbound.openstack.connection import CloudConnection

_LOG = logging.getLogger(__name__)

#: Modules that import each other must not be imported by two threads at once: one would see the other's half of them.
_IMPORT = Lock()

#: A catalogue that could not be fetched is asked for again after so many seconds, when a message needs it.
_ASK_AGAIN_S = 30.0


@dataclass(frozen=True)
class Reached:
    """A cloud that answers: its connection, and the thread that waits there for everyone."""

    connection: "CloudConnection"
    poller: Poller


class Clouds:
    """The clouds of clouds.yaml. For many threads; connects when a cloud is first needed, once for all."""

    def __init__(self, clouds_file: Path | None, env_cloud: str | None, environment: Environment = os.environ) -> None:
        """`clouds_file`: None for the usual places; `env_cloud`: OS_CLOUD."""
        self._file = CloudsFile(clouds_file, environment)
        self._env_cloud = env_cloud
        self._lock = Lock()
        self._reading = Reading()
        self._doors: dict[str, _Door] = {}
        self._known: dict[str, Cloud] = {}

    def configured(self) -> Reading:
        """What clouds.yaml says now, completed by the catalogues as last seen."""
        reading, known, _ = self._present()
        return Reading(reading.file, known, reading.problem)

    def check(self, named: Named) -> None:
        """The addresses of a message must belong to configured clouds. Raises: InvalidInputParameter (301)."""
        choice.check(named, self._for(named))

    def choose(self, named: Named, inventory_cloud: str | None) -> Cloud | None:
        """The cloud that a message means (contract section 8); None if there is none and no address was given.

        Raises: InvalidInputParameter (301).
        """
        return choice.choose(named, self._for(named), inventory_cloud, self._env_cloud)

    def reach(self, name: str | None) -> Reached:
        """The way to this cloud; connects first where need be, then it may block for the time-outs.

        Raises: DgFailure (401).
        """
        reading, known, doors = self._present()
        if name is None or reading.file is None or not known:
            why = f": clouds.yaml cannot be used: {reading.problem}" if reading.problem else ""
            raise DgFailure(f"no cloud is configured{why}")
        if name not in known:
            raise DgFailure(f"cloud {name} is not configured any more")
        file = reading.file
        return doors[name].open(lambda: self._connect(known, name, file))

    def warm(self) -> None:
        """Load openstacksdk (0.4 s) and see every cloud's catalogue; to be called in the background."""
        _connection_class()
        self._learn(self._present()[1])

    def close(self) -> None:
        """Close every connection; one that is in use closes when it has served."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        for door in self._doors.values():
            door.close()

    def _present(self) -> tuple[Reading, dict[str, Cloud], dict[str, "_Door"]]:
        """The file as it is, and what was learned since it is so."""
        reading = self._file.read()
        with self._lock:
            if reading.clouds is not self._reading.clouds:
                self._close()
                self._known = dict(reading.clouds)
                self._doors = {name: _Door() for name in reading.clouds}
            self._reading = reading
            return reading, self._known, self._doors

    def _for(self, named: Named) -> dict[str, Cloud]:
        """The clouds to judge by; catalogues that are missing are fetched for the next message."""
        _, known, doors = self._present()
        if named.addressed:
            missing = [name for name, cloud in known.items() if not cloud.learned and doors[name].may_ask()]
            if missing:
                Thread(target=self._learn, args=(missing,), name="catalogues", daemon=True).start()
        return known

    def _learn(self, names: Iterable[str]) -> None:
        for name in list(names):
            try:
                self.reach(name)
            except DgFailure as failure:
                _LOG.info("%s", failure.message)

    def _connect(self, known: dict[str, Cloud], name: str, file: Path) -> Reached:
        connection = _connection_class()(known[name], file)
        known[name] = connection.cloud
        return Reached(connection, Poller(connection))


def _connection_class() -> "type[CloudConnection]":
    """Loads openstacksdk, the first time."""
    with _IMPORT:
        from appc.southbound.openstack.connection import CloudConnection
    return CloudConnection


class _Door:
    """The way to one cloud: the first caller opens it; those who waited for a failing attempt share its failure.

    It is opened anew once its credentials were refused: they may have been changed.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._reached: Reached | None = None
        self._failure: CloudFailure | None = None
        self._failed_at = -_ASK_AGAIN_S
        self._asked_at = -_ASK_AGAIN_S

    def open(self, connect: Callable[[], Reached]) -> Reached:
        came_at = time.monotonic()
        with self._lock:
            if self._reached is not None and not self._reached.connection.refused:
                return self._reached
            # So a cloud that does not answer costs its callers one time-out, not one after the other.
            if self._failure is not None and self._failed_at >= came_at:
                raise self._failure
            self.close()
            self._reached = None
            try:
                self._reached = connect()
            except CloudFailure as failure:
                self._failure, self._failed_at = failure, time.monotonic()
                raise
            return self._reached

    def may_ask(self) -> bool:
        """Whether it is time to ask for the catalogue in the background."""
        now = time.monotonic()
        due = now - self._asked_at >= _ASK_AGAIN_S
        if due:
            self._asked_at = now
        return due

    def close(self) -> None:
        if self._reached is not None:
            self._reached.connection.close()
