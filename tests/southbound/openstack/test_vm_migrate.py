"""Migrate (guide; facts 6.4): to another host, and back in the state it was in."""

import pytest

from appc.demo.cloud import DemoCloud
from appc.lcm.errors import DgFailure
from tests.fakes.faulty_cloud import Fate, FaultyCloud, answering, first, lost_after, lost_before, then
from tests.southbound.openstack.conftest import Effects, Perform, Until

MOVED = ["migrate", "confirmResize"]


@pytest.mark.parametrize(
    ("status", "operations"),
    [
        pytest.param("ACTIVE", MOVED, id="running"),
        pytest.param("SHUTOFF", MOVED, id="stopped stays stopped"),
        pytest.param("SUSPENDED", ["resume", *MOVED, "suspend"], id="suspended"),
    ],
)
def test_a_moved_server_is_in_the_state_it_was_in(
    status: str, operations: list[str], cloud: DemoCloud, vm: str, perform: Perform, effects: Effects
) -> None:
    """On another host, and confirmed."""
    cloud.put(vm, status)
    assert perform("Migrate", vm).code == 400
    now = cloud.server(vm)
    assert (now.status, now.host, effects()) == (status, "demo-host-2", operations)
    assert [step.split()[0] for step in perform.run.steps] == operations


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        pytest.param("PAUSED", "unpause it first", id="paused"),
        pytest.param("VERIFY_RESIZE", "a resize waits to be confirmed or reverted", id="resized"),
        pytest.param("ERROR", "disk full", id="in error"),
        pytest.param("SHELVED_OFFLOADED", "it is on no host", id="shelved"),
    ],
)
def test_other_states_are_refused_with_advice(
    status: str, advice: str, cloud: DemoCloud, vm: str, perform: Perform
) -> None:
    """Nova is not told anything."""
    cloud.put(vm, status, fault="disk full")
    with pytest.raises(DgFailure, match=f"Migrate is not possible: .* is {status}: {advice}"):
        perform("Migrate", vm)
    assert perform.run.steps == []


@pytest.mark.parametrize("status", ["ACTIVE", "SUSPENDED"])
def test_a_migration_that_is_rolled_back_fails_with_novas_reason(
    status: str, cloud: DemoCloud, vm: str, through_proxy: FaultyCloud, perform: Perform
) -> None:
    """No host was free: the server is where and as it was."""
    cloud.put(vm, status)
    for name in ("demo-host-2", "demo-host-3"):
        cloud.set_host(name, enabled=False)
    through_proxy.spoil("GET", "/servers/", then(lambda: perform.clock.advance(1)), times=1000)
    with pytest.raises(DgFailure, match=r"Nova left it ACTIVE: No valid host was found.*: cloud demo, req-"):
        perform("Migrate", vm)
    assert (cloud.server(vm).status, cloud.server(vm).host) == (status, "demo-host-1")


def test_a_migration_that_breaks_the_server_tells_its_fault(cloud: DemoCloud, vm: str, perform: Perform) -> None:
    """Where Nova could not roll back."""
    cloud.fail("migrate", "the disk could not be copied")
    with pytest.raises(DgFailure, match="is ERROR: the disk could not be copied"):
        perform("Migrate", vm)


def test_without_the_right_to_it_it_is_forbidden(vm: str, through_proxy: FaultyCloud, perform: Perform) -> None:
    """By default Nova grants it to administrators only."""
    denied = '{"forbidden": {"code": 403, "message": "Policy does not allow it"}}'
    through_proxy.spoil("POST", "/action", answering(403, denied, content_type="application/json"))
    with pytest.raises(DgFailure, match="DG FAILURE - forbidden: Policy does not allow it"):
        perform("Migrate", vm)


@pytest.mark.parametrize(
    ("call", "fate"),
    [
        pytest.param(1, lost_after, id="of the migration"),
        pytest.param(2, lost_after, id="of the confirmation"),
        pytest.param(1, lost_before, id="of a migration that never began"),
    ],
)
def test_a_lost_answer_is_no_failure(
    call: int, fate: Fate, cloud: DemoCloud, vm: str, through_proxy: FaultyCloud, perform: Perform, effects: Effects
) -> None:
    """Where the server ends up tells; Nova refuses to do it twice."""
    for _ in range(call - 1):
        through_proxy.spoil("POST", "/action", first(lambda: None))
    through_proxy.spoil("POST", "/action", fate)
    assert (perform("Migrate", vm).code, effects()) == (400, MOVED)


def test_a_cloud_may_confirm_by_itself(
    cloud: DemoCloud, vm: str, through_proxy: FaultyCloud, perform: Perform, until: Until
) -> None:
    """The refusal of a second confirmation says nothing bad."""
    refused = '{"badRequest": {"code": 400, "message": "Instance has not been resized."}}'
    through_proxy.spoil("POST", "/action", first(lambda: None))

    through_proxy.spoil("POST", "/action", answering(400, refused, content_type="application/json"))
    migrating = perform.later("Migrate", vm)
    until(lambda: len(through_proxy.calls_of("POST", "/action")) == 2)
    cloud.put(vm, "ACTIVE")
    assert migrating.result().code == 400
