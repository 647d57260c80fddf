"""HealthCheck, UpgradePreCheck, UpgradePostCheck: what they find is no failure (contract section 6)."""

from typing import Any

import pytest

from appc.lcm.errors import DgFailure
from appc.lcm.ports.device import DeviceResult
from tests.fakes.clock import START
from tests.workflows.self_service import SelfService, payload_of

SICK = {"state": "unhealthy", "info": "System threshold exceeded details", "fault": {"cpuOverall": 0.8}}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param({"state": "healthy"}, {"state": "healthy"}, id="healthy"),
        pytest.param(SICK, SICK, id="unhealthy, as in the guide"),
        pytest.param({"state": "UNHEALTHY"}, {"state": "unhealthy", "info": "", "fault": {}}, id="no more is said"),
        pytest.param({"fw-1": {"state": "healthy"}, "fw-2": SICK}, SICK, id="the sick one of two hosts"),
        pytest.param({"fw-1": {"state": "healthy"}, "fw-2": {"state": "healthy"}}, {"state": "healthy"}, id="two"),
        pytest.param(
            {"state": "healthy", "identifier": "fw", "time": "01-01-1000:0000", "more": 1},
            {"state": "healthy", "identifier": "fw", "time": "01-01-1000:0000"},
            id="with identifier and time",
        ),
    ],
)
def test_a_health_check_that_ran_is_400(found: dict[str, Any], expected: dict[str, Any]) -> None:
    """The payload is the guide's; identifier and time are filled in where the check does not say."""
    outcome = SelfService(DeviceResult(found)).done("HealthCheck")
    assert outcome.code == 400
    filled = {"identifier": "vnf-1", "time": f"{START:%Y-%m-%dT%H:%M:%SZ}"} | expected
    assert payload_of(outcome) == filled


@pytest.mark.parametrize("found", [None, {}, {"state": "fine"}, {"hosts": {"fw-1": {"changed": True}}}])
def test_a_health_check_that_does_not_say_how_the_vnf_is_is_401(found: dict[str, Any] | None) -> None:
    """It is neither healthy nor unhealthy."""
    with pytest.raises(DgFailure, match="healthy"):
        SelfService(DeviceResult(found)).done("HealthCheck")


@pytest.mark.parametrize(
    ("action", "found", "expected"),
    [
        pytest.param("UpgradePreCheck", {"upgrade-status": "Available"}, {"upgrade-status": "Available"}, id="yes"),
        pytest.param(
            "UpgradePreCheck",
            {"upgrade_status": "not available", "message": "2.9 cannot be upgraded to 3.1"},
            {"upgrade-status": "Not Available", "message": "2.9 cannot be upgraded to 3.1"},
            id="no, in an Ansible variable's spelling",
        ),
        pytest.param(
            "UpgradePostCheck",
            {"fw-1": {"upgrade-status": "Completed"}, "fw-2": {"upgrade-status": "Failed"}},
            {"upgrade-status": "Failed", "message": "fw-2 says so"},
            id="failed on one of two hosts",
        ),
        pytest.param("UpgradePostCheck", {"upgrade-status": "Completed"}, {"upgrade-status": "Completed"}, id="done"),
    ],
)
def test_an_upgrade_check_that_ran_is_400(action: str, found: dict[str, Any], expected: dict[str, Any]) -> None:
    """With the guide's words; the message explains the bad ones."""
    outcome = SelfService(DeviceResult(found, "fw-2 says so")).done(action)
    assert (outcome.code, payload_of(outcome)) == (400, expected)


@pytest.mark.parametrize("action", ["UpgradePreCheck", "UpgradePostCheck"])
@pytest.mark.parametrize("found", [{}, {"upgrade-status": "perhaps"}])
def test_an_upgrade_check_that_does_not_say_what_it_found_is_401(action: str, found: dict[str, Any]) -> None:
    """The words of the other check do not count either."""
    with pytest.raises(DgFailure, match="upgrade-status"):
        SelfService(DeviceResult(found)).done(action)
