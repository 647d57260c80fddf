"""The parallel policy: which actions may overlap (contract section 4; APPC's four kinds of rules)."""

import pytest

from appc.lcm.actions import ACTIONS
from appc.lcm.policy import DEFAULT_POLICY, ParallelPolicy, ParallelRule, Verdict

LISTED = frozenset({"Audit", "Sync"})

ACCEPT_LISTED = ParallelRule(Verdict.ACCEPT, included=LISTED)
ACCEPT_OTHERS = ParallelRule(Verdict.ACCEPT, excluded=LISTED)
ACCEPT_ALL = ParallelRule(Verdict.ACCEPT)
REJECT_LISTED = ParallelRule(Verdict.REJECT, included=LISTED)
REJECT_OTHERS = ParallelRule(Verdict.REJECT, excluded=LISTED)
REJECT_ALL = ParallelRule(Verdict.REJECT)

#: rule; allowed beside: one listed, both listed, one not listed, one of each.
RULES = [
    pytest.param(ACCEPT_LISTED, True, True, False, False, id="Accept with inclusion list: only if every one is listed"),
    pytest.param(ACCEPT_OTHERS, False, False, True, False, id="Accept with exclusion list: only if none is listed"),
    pytest.param(ACCEPT_ALL, True, True, True, True, id="Accept without list"),
    pytest.param(REJECT_LISTED, False, False, True, False, id="Reject with inclusion list: if any is listed"),
    pytest.param(REJECT_OTHERS, True, True, False, False, id="Reject with exclusion list: unless every one is listed"),
    pytest.param(REJECT_ALL, False, False, False, False, id="Reject without list"),
]


@pytest.mark.parametrize(("rule", "one", "both", "other", "mixed"), RULES)
def test_a_rule_decides_on_the_actions_in_progress(
    rule: ParallelRule, one: bool, both: bool, other: bool, mixed: bool
) -> None:
    """The table of the facts, section 3.7."""
    assert [
        rule.allows(frozenset(running)) for running in ({"Audit"}, {"Audit", "Sync"}, {"Restart"}, {"Audit", "Restart"})
    ] == [one, both, other, mixed]


def test_an_action_without_a_rule_takes_the_default() -> None:
    """Rule by the received action's name, else the default's."""
    policy = ParallelPolicy({"Audit": REJECT_ALL}, default=ACCEPT_ALL)
    assert not policy.allows("Audit", ["Sync"])
    assert policy.allows("Stop", ["Sync"])


def test_a_policy_without_rules_allows_no_overlap() -> None:
    """What is not allowed is rejected."""
    assert not ParallelPolicy().allows("HealthCheck", ["Audit"])


ALLOWED = {("Audit", "HealthCheck"), ("Sync", "HealthCheck"), ("HealthCheck", "Audit"), ("HealthCheck", "Sync")}


@pytest.mark.parametrize("received", [pytest.param(name, id=name) for name in ACTIONS])
def test_audit_and_sync_go_with_healthcheck_and_nothing_else(received: str) -> None:
    """The installation's policy, for every pair of actions."""
    beside = {running for running in ACTIONS if DEFAULT_POLICY.allows(received, [running])}
    assert beside == {running for first, running in ALLOWED if first == received}


@pytest.mark.parametrize(
    ("received", "running", "allowed"),
    [
        pytest.param("HealthCheck", ["Audit", "Sync"], True, id="every one in progress is allowed"),
        pytest.param("HealthCheck", ["Audit", "Restart"], False, id="one of them is not"),
        pytest.param("Audit", ["HealthCheck", "HealthCheck"], True, id="several of the same"),
        pytest.param("Audit", ["HealthCheck", "Audit"], False, id="one of its own kind"),
    ],
)
def test_all_actions_in_progress_are_judged_together(received: str, running: list[str], allowed: bool) -> None:
    """The rule is applied to the set of them."""
    assert DEFAULT_POLICY.allows(received, running) is allowed
