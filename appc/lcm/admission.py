"""Admission: checks 9 to 14 of contract section 4, as pure functions.

One call of `admit` is one decision. The ledger makes it atomic for the VNF; nothing here knows how.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from appc.lcm.errors import (
    DuplicateRequest,
    LockingFailure,
    PolicyValidationFailure,
    RequestRejected,
    UnstableVnf,
)
from appc.lcm.phases import Phase, transient_state
from appc.lcm.policy import DEFAULT_POLICY, ParallelPolicy
from appc.lcm.request import Mode, RequestKey
from appc.lcm.vnf import InProgress, VnfState, clock_text


@dataclass(frozen=True)
class Candidate:
    """A request that passed checks 1 to 8 and asks to be let in.

    `first_state` is the inventory's state of the target, for as long as nothing has settled there.
    """

    entry: InProgress
    first_state: str
    force: bool = False


@dataclass(frozen=True)
class Circumstances:
    """What a decision depends on besides the request and the VNF.

    `now` is by the store's clock; `orphans` are the record ids whose controller's lease has lapsed.
    """

    now: datetime
    lock_ttl_s: int = 900
    orphans: frozenset[str] = frozenset()
    policy: ParallelPolicy = DEFAULT_POLICY

    @property
    def lock_until(self) -> datetime:
        """When a lock that is taken or renewed now lapses."""
        return self.now + timedelta(seconds=self.lock_ttl_s)


Rule = Callable[[Candidate, VnfState, Circumstances], None]


def not_locked_out(candidate: Candidate, vnf: VnfState, at: Circumstances) -> None:
    """Check 9. Raises: LockingFailure (310) if another request-id holds an explicit lock."""
    _unlocked_for(candidate.entry.key.request_id, vnf, at)


def transition_defined(candidate: Candidate, vnf: VnfState, at: Circumstances) -> None:
    """Check 10, first half. Raises: NoTransitionDefined (304)."""
    del at
    transient_state(candidate.entry.action, vnf.state_of(candidate.entry.target, candidate.first_state))


def stable(candidate: Candidate, vnf: VnfState, at: Circumstances) -> None:
    """Check 10, second half. Raises: UnstableVnf (309) where a dead controller's request is not yet answered."""
    for entry in vnf.in_progress:
        if entry.record_id in at.orphans and entry.target.overlaps(candidate.entry.target):
            raise UnstableVnf(vnf.vnf_id, f"the controller of {entry} is gone; it is being taken over")


def not_behind_exclusive(candidate: Candidate, vnf: VnfState, at: Circumstances) -> None:
    """Check 12. Raises: RequestRejected (300)."""
    del at
    for entry in vnf.in_progress:
        if entry.mode is Mode.EXCLUSIVE:
            raise RequestRejected(f"VNF {vnf.vnf_id} is held in mode EXCLUSIVE by {entry}")
        if candidate.entry.mode is Mode.EXCLUSIVE:
            raise RequestRejected(f"mode EXCLUSIVE, but VNF {vnf.vnf_id} is busy with {entry}")


def no_overlap(candidate: Candidate, vnf: VnfState, at: Circumstances) -> None:
    """Check 13. Raises: PolicyValidationFailure (316)."""
    received = candidate.entry.action
    for entry in vnf.in_progress:
        # each kind of rule refuses a set of actions because of a single one; that one is named
        if entry.target.overlaps(candidate.entry.target) and not at.policy.allows(received, [entry.action]):
            raise PolicyValidationFailure(f"{received} overlaps with {entry} on {entry.target}")


RULES: tuple[Rule, ...] = (not_locked_out, transition_defined, stable, not_behind_exclusive, no_overlap)
#: Flag force skips checks 10 to 13; it does not open a lock.
RULES_UNDER_FORCE: tuple[Rule, ...] = (not_locked_out,)


def admit(candidate: Candidate, vnf: VnfState, at: Circumstances) -> VnfState:
    """Let the request in, or say why not: checks 9 to 14, in that order.

    Raises: LockingFailure (310), NoTransitionDefined (304), UnstableVnf (309), RequestRejected (300),
    PolicyValidationFailure (316).
    """
    for rule in RULES_UNDER_FORCE if candidate.force else RULES:
        rule(candidate, vnf, at)
    entry = replace(candidate.entry, state=vnf.state_of(candidate.entry.target, candidate.first_state))
    # renewed and cleared first: a lapsed lock must not come back because its former owner is busy again
    return vnf.renewed(entry.key.request_id, at.now, at.lock_until).without_lapsed_lock(at.now).with_request(entry)


def lock(request_id: str, vnf: VnfState, at: Circumstances) -> VnfState:
    """The Lock action. Raises: LockingFailure (310) if another holds the lock or runs something."""
    _owner_only(request_id, vnf, at)
    return vnf.with_lock(request_id, at.now, at.lock_until)


def unlock(request_id: str, vnf: VnfState, at: Circumstances) -> VnfState:
    """The Unlock action; unlocking what is not locked succeeds. Raises: LockingFailure (310)."""
    _owner_only(request_id, vnf, at)
    return vnf.unlocked()


def locked(vnf: VnfState, now: datetime) -> bool:
    """The CheckLock action: locked explicitly, or by an asynchronous request in progress."""
    return vnf.lock_at(now) is not None or bool(vnf.in_progress)


def _owner_only(request_id: str, vnf: VnfState, at: Circumstances) -> None:
    _unlocked_for(request_id, vnf, at)
    foreign = next((entry for entry in vnf.in_progress if entry.key.request_id != request_id), None)
    if foreign:
        raise LockingFailure(f"VNF {vnf.vnf_id} is busy with {foreign}")


def _unlocked_for(request_id: str, vnf: VnfState, at: Circumstances) -> None:
    held = vnf.lock_at(at.now)
    if held and held.request_id != request_id:
        # past its time it holds for as long as requests of its owner run
        until = f"until {clock_text(held.until)} unless renewed" if at.now < held.until else "until its requests end"
        holder = f"Lock of request-id {held.request_id} (since {clock_text(held.since)}, {until})"
        raise LockingFailure(f"VNF {vnf.vnf_id} is held by {holder}")


@dataclass(frozen=True)
class Claim:
    """A request that holds its three ids: in progress, or finished and within its TTL."""

    record_id: str
    key: RequestKey
    vnf_id: str
    action: str
    timestamp: str
    phase: Phase
    accepted_at: datetime
    expires_at: datetime


def not_duplicate(key: RequestKey, timestamp: str, claims: tuple[Claim, ...], now: datetime) -> None:
    """Check 8: the same three ids in progress, or a copy of a finished message within its TTL.

    Raises: DuplicateRequest (312).
    """
    for claim in claims:
        copy = claim.timestamp == timestamp and now < claim.expires_at
        if claim.key == key and (not claim.phase.ended or copy):
            state = "is finished" if claim.phase.ended else "is in progress"
            raise DuplicateRequest(
                f"{claim.action} of request-id {key.request_id} on VNF {claim.vnf_id}, "
                f"received {clock_text(claim.accepted_at)}, {state}"
            )
