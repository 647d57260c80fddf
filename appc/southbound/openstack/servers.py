"""Start, Stop, Restart and Reboot of a VM by Nova.

What Start, Stop and Restart do depends on the server's status, asked from the cloud; what is not in the table fails:

    status                       Start     Stop              Restart
    ACTIVE                       -         os-stop           os-stop, os-start
    SHUTOFF                      os-start  -                 os-start
    PAUSED                       unpause   unpause, os-stop  unpause
    SUSPENDED                    resume    resume, os-stop   resume
    SHELVED, SHELVED_OFFLOADED   unshelve  -                 unshelve

A shelved server is a stopped one whose host was given back. A server in transition (BUILD, REBOOT, MIGRATING, any
task_state) is waited for. RESCUE and VERIFY_RESIZE fail, because a person is at work on the server; so do ERROR and
everything else. (APPC ends a Restart of a deleted server with success; here it fails.)
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from appc.lcm.errors import DgFailure
from appc.lcm.outcome import Outcome
from appc.lcm.payloads import RebootPayload
from appc.southbound.openstack.errors import CloudFailure, where
from appc.southbound.openstack.looks import SERVERS
from appc.southbound.openstack.vm_work import VmWork
from appc.southbound.openstack.waiting import Watch, from_when

if TYPE_CHECKING:
    from appc.southbound.openstack.connection import Answer

#: Statuses that Nova leaves by itself.
_TRANSIENT = frozenset(
    {"BUILD", "REBOOT", "HARD_REBOOT", "PASSWORD", "REBUILD", "RESIZE", "REVERT_RESIZE", "MIGRATING"}
)
#: What a list shows of a server that is no more.
_DELETED = frozenset({"DELETED", "SOFT_DELETED"})
#: Tasks of a snapshot, which do not change whether the server runs.
_SNAPSHOT_TASKS = frozenset({"image_snapshot_pending", "image_snapshot", "image_pending_upload", "image_uploading"})
#: A server that Nova left in another status than the wanted one for so long, in seconds, will not change any more.
_GIVEN_UP_S = 3.0

_ADVICE = {
    "RESCUE": "it runs its rescue image; unrescue it first",
    "VERIFY_RESIZE": "a resize waits to be confirmed or reverted",
    "UNKNOWN": "its compute cell does not answer",
}


@dataclass(frozen=True)
class Server:
    """What Nova says of a server. `project` is without dashes; `since`: from when on changes of it matter."""

    id: str
    name: str
    status: str
    task: str | None
    project: str
    fault: str = ""
    since: float | None = None

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Self:
        """From Nova's JSON."""
        return cls(
            body["id"],
            str(body.get("name", body["id"])),
            body.get("status", "UNKNOWN"),
            body.get("OS-EXT-STS:task_state"),
            str(body.get("tenant_id", "")).replace("-", "").lower(),
            (body.get("fault") or {}).get("message", ""),
        )

    @property
    def settled(self) -> bool:
        """Nova is not at work on it."""
        return self.task is None and self.status not in _TRANSIENT

    @property
    def stays(self) -> bool:
        """Nova is not at work on anything that changes its status."""
        return self.settled or self.task in _SNAPSHOT_TASKS

    def __str__(self) -> str:
        return f"server {self.name} ({self.id})"


@dataclass(frozen=True)
class Move:
    """One of Nova's server actions, and the status it leads to."""

    operation: str
    leads_to: str


_START, _STOP = Move("os-start", "ACTIVE"), Move("os-stop", "SHUTOFF")
_UNPAUSE, _RESUME, _UNSHELVE = Move("unpause", "ACTIVE"), Move("resume", "ACTIVE"), Move("unshelve", "ACTIVE")

Plan = Mapping[str, tuple[Move, ...]]

_SHELVED = {"SHELVED": (_UNSHELVE,), "SHELVED_OFFLOADED": (_UNSHELVE,)}
_TO_START: Plan = {"ACTIVE": (), "SHUTOFF": (_START,), "PAUSED": (_UNPAUSE,), "SUSPENDED": (_RESUME,), **_SHELVED}
_TO_RESTART: Plan = {**_TO_START, "ACTIVE": (_STOP, _START)}
_TO_STOP: Plan = {
    "ACTIVE": (_STOP,),
    "SHUTOFF": (),
    "PAUSED": (_UNPAUSE, _STOP),
    "SUSPENDED": (_RESUME, _STOP),
    "SHELVED": (),
    "SHELVED_OFFLOADED": (),
}


