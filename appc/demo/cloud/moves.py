"""Moves of servers between hosts, and resizes: where to, what is remembered of them, and how they end.

Source: Nova, `nova/conductor/manager.py` and `nova/compute/manager.py`.
"""

from collections.abc import Iterable
from dataclasses import replace

from appc.demo.cloud.actions import Order
from appc.demo.cloud.refusals import Invalid
from appc.demo.cloud.statuses import RUNNING, SHUTDOWN
from appc.demo.cloud.values import FLAVORS, Host, Migration, Server

#: Nova's action, and what its migration record calls it.
KINDS = {
    "migrate": "migration",
    "resize": "resize",
    "os-migrateLive": "live-migration",
    "evacuate": "evacuation",
}
#: What a migration's status is while it is under way, and when the server has arrived.
_STATUSES = {
    "migration": ("migrating", "finished"),
    "resize": ("migrating", "finished"),
    "live-migration": ("running", "completed"),
    "evacuation": ("accepted", "done"),
}
NO_HOST = "No valid host was found. There are not enough hosts available."
_NO_HOST_FOR = {"migrate": "No valid host was found. No valid host found for cold migrate"}


class Moves:
    """The hosts, and every migration there was, oldest first."""

    def __init__(self, hosts: Iterable[Host]) -> None:
        self.hosts = {host.name: host for host in hosts}
        self.migrations: list[Migration] = []

    def begin(self, server: Server, order: Order, now: float) -> tuple[Migration, str | None]:
        """Note a move that is asked for, and say why it cannot end well; None where it can. Raises: Invalid."""
        operation = order.action.operation
        self._check(server, order)
        dest = order.host or self._free(server)
        if dest is None and operation == "os-migrateLive":
            raise Invalid(NO_HOST)
        kind = KINDS[operation]
        number = len(self.migrations) + 1
        migration = Migration(
            number, server.id, kind, server.host, dest, now, now, server.vm_state, server.flavor, _STATUSES[kind][0]
        )
        self.migrations.append(migration)
        return migration, None if dest else _NO_HOST_FOR.get(operation, NO_HOST)

    def arrived(self, server: Server, order: Order, now: float) -> Server:
        """The server at its new host, or with its new flavor."""
        move = self._latest(server, *{status for status, _ in _STATUSES.values()})
        if move is None or move.dest is None:
            return server
        self.set_status(move, _STATUSES[move.kind][1], now)
        there = replace(server, host=move.dest, flavor=order.flavor or server.flavor)
        if move.kind != "evacuation":
            return there
        off = move.vm_state == "stopped" or (order.stays_off and move.vm_state == "active")
        state = ("stopped", SHUTDOWN) if off else ("active", RUNNING)
        return replace(there, vm_state=state[0], power_state=state[1], launched=now)

    def confirming(self, server: Server, now: float) -> None:
        """A move is to be kept. Raises: Invalid where there is none, or another confirms it."""
        move = self._latest(server, "finished", "confirming")
        if move is not None and move.status == "confirming":
            raise Invalid("Instance has not been resized.")
        if move is not None:
            self.set_status(move, "confirming", now)

    def confirmed(self, server: Server, now: float) -> Server:
        """The server in the state it was in before it was moved."""
        move = self._latest(server, "confirming")
        if move is not None:
            self.set_status(move, "confirmed", now)
        return replace(server, vm_state="stopped" if server.power_state == SHUTDOWN else "active")

    def reverted(self, server: Server, now: float) -> Server:
        """The server where and as it was."""
        move = self._latest(server, "finished")
        if move is None:
            return replace(server, vm_state="active")
        self.set_status(move, "reverted", now)
        return replace(server, vm_state=move.vm_state, host=move.source, flavor=move.flavor)

    def failed(self, server: Server, now: float) -> None:
        """What was under way for the server has failed."""
        move = self._latest(server, *{status for status, _ in _STATUSES.values()})
        if move is not None:
            self.set_status(move, "error", now)

    def set_status(self, migration: Migration, status: str, now: float) -> None:
        """Change the record."""
        self.migrations[migration.id - 1] = replace(migration, status=status, updated=now)

    def _latest(self, server: Server, *statuses: str) -> Migration | None:
        found = (move for move in reversed(self.migrations) if move.server == server.id and move.status in statuses)
        return next(found, None)

    def _free(self, server: Server) -> str | None:
        others = (host for host in self.hosts.values() if host.name != server.host)
        return next((host.name for host in others if host.alive and host.enabled), None)

    def _check(self, server: Server, order: Order) -> None:
        operation, host = order.action.operation, order.host
        if operation == "evacuate" and self.hosts[server.host].alive:
            raise Invalid(f"Compute service of {server.host} is still in use.")
        if operation == "resize" and order.flavor not in FLAVORS:
            raise Invalid(f"Flavor {order.flavor} could not be found.")
        if operation == "resize" and order.flavor == server.flavor:
            raise Invalid("When resizing, instances must change flavor!")
        if host is None:
            return
        if host not in self.hosts:
            raise Invalid(f"Compute host {host} could not be found.")
        if host == server.host:
            raise Invalid("Cannot migrate to the host where the server exists.")
