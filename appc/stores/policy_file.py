"""Reads POLICY_FILE: the parallel policy in the JSON shape of APPC's `request_validation_policy` (facts 3.7).

{"request-validation-policies": [{"name": "ActionInProgress", "rules": [
  {"action-received": "HealthCheck", "validation-rule": "Accept",
   "in-progress-action-inclusion-list": ["Audit", "Sync"]},
  {"action-received": "Default", "validation-rule": "Reject"}]}]}
"""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from appc.lcm.actions import ACTIONS
from appc.lcm.policy import ParallelPolicy, ParallelRule, Verdict
from appc.stores.marked_yaml import Marked, read, validated

#: The rule for every action that has none of its own.
_DEFAULT = "Default"
_INCLUDED, _EXCLUDED = "in-progress-action-inclusion-list", "in-progress-action-exclusion-list"


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _RuleRow(_Row):
    received: str = Field(alias="action-received")
    verdict: Literal["Accept", "Reject"] = Field(alias="validation-rule")
    included: list[str] | None = Field(None, alias=_INCLUDED)
    excluded: list[str] | None = Field(None, alias=_EXCLUDED)

    def rule(self) -> ParallelRule:
        return ParallelRule(Verdict(self.verdict), _known(self.included), _known(self.excluded))


class _PolicyRow(_Row):
    name: Literal["ActionInProgress"]
    rules: list[_RuleRow]


class _Document(_Row):
    policies: list[_PolicyRow] = Field(alias="request-validation-policies", min_length=1, max_length=1)


def read_policy(path: Path) -> ParallelPolicy:
    """The policy of the file. Rules for actions that are none of ours, and such names in lists, are passed over.

    Raises: Misconfigured with every fault of the file, by line and field.
    """
    marked = read(path)
    document = validated(marked, _Document)
    marked.unique(marked.pick("request-validation-policies", "*", "rules", "*", "action-received"))
    _check_lists(marked)
    marked.settle()
    rows = document.policies[0].rules if document else []
    rules = {row.received: row.rule() for row in rows}
    # without a rule for the others nothing else may overlap, as without a file
    default = rules.pop(_DEFAULT, ParallelRule(Verdict.REJECT))
    return ParallelPolicy({name: rule for name, rule in rules.items() if name in ACTIONS}, default)


def _check_lists(marked: Marked) -> None:
    for place, rule in marked.pick("request-validation-policies", "*", "rules", "*"):
        if isinstance(rule, dict) and rule.get(_INCLUDED) is not None and rule.get(_EXCLUDED) is not None:
            marked.fault(place, f"has both {_INCLUDED} and {_EXCLUDED}; a rule has one of them at most")


def _known(actions: list[str] | None) -> frozenset[str] | None:
    return None if actions is None else frozenset(actions) & ACTIONS.keys()