def start(work: VmWork) -> Outcome:
    """Start: the server runs afterwards (guide, "Start")."""
    return _bring(work, _TO_START)


def stop(work: VmWork) -> Outcome:
    """Stop: the server is off afterwards (guide, "Stop")."""
    return _bring(work, _TO_STOP)


def restart(work: VmWork) -> Outcome:
    """Restart: off and on again, or only on (guide, "Restart")."""
    return _bring(work, _TO_RESTART)


def reboot(work: VmWork) -> Outcome:
    """Reboot of the payload's type; Nova judges from which status (guide, "Reboot")."""
    kind = RebootPayload.parse(work.task.request.payload).type
    # A HARD reboot is the way out of a task that hangs: it must not wait for that task to end.
    server = find(work) if kind == "HARD" else find_settled(work)
    answer = work.act("reboot", {"type": kind}, f"{kind} {server.name}")
    _arrive(work, server, "ACTIVE", answer)
    return Outcome.success()


def find(work: VmWork) -> Server:
    """The server as it is now.

    Raises: CloudFailure, where there is none; DgFailure (401) where it is of another project than the vm-id says.
    """
    answer = work.look(f"/{SERVERS}/{work.place.vm_id}")
    body = answer.body["server"]
    server = replace(Server.of(body), since=from_when(answer, body.get("updated")))
    if work.place.project and work.place.project != server.project:
        raise DgFailure(f"forbidden: {server} is not of the project that payload.vm-id names")
    return server


def find_settled(work: VmWork) -> Server:
    """The server as soon as Nova is not at work on it. Raises: as `find` does."""
    return _settled(work, find(work))


def _bring(work: VmWork, plan: Plan) -> Outcome:
    server = find(work)
    if plan.get(server.status) != () or not server.stays:
        server = _settled(work, server)
    moves = plan.get(server.status)
    if moves is None:
        raise DgFailure(f"{work.task.action.name} is not possible: {_state(server)}")
    for move in moves:
        server = _move(work, server, move)
    return Outcome.success("" if moves else f"{server} is {server.status} already")


def _move(work: VmWork, server: Server, move: Move, repeats: int = 2) -> Server:
    try:
        answer = work.act(move.operation, None, server.name)
    except CloudFailure as failure:
        # Refused, perhaps because another was faster; or taken, and only the answer was lost: where the server
        # ends up tells.
        if failure.http_status != 409 and not failure.lost:
            raise
        settled = find_settled(work)
        if settled.status == move.leads_to:
            return settled
        # Nova refuses to stop what is off: what was lost may be said again. What was refused would be so again.
        if not failure.lost or settled.status != server.status or repeats == 0:
            raise
        return _move(work, settled, move, repeats - 1)
    return _arrive(work, server, move.leads_to, answer)


def _arrive(work: VmWork, server: Server, status: str, told: "Answer") -> Server:
    """Wait until a server that was told to change, with this answer, has done so. Raises: DgFailure (401)."""
    elsewhere_since: float | None = None

    def judge(body: Mapping[str, Any] | None) -> Server | None:
        nonlocal elsewhere_since
        now = _present(body, server)
        if now.status == status and now.stays:
            return now
        if not now.settled:
            elsewhere_since = None
            return None
        if now.status == "ERROR":
            raise DgFailure(f"{_state(now)}: {where(work.connection.cloud.name, told.headers)}")
        moment = work.clock.monotonic()
        elsewhere_since = moment if elsewhere_since is None else elsewhere_since
        if moment - elsewhere_since >= _GIVEN_UP_S:
            raise DgFailure(f"{now} should have become {status}, and Nova left it {now.status}")
        return None

    return work.wait(_watch(work, server), f"{server} to become {status}", judge)


def _settled(work: VmWork, server: Server) -> Server:
    def judge(body: Mapping[str, Any] | None) -> Server | None:
        now = _present(body, server)
        return now if now.settled else None

    return server if server.settled else work.wait(_watch(work, server), f"{server} to settle", judge)


def _watch(work: VmWork, server: Server) -> Watch:
    return Watch(SERVERS, server.id, work.request_id, server.since, server.project)


def _present(body: Mapping[str, Any] | None, before: Server) -> Server:
    """Raises: DgFailure (401) for a server that is no more."""
    if body is None or body.get("status") in _DELETED:
        raise DgFailure(f"itemNotFound: {before} was deleted meanwhile")
    return Server.of(body)


def _state(server: Server) -> str:
    explanation = server.fault or _ADVICE.get(server.status)
    return f"{server} is {server.status}" + (f": {explanation}" if explanation else "")
