"""Servers resized, moved, confirmed, reverted, written over, and given other volumes. Source: Compute API reference."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from appc.lcm.errors import DgFailure
from appc.lcm.ports.cloud import Machine, Route
from appc.lcm.record import VmPlace
from appc.southbound.openstack.cloud_work import CloudWork
from appc.southbound.openstack.errors import CloudFailure
from appc.southbound.openstack.looks import VOLUMES, Body
from appc.southbound.openstack.servers import Goal, Server, arrive, attachments, attachments_path, find_settled, told
from appc.southbound.openstack.vm_work import ServerWork
from appc.southbound.openstack.waiting import Watch

if TYPE_CHECKING:
    from appc.southbound.openstack.connection import Answer

#: From these microversions on Nova lets choose the host of a cold move, whether disks are copied, and writes an image
#: over a volume that a server boots from.
_COLD_HOST, _LIVE, _BOOT_VOLUME = (2, 56), (2, 25), (2, 93)
#: How long Nova may take for a confirmation or a revert, in seconds: at times it shows no task meanwhile.
_PATIENCE_S = 300.0


@dataclass(frozen=True)
class Order:
    """One of Nova's server actions, its arguments, and the microversion from which on it takes them.

    `repeats`: how often it may be made again where an answer was lost and nothing is seen of it.
    """

    operation: str
    arguments: object = None
    since: tuple[int, int] | None = None
    repeats: int = 2


class CloudMachines:
    """Port Machines."""

    def __init__(self, work: CloudWork) -> None:
        self._work = work

    def look(self, vm: VmPlace) -> Machine:
        """See Machines."""
        return _machine(find_settled(self._at(vm)))

    def resize(self, vm: VmPlace, flavor: str) -> Machine:
        """See Machines."""
        work = self._at(vm)
        server = find_settled(work)
        wanted = self._flavor_id(flavor)
        if server.flavor == wanted:
            return _machine(server)
        _check_decided(server)
        return _brought(work, server, Order("resize", {"flavorRef": wanted}), _undecided("be resized"))

    def move(self, vm: VmPlace, route: Route) -> Machine:
        """See Machines."""
        work = self._at(vm)
        server = find_settled(work)
        _check_decided(server)
        if route.host and server.host == route.host:
            return _machine(server)
        if not route.live:
            order = Order("migrate", {"host": route.host}, _COLD_HOST) if route.host else Order("migrate")
            return _brought(work, server, order, _undecided("come to another host"))
        block = "auto" if route.block is None else route.block
        order = Order("os-migrateLive", {"host": route.host, "block_migration": block}, _LIVE)

        def there(now: Server) -> bool:
            return now.status == server.status and now.host not in (None, server.host)

        return _brought(work, server, order, Goal("come to another host alive", there))

    def confirm(self, vm: VmPlace) -> Machine:
        """See Machines."""
        return self._decide(vm, "confirmResize", "be confirmed")

    def revert(self, vm: VmPlace) -> Machine:
        """See Machines."""
        return self._decide(vm, "revertResize", "be as before")

    def restore(self, vm: VmPlace, image_id: str) -> Machine:
        """See Machines."""
        work = self._at(vm)
        server = find_settled(work)
        if not work.connection.compute.supports(_BOOT_VOLUME):
            raise DgFailure(
                f"{server} boots from a volume, over which cloud {work.connection.cloud.name} cannot write an image: "
                "that takes Nova 26 (microversion 2.93)"
            )

        def written(now: Server) -> bool:
            return now.status == server.status and now.launched != server.launched

        order = Order("rebuild", {"imageRef": image_id}, _BOOT_VOLUME, repeats=0)
        return _brought(work, server, order, Goal("be written over", written))

    def exchange(self, vm: VmPlace, device: str, old_id: str, new_id: str) -> None:
        """See Machines."""
        work = self._at(vm)
        server, nova = find_settled(work), work.connection.compute
        path = attachments_path(vm.vm_id)

        def there(volume_id: str) -> bool:
            return any(one.get("volumeId") == volume_id for one in attachments(work, vm.vm_id))

        def off() -> "Answer":
            return nova.delete(f"{path}/{old_id}", work.request_id)

        def on() -> "Answer":
            return nova.post(path, {"volumeAttachment": {"volumeId": new_id, "device": device}}, work.request_id)

        if there(old_id):
            told(lambda: work.change(f"detach volume {old_id} from {server.name}", off), lambda: not there(old_id))
        _await_volume(work, old_id, "available")
        if not there(new_id):
            told(lambda: work.change(f"attach volume {new_id} to {server.name}", on), lambda: there(new_id))
        _await_volume(work, new_id, "in-use")

    def _decide(self, vm: VmPlace, operation: str, words: str) -> Machine:
        work = self._at(vm)
        server = find_settled(work)
        if not _machine(server).undecided:
            return _machine(server)
        goal = Goal(words, lambda now: now.status != "VERIFY_RESIZE", _PATIENCE_S)
        return _brought(work, server, Order(operation), goal)

    def _flavor_id(self, flavor: str) -> str:
        """Of a flavor by name or id. Raises: DgFailure (401)."""
        try:
            return str(self._work.look(f"/flavors/{quote(flavor, safe='')}").body["flavor"]["id"])
        except CloudFailure as failure:
            if failure.http_status != 404:
                raise
        listed = self._work.look("/flavors/detail?is_public=none").body.get("flavors", [])
        found = [str(one["id"]) for one in listed if one.get("name") == flavor]
        if len(found) != 1:
            many = "several flavors are" if found else "no flavor is"
            raise DgFailure(f"itemNotFound: {many} named {flavor} in cloud {self._work.connection.cloud.name}")
        return found[0]

    def _at(self, vm: VmPlace) -> ServerWork:
        work = self._work
        return ServerWork(reached=work.reached, run=work.run, clock=work.clock, request_id=work.request_id, place=vm)


def _brought(work: ServerWork, server: Server, order: Order, goal: Goal) -> Machine:
    """Tell the server, and wait until it is there."""
    microversion = f"{order.since[0]}.{order.since[1]}" if order.since else None
    answer = told(
        lambda: work.act(order.operation, order.arguments, server.name, microversion),
        lambda: goal.reached(find_settled(work)),
        order.repeats,
    )
    return _machine(arrive(work, server, goal, answer))


def _undecided(words: str) -> Goal:
    return Goal(words, lambda now: now.status == "VERIFY_RESIZE")


def _await_volume(work: ServerWork, volume_id: str, status: str) -> None:
    def judge(body: Body | None) -> bool | None:
        now = body.get("status") if body else "gone"
        if now == "gone" or str(now).startswith("error"):
            raise DgFailure(f"volume {volume_id} should have become {status}, and is {now}")
        return True if now == status else None

    work.wait(Watch(VOLUMES, volume_id, work.request_id), f"volume {volume_id} to become {status}", judge)


def _check_decided(server: Server) -> None:
    if _machine(server).undecided:
        raise DgFailure(f"conflict: {server.described}")


def _machine(server: Server) -> Machine:
    return Machine(server.name, server.status, server.flavor, server.host)
