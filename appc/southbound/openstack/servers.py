"""A server as Nova shows it: find it, tell it to change, wait until it has.

A call that changes something is journalled as a step of the run and never blindly repeated: where its answer was lost,
the server is looked at, and the call is made again only where Nova would refuse to carry it out twice.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from appc.lcm.errors import DgFailure
from appc.southbound.openstack.cloud_work import CloudWork
from appc.southbound.openstack.errors import CloudFailure, where
from appc.southbound.openstack.history import why
from appc.southbound.openstack.looks import SERVERS
from appc.southbound.openstack.vm_work import ServerWork
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
    "PAUSED": "unpause it first",
    "RESCUE": "it runs its rescue image; unrescue it first",
    "SHELVED": "unshelve it first",
    "SHELVED_OFFLOADED": "it is on no host; unshelve it first",
    "SUSPENDED": "resume it first",
    "UNKNOWN": "its compute cell does not answer",
    "VERIFY_RESIZE": "a resize waits to be confirmed or reverted",
}


@dataclass(frozen=True)
class Server:
    """What Nova says of a server. `project` is without dashes; `since`: from when on changes of it matter.

    `image_id` is None where it boots from a volume, `host` where the cloud does not tell. `launched` changes whenever
    its disk is made anew.
    """

    id: str
    name: str
    status: str
    task: str | None
    project: str
    fault: str = ""
    since: float | None = None
    vm_state: str = ""
    image_id: str | None = None
    host: str | None = None
    launched: str | None = None
    flavor: str = ""

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
            vm_state=body.get("OS-EXT-STS:vm_state", ""),
            image_id=(body.get("image") or {}).get("id"),
            host=body.get("OS-EXT-SRV-ATTR:host"),
            launched=body.get("OS-SRV-USG:launched_at"),
            flavor=(body.get("flavor") or {}).get("id", ""),
        )

    @property
    def settled(self) -> bool:
        """Nova is not at work on it."""
        return self.task is None and self.status not in _TRANSIENT

    @property
    def stays(self) -> bool:
        """Nova is not at work on anything that changes its status."""
        return self.settled or self.task in _SNAPSHOT_TASKS

    @property
    def described(self) -> str:
        """Itself and its status, with what Nova or we have to say about it."""
        explanation = self.fault or _ADVICE.get(self.status)
        return f"{self} is {self.status}" + (f": {explanation}" if explanation else "")

    def __str__(self) -> str:
        return f"server {self.name} ({self.id})"


@dataclass(frozen=True)
class Move:
    """One of Nova's server actions with its arguments, and the status it leads to."""

    operation: str
    leads_to: str
    arguments: object = None


@dataclass(frozen=True)
class Goal:
    """Where a server is to get: in words, and by a look. It may stand elsewhere without a task for `patience_s`."""

    words: str
    reached: Callable[[Server], bool]
    patience_s: float = _GIVEN_UP_S

    @classmethod
    def status(cls, status: str) -> Self:
        """To become this."""
        return cls(f"become {status}", lambda now: now.status == status)


def find(work: ServerWork) -> Server:
    """The server as it is now.

    Raises: CloudFailure, where there is none; DgFailure (401) where it is of another project than the vm-id says.
    """
    answer = work.look(f"/{SERVERS}/{work.place.vm_id}")
    body = answer.body["server"]
    server = replace(Server.of(body), since=from_when(answer, body.get("updated")))
    if server.status in _DELETED:
        # For a moment administrators see what is gone.
        raise DgFailure(f"itemNotFound: {server} was deleted")
    if work.place.project and work.place.project != server.project:
        raise DgFailure(f"forbidden: {server} is not of the project that payload.vm-id names")
    return server


def attachments_path(server_id: str) -> str:
    """Where Nova has the volumes that are attached to a server."""
    return f"/{SERVERS}/{server_id}/os-volume_attachments"


def attachments(work: CloudWork, server_id: str) -> Sequence[Mapping[str, Any]]:
    """Nova's JSON of each volume that is, or will be, at the server. Raises: CloudFailure."""
    listed: Sequence[Mapping[str, Any]] = work.look(attachments_path(server_id)).body.get("volumeAttachments", [])
    return listed


def find_settled(work: ServerWork) -> Server:
    """The server as soon as Nova is not at work on it. Raises: as `find` does."""
    return settled(work, find(work))


def settled(work: ServerWork, server: Server) -> Server:
    """The same server as soon as Nova is not at work on it. Raises: DgFailure (401)."""

    def judge(body: Mapping[str, Any] | None) -> Server | None:
        now = _present(body, server)
        return now if now.settled else None

    return server if server.settled else work.wait(_watch(work, server), f"{server} to settle", judge)


def move(work: ServerWork, server: Server, step: Move) -> Server:
    """Have a server do one thing that leads to another status. Raises: CloudFailure, DgFailure (401)."""

    def taken() -> bool:
        return find_settled(work).status == step.leads_to

    try:
        answer = told(lambda: work.act(step.operation, step.arguments, server.name), taken)
    except CloudFailure as failure:
        # Perhaps it was refused because another was faster: where the server ends up tells.
        if failure.http_status != 409 or not taken():
            raise
        answer = None
    return arrive(work, server, Goal.status(step.leads_to), answer)


def told(call: Callable[[], "Answer"], taken: Callable[[], bool], repeats: int = 2) -> "Answer | None":
    """Make a call that Nova does not carry out twice; None where its answer was lost and `taken` sees its effect.

    Raises: CloudFailure.
    """
    try:
        return call()
    except CloudFailure as failure:
        if not failure.lost:
            raise
        if taken():
            return None
        if repeats == 0:
            raise
    return told(call, taken, repeats - 1)


def arrive(work: ServerWork, server: Server, goal: Goal, answer: "Answer | None") -> Server:
    """Wait until a server that was told to change, with this answer, has done so. Raises: DgFailure (401)."""
    elsewhere_since: float | None = None

    def judge(body: Mapping[str, Any] | None) -> Server | None:
        nonlocal elsewhere_since
        now = _present(body, server)
        if goal.reached(now) and now.stays:
            return now
        if not now.settled:
            elsewhere_since = None
            return None
        if now.status == "ERROR":
            raise DgFailure(f"{now.described}{_where(work, answer)}")
        moment = work.clock.monotonic()
        elsewhere_since = moment if elsewhere_since is None else elsewhere_since
        if moment - elsewhere_since >= goal.patience_s:
            raise DgFailure(_left(work, now, goal, answer))
        return None

    return work.wait(_watch(work, server), f"{server} to {goal.words}", judge)


def _left(work: ServerWork, now: Server, goal: Goal, answer: "Answer | None") -> str:
    reason = why(work, now.id, answer)
    text = f"{now} should have {goal.words}, and Nova left it {now.status}"
    return f"{text}: {reason}{_where(work, answer)}" if reason else text


def _where(work: ServerWork, answer: "Answer | None") -> str:
    return f": {where(work.connection.cloud.name, answer.headers)}" if answer else ""


def _watch(work: ServerWork, server: Server) -> Watch:
    return Watch(SERVERS, server.id, work.request_id, server.since, server.project)


def _present(body: Mapping[str, Any] | None, before: Server) -> Server:
    """Raises: DgFailure (401) for a server that is no more."""
    if body is None or body.get("status") in _DELETED:
        raise DgFailure(f"itemNotFound: {before} was deleted meanwhile")
    return replace(Server.of(body), since=before.since)
