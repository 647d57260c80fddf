"""POLICY_FILE: the parallel policy in APPC's own shape (contract section 4; facts 3.7)."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appc.lcm.actions import ACTIONS
from appc.lcm.policy import DEFAULT_POLICY, ParallelPolicy, ParallelRule, Verdict
from appc.lcm.ports.failures import Misconfigured
from appc.stores.policy_file import read_policy

VECTORS = Path(__file__).parent / "vectors"
INCLUDED, EXCLUDED = "in-progress-action-inclusion-list", "in-progress-action-exclusion-list"


def policy_of(folder: Path, *rules: Mapping[str, Any]) -> ParallelPolicy:
    """The policy of a file with these rules."""
    path = folder / "policy.json"
    policies = [{"name": "ActionInProgress", "rules": rules}]
    path.write_text(json.dumps({"request-validation-policies": policies}, indent=1), encoding="utf-8")
    return read_policy(path)


def rule(
    verdict: str,
    received: str = "Default",
    included: list[str] | None = None,
    excluded: list[str] | None = None,
) -> dict[str, Any]:
    """One rule of the file; a list that is not given is not in it."""
    lists = {INCLUDED: included, EXCLUDED: excluded}
    given_lists = {name: actions for name, actions in lists.items() if actions is not None}
    return {"action-received": received, "validation-rule": verdict} | given_lists


#: The shipped policy against what may overlap: it is the contract's, as CheckLock is never in progress.
OVERLAPPING = sorted(ACTIONS.keys() - {"ActionStatus", "CheckLock", "Lock", "Unlock"})


@pytest.mark.parametrize("received", OVERLAPPING)
def test_the_shipped_policy_is_the_contract_s(received: str) -> None:
    """Audit or Sync with HealthCheck, HealthCheck with Audit or Sync; nothing else."""
    shipped = read_policy(VECTORS / "request_validation_policy.shipped.json")
    for running in OVERLAPPING:
        assert shipped.allows(received, [running]) == DEFAULT_POLICY.allows(received, [running]), running


def test_appc_s_test_policy_is_read_rule_by_rule() -> None:
    """All four forms of a rule; `Test`, which is no action of ours, is passed over in lists."""
    listed = frozenset({"HealthCheck", "CheckLock"})
    assert read_policy(VECTORS / "validation-policy-unit-test.json") == ParallelPolicy(
        {
            "Audit": ParallelRule(Verdict.REJECT, excluded=listed),
            "Start": ParallelRule(Verdict.REJECT, included=listed),
            "Sync": ParallelRule(Verdict.ACCEPT, excluded=listed),
            "Stop": ParallelRule(Verdict.ACCEPT, included=listed),
        },
        ParallelRule(Verdict.REJECT, excluded=frozenset({"CheckLock"})),
    )


@pytest.mark.parametrize(
    ("row", "alone", "listed", "other", "both"),
    [
        pytest.param(rule("Accept", included=["Audit"]), True, True, False, False, id="accept, inclusion list"),
        pytest.param(rule("Accept", excluded=["Audit"]), True, False, True, False, id="accept, exclusion list"),
        pytest.param(rule("Accept"), True, True, True, True, id="accept"),
        pytest.param(rule("Reject", included=["Audit"]), True, False, True, False, id="reject, inclusion list"),
        pytest.param(rule("Reject", excluded=["Audit"]), True, True, False, False, id="reject, exclusion list"),
        pytest.param(rule("Reject"), False, False, False, False, id="reject"),
    ],
)
def test_each_form_of_a_rule(
    tmp_path: Path, row: dict[str, Any], alone: bool, listed: bool, other: bool, both: bool
) -> None:
    """Facts 3.7's table: nothing, a listed action, another one, and both in progress."""
    policy = policy_of(tmp_path, row)
    verdicts = [policy.allows("Start", running) for running in ([], ["Audit"], ["Sync"], ["Audit", "Sync"])]
    assert verdicts == [alone, listed, other, both]


