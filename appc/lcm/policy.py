"""The parallel policy, as data: which actions may overlap (contract section 4; APPC's rule kinds, facts 3.7)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Verdict(StrEnum):
    """What a rule does with the action that was received."""

    ACCEPT = "Accept"
    REJECT = "Reject"


@dataclass(frozen=True)
class ParallelRule:
    """For one received action: accept or reject it beside the actions in progress.

    Accept with `included`: only if every one in progress is listed. Accept with `excluded`: only if
    none is. Reject with `included`: if any is listed. Reject with `excluded`: unless all are listed.
    """

    verdict: Verdict
    included: frozenset[str] | None = None
    excluded: frozenset[str] | None = None

    def allows(self, in_progress: frozenset[str]) -> bool:
        """Whether the received action may run beside these actions."""
        if self.verdict is Verdict.ACCEPT:
            within = self.included is None or in_progress <= self.included
            return within and not in_progress & (self.excluded or frozenset())
        if self.included is not None:
            return not in_progress & self.included
        return self.excluded is not None and in_progress <= self.excluded


@dataclass(frozen=True)
class ParallelPolicy:
    """The rules by received action; `default` is for every other action."""

    rules: Mapping[str, ParallelRule] = field(default_factory=dict)
    default: ParallelRule = ParallelRule(Verdict.REJECT)

    def allows(self, received: str, in_progress: Iterable[str]) -> bool:
        """Whether `received` may overlap with the actions in progress."""
        return self.rules.get(received, self.default).allows(frozenset(in_progress))


#: Audit or Sync beside HealthCheck, and HealthCheck beside Audit or Sync; nothing else.
DEFAULT_POLICY = ParallelPolicy(
    {
        "Audit": ParallelRule(Verdict.ACCEPT, included=frozenset({"HealthCheck"})),
        "Sync": ParallelRule(Verdict.ACCEPT, included=frozenset({"HealthCheck"})),
        "HealthCheck": ParallelRule(Verdict.ACCEPT, included=frozenset({"Audit", "Sync"})),
    }
)
