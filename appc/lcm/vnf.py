"""VnfState: lock, requests in progress and settled states of one VNF; the aggregate that admission changes."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from appc.lcm.phases import UNKNOWN, display_state, settled_state
from appc.lcm.request import Mode, RequestKey
from appc.lcm.target import Scope, Target

#: The key of `VnfState.states` for whatever has no key of its own.
EVERYTHING = "everything"


@dataclass(frozen=True)
class Lock:
    """An explicit lock. Its owner is a request-id; `until` is by the store's clock."""

    request_id: str
    since: datetime
    until: datetime


@dataclass(frozen=True)
class InProgress:
    """An accepted asynchronous request that has no final answer yet."""

    record_id: str
    key: RequestKey
    action: str
    target: Target
    mode: Mode
    since: datetime
    #: the target's settled state when this was accepted
    state: str = UNKNOWN

    def __str__(self) -> str:
        return f"{self.action} of request-id {self.key.request_id} (in progress since {clock_text(self.since)})"


@dataclass(frozen=True)
class VnfState:
    """Everything that admission must know of one VNF. Immutable: each change gives a new one.

    `states`: settled states by `Target.state_key`; what is absent is as the inventory says, or as
    `EVERYTHING` says where nobody knows what has become of the VNF.
    """

    vnf_id: str
    lock: Lock | None = None
    in_progress: tuple[InProgress, ...] = ()
    states: dict[str, str] = field(default_factory=dict)

    def lock_at(self, now: datetime) -> Lock | None:
        """The lock in force: it does not lapse while a request of its owner is in progress."""
        if self.lock is None:
            return None
        busy = any(entry.key.request_id == self.lock.request_id for entry in self.in_progress)
        return self.lock if busy or now < self.lock.until else None

    def state_of(self, target: Target, first: str) -> str:
        """The target's settled state; `first` is the inventory's."""
        return self.states.get(target.state_key) or self.states.get(EVERYTHING, first)

    def with_lock(self, request_id: str, now: datetime, until: datetime) -> Self:
        """Lock, or renew the owner's own lock."""
        held = self.lock_at(now)
        since = held.since if held and held.request_id == request_id else now
        return replace(self, lock=Lock(request_id, since, until))

    def unlocked(self) -> Self:
        """Without a lock."""
        return replace(self, lock=None)

    def without_lapsed_lock(self, now: datetime) -> Self:
        """Forget a lock that is not in force any more."""
        return self if self.lock is self.lock_at(now) else self.unlocked()

    def renewed(self, request_id: str, now: datetime, until: datetime) -> Self:
        """The owner's lock prolonged; no change for anybody else's request."""
        held = self.lock_at(now)
        return self.with_lock(request_id, now, until) if held and held.request_id == request_id else self

    def with_request(self, entry: InProgress) -> Self:
        """With one more request in progress."""
        return replace(self, in_progress=(*self.in_progress, entry))

    def entry(self, record_id: str) -> InProgress | None:
        """The request in progress with this record id."""
        return next((entry for entry in self.in_progress if entry.record_id == record_id), None)

    def released(self, record_id: str) -> Self:
        """Without that request; the target's state is as it was."""
        return replace(self, in_progress=tuple(e for e in self.in_progress if e.record_id != record_id))

    def settled(self, entry: InProgress, succeeded: bool | None) -> Self:
        """Without that request, its target's state settled; None: nobody knows how it ended, nor what it touched."""
        if succeeded is None:
            whole = entry.target.scope is Scope.VNF
            states = {EVERYTHING: UNKNOWN} if whole else {**self.states, entry.target.state_key: UNKNOWN}
        else:
            before = self.state_of(entry.target, entry.state)
            states = {**self.states, entry.target.state_key: settled_state(entry.action, before, succeeded)}
        return replace(self.released(entry.record_id), states=states)

    def shown_state(self, target: Target, first: str) -> str:
        """What to display: the transient state while something runs, else the settled one."""
        settled = self.state_of(target, first)
        running = [entry.action for entry in self.in_progress if entry.target.state_key == target.state_key]
        return display_state(running[-1], settled) if running else settled


def clock_text(moment: datetime) -> str:
    """A time for people, in UTC, to the second."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