def test_an_action_s_own_rule_goes_before_the_default(tmp_path: Path) -> None:
    """The rule named Default is for every other action."""
    policy = policy_of(tmp_path, rule("Accept"), rule("Reject", "Start"))
    assert policy.allows("Stop", ["Audit"])
    assert not policy.allows("Start", ["Audit"])


def test_without_a_default_rule_the_others_do_not_overlap(tmp_path: Path) -> None:
    """As without a file."""
    policy = policy_of(tmp_path, rule("Accept", "Start"))
    assert policy.allows("Start", ["Audit"])
    assert not policy.allows("Stop", ["Audit"])


def test_rules_for_unknown_actions_are_passed_over(tmp_path: Path) -> None:
    """APPC has actions that this controller has not."""
    assert policy_of(tmp_path, rule("Accept", "Terminate"), rule("Reject")) == ParallelPolicy({})


def test_a_null_list_is_no_list(tmp_path: Path) -> None:
    """Some exports write what is absent as null."""
    assert policy_of(tmp_path, rule("Accept") | {INCLUDED: None, EXCLUDED: None}).allows("Start", ["Audit"])


ROOT = "request-validation-policies"


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        pytest.param({}, f"{ROOT}: is missing", id="no policies"),
        pytest.param({ROOT: []}, f"{ROOT}: List should have at least 1 item", id="empty list"),
        pytest.param(
            {ROOT: [{"name": "Other", "rules": []}]},
            f"{ROOT}[0].name: must be 'ActionInProgress'",
            id="another policy",
        ),
        pytest.param(
            {
                ROOT: [
                    {"name": "ActionInProgress", "rules": [{"action-received": "Start", "validation-rule": "accept"}]}
                ]
            },
            f"{ROOT}[0].rules[0].validation-rule: must be 'Accept' or 'Reject'",
            id="no verdict",
        ),
        pytest.param(
            {ROOT: [{"name": "ActionInProgress", "rules": [rule("Accept"), rule("Reject")]}]},
            f"{ROOT}[0].rules[1].action-received: Default is already in line 1",
            id="two rules for one action",
        ),
        pytest.param(
            {ROOT: [{"name": "ActionInProgress", "rules": [rule("Accept", included=[], excluded=[])]}]},
            f"{ROOT}[0].rules[0]: has both {INCLUDED} and {EXCLUDED}",
            id="two lists",
        ),
        pytest.param(
            {ROOT: [{"name": "ActionInProgress", "rules": [rule("Accept") | {"in-progres": []}]}]},
            f"{ROOT}[0].rules[0].in-progres: is no field of this file",
            id="misspelt list",
        ),
        pytest.param(
            {ROOT: [{"name": "ActionInProgress", "rules": [rule("Accept") | {INCLUDED: "Audit"}]}]},
            f"{ROOT}[0].rules[0].{INCLUDED}: must be a list",
            id="text for list",
        ),
    ],
)
def test_a_fault_is_told_with_file_line_and_field(tmp_path: Path, document: object, fault: str) -> None:
    """As for the inventory."""
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(Misconfigured) as caught:
        read_policy(path)
    assert len(caught.value.faults) == 1
    assert caught.value.faults[0].startswith(f"policy.json:1: {fault}")


ACTION_SETS = st.frozensets(st.sampled_from(OVERLAPPING), max_size=4)


@settings(deadline=None)
@given(listed=ACTION_SETS, running=ACTION_SETS)
def test_accept_and_reject_with_the_same_list_are_the_table(
    tmp_path_factory: pytest.TempPathFactory, listed: frozenset[str], running: frozenset[str]
) -> None:
    """Facts 3.7, in its own words, over any list and any actions in progress."""
    folder = tmp_path_factory.mktemp("policy")

    def allowed(verdict: str, name: str) -> bool:
        included, excluded = [sorted(listed) if name == each else None for each in ("included", "excluded")]
        return policy_of(folder, rule(verdict, included=included, excluded=excluded)).allows("Start", running)

    assert allowed("Accept", "included") == all(action in listed for action in running)
    assert allowed("Accept", "excluded") == (not any(action in listed for action in running))
    assert allowed("Reject", "included") == (not any(action in listed for action in running))
    assert allowed("Reject", "excluded") == all(action in listed for action in running)
