"""Evacuate: a VM whose host is down is made anew on another host, and is in the state it was in.

The host is the payload's `targethost-id`, which must be UP/ENABLED, else Nova chooses one. From its latest snapshot, if
there is one, the server is rebuilt then, unless `rebuild-vm` is false or it boots from a volume.

    state behind the status   Evacuate
    active                    evacuate, (rebuild), os-start
    stopped                   evacuate, (rebuild)
    error                     evacuate, (rebuild); it runs then

Nova judges by this state and not by a task, which may hang as the host is down. A paused or suspended server fails:
what it had in memory is lost with its host, and Nova refuses it. So do all others.
"""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from appc.lcm.errors import DgFailure
from appc.lcm.outcome import Outcome
from appc.lcm.payloads import EvacuatePayload
from appc.southbound.openstack.cloud_work import repeated
from appc.southbound.openstack.hosts import Host, host_named, hosts
from appc.southbound.openstack.images import latest_snapshot
from appc.southbound.openstack.power import START
from appc.southbound.openstack.rebuild import rebuild_from
from appc.southbound.openstack.servers import Goal, Server, arrive, find, find_settled, move, told
from appc.southbound.openstack.vm_work import VmWork

if TYPE_CHECKING:
    from appc.southbound.openstack.connection import Answer

#: From this microversion on a server that ran arrives stopped; so it is rebuilt before it runs.
_ARRIVES_STOPPED = (2, 95)
#: From 2.29 on the scheduler judges a named host; from 2.14 on Nova finds out itself about shared storage.
_JUDGES_HOST, _KNOWS_STORAGE = (2, 29), (2, 14)


def evacuate(work: VmWork) -> Outcome:
    """Evacuate (guide, "Evacuate"; facts 6.4)."""
    payload = EvacuatePayload.parse(work.task.request.payload)
    server = find(work)
    if server.vm_state not in ("active", "stopped", "error"):
        raise DgFailure(f"Evacuate is not possible: {server.described}")
    known = hosts(work)
    _check_source(server, known)
    target = _target(known, payload.targethost_id) if payload.targethost_id else None
    arrived = _evacuated(work, server, target)
    rebuilt = _rebuilt(work, arrived) if payload.rebuild_vm else ""
    if server.vm_state != "stopped" and (now := find_settled(work)).status == "SHUTOFF":
        move(work, now, START)
    return Outcome.success(f"{arrived} was moved from host {server.host} to {arrived.host}{rebuilt}")


def _check_source(server: Server, known: Sequence[Host]) -> None:
    source = next((host for host in known if host.name == server.host), None)
    if source is not None and source.up:
        raise DgFailure(
            f"conflict: host {source.name} of {server} is up: "
            "Evacuate is for a host that is down, Migrate moves a VM from a living one"
        )


def _target(known: Sequence[Host], name: str) -> Host:
    target = host_named(known, name)
    if not (target.up and target.enabled):
        raise DgFailure(f"badRequest: Target host {target.name} status is not UP/ENABLED: it is {target.state}")
    return target


def _evacuated(work: VmWork, server: Server, target: Host | None) -> Server:
    microversion = _microversion(work)
    ran = {"SHUTOFF"} if microversion == _ARRIVES_STOPPED else {"ACTIVE"}
    statuses = {"active": ran, "stopped": {"SHUTOFF"}, "error": {"ACTIVE", "SHUTOFF"}}[server.vm_state]
    arguments: dict[str, object] = {"host": target.name} if target else {}
    if microversion is None:
        arguments["onSharedStorage"] = False

    def there(now: Server) -> bool:
        return now.host != server.host and now.status in statuses

    def call() -> "Answer":
        version = ".".join(map(str, microversion)) if microversion else None
        return work.act("evacuate", arguments, server.name, version)

    def taken() -> bool:
        now = find(work)
        return now.host != server.host or now.status == "REBUILD"

    answer = told(call, taken)
    return arrive(work, server, Goal("come to another host", there), answer)


def _microversion(work: VmWork) -> tuple[int, int] | None:
    nova = work.connection.compute
    known = (_ARRIVES_STOPPED, _JUDGES_HOST, _KNOWS_STORAGE)
    return next((one for one in known if repeated(partial(nova.supports, one), work.run)), None)


def _rebuilt(work: VmWork, server: Server) -> str:
    snapshot = latest_snapshot(work, server) if server.image_id else None
    if snapshot is None:
        return ""
    try:
        rebuild_from(work, server, snapshot)
    except DgFailure as failure:
        text = f"{server} was evacuated to host {server.host}, but its rebuild failed"
        raise DgFailure(f"{text}: {failure.detail}") from failure
    return f" and rebuilt from {snapshot}"
