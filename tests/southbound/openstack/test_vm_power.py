"""Start, Stop, Restart and Reboot (guide; facts 6.4): what is done depends on the status that the cloud tells."""

import pytest

from appc.demo.cloud import DemoCloud
from appc.lcm.errors import DgFailure
from tests.fakes.faulty_cloud import Fate, FaultyCloud, answering, first, lost_after, lost_before, then
from tests.southbound.openstack.conftest import Effects, Perform, Until


@pytest.mark.parametrize(
    ("action", "status", "operations", "ends"),
    [
        pytest.param("Start", "SHUTOFF", ["os-start"], "ACTIVE", id="Start of a stopped server"),
        pytest.param("Start", "ACTIVE", [], "ACTIVE", id="Start of a running server does nothing"),
        pytest.param("Start", "PAUSED", ["unpause"], "ACTIVE", id="Start of a paused server"),
        pytest.param("Start", "SUSPENDED", ["resume"], "ACTIVE", id="Start of a suspended server"),
        pytest.param("Stop", "ACTIVE", ["os-stop"], "SHUTOFF", id="Stop of a running server"),
        pytest.param("Stop", "SHUTOFF", [], "SHUTOFF", id="Stop of a stopped server does nothing"),
        pytest.param("Stop", "PAUSED", ["unpause", "os-stop"], "SHUTOFF", id="Stop of a paused server"),
        pytest.param("Stop", "SUSPENDED", ["resume", "os-stop"], "SHUTOFF", id="Stop of a suspended server"),
        pytest.param("Stop", "SHELVED_OFFLOADED", [], "SHELVED_OFFLOADED", id="Stop of a shelved server does nothing"),
        pytest.param("Restart", "ACTIVE", ["os-stop", "os-start"], "ACTIVE", id="Restart of a running server"),
        pytest.param("Restart", "SHUTOFF", ["os-start"], "ACTIVE", id="Restart of a stopped server"),
        pytest.param("Restart", "PAUSED", ["unpause"], "ACTIVE", id="Restart of a paused server"),
        pytest.param("Restart", "SUSPENDED", ["resume"], "ACTIVE", id="Restart of a suspended server"),
        pytest.param("Reboot", "ACTIVE", ["reboot"], "ACTIVE", id="Reboot of a running server"),
    ],
)
def test_an_action_does_what_the_status_of_the_server_asks_for(
    action: str,
    status: str,
    operations: list[str],
    ends: str,
    cloud: DemoCloud,
    vm: str,
    perform: Perform,
    effects: Effects,
) -> None:
    """Every call that changes something is a step of the run, and success comes when the server is there."""
    cloud.put(vm, status)
    assert perform(action, vm).code == 400
    assert (effects(), cloud.server(vm).status) == (operations, ends)
    assert [step.split()[0] for step in perform.run.steps] == operations


@pytest.mark.parametrize("action", ["Start", "Stop", "Restart"])
@pytest.mark.parametrize("status", ["ERROR", "RESCUE", "VERIFY_RESIZE"])
def test_a_status_that_the_action_does_not_know_is_a_failure(
    action: str, status: str, cloud: DemoCloud, vm: str, perform: Perform
) -> None:
    """Nothing is tried on a server that is broken or that a person is at work on."""
    cloud.put(vm, status, fault="no valid host")
    with pytest.raises(DgFailure, match=rf"{action} is not possible: server vfw-1 \({vm}\) is {status}: .+"):
        perform(action, vm)
    assert perform.run.steps == []


@pytest.mark.parametrize("action", ["Start", "Stop", "Restart", "Reboot", "Snapshot"])
def test_a_deleted_server_is_a_failure(action: str, cloud: DemoCloud, vm: str, perform: Perform) -> None:
    """APPC ends the Restart of a deleted server with success; here nothing is said to be done that was not."""
    cloud.put(vm, "DELETED")
    with pytest.raises(DgFailure, match=f"DG FAILURE - itemNotFound: Instance {vm} could not be found"):
        perform(action, vm)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        pytest.param("SOFT", "ACTIVE", id="SOFT, running"),
        pytest.param("HARD", "ACTIVE", id="HARD, running"),
        pytest.param("HARD", "SHUTOFF", id="HARD, stopped"),
        pytest.param("HARD", "ERROR", id="HARD, in error"),
    ],
)
def test_reboot_of_either_type_ends_with_a_running_server(
    kind: str, status: str, cloud: DemoCloud, vm: str, perform: Perform
) -> None:
    """Nova judges which type is possible from which status."""
    cloud.put(vm, status)
    assert perform("Reboot", vm, type=kind).code == 400
    assert (cloud.server(vm).status, perform.run.steps) == ("ACTIVE", [f"reboot {kind} vfw-1"])


def test_a_soft_reboot_of_a_stopped_server_is_novas_conflict(cloud: DemoCloud, vm: str, perform: Perform) -> None:
    """The service's own message is passed on, with the name of the cloud and the id in its log."""
    cloud.put(vm, "SHUTOFF")
    wording = f"conflict: Cannot 'reboot' instance {vm} while it is in vm_state stopped"
    with pytest.raises(DgFailure, match=rf"DG FAILURE - {wording}: cloud demo, req-[0-9a-f-]+$"):
        perform("Reboot", vm, type="SOFT")


def test_a_hard_reboot_does_not_wait_for_a_task_that_hangs(cloud: DemoCloud, vm: str, perform: Perform) -> None:
    """It is the way out of a task that never ends."""
    cloud.put(vm, "ACTIVE", task_state="reboot_started")
    assert perform("Reboot", vm, type="HARD").code == 400


def test_a_server_in_transition_is_waited_for(
    cloud: DemoCloud, vm: str, perform: Perform, effects: Effects, until: Until
) -> None:
    """What to do is decided when the server has settled."""
    cloud.put(vm, "BUILD")
    start = perform.later("Start", vm)
    until(lambda: perform.run.reports)
    cloud.put(vm, "SHUTOFF")
    assert start.result().code == 400
    assert "settle, now BUILD (spawning)" in perform.run.reports[0][0]
    assert effects() == ["os-start"]


@pytest.mark.parametrize(("action", "status"), [("Start", "ACTIVE"), ("Stop", "SHUTOFF")])
def test_a_snapshot_in_progress_keeps_nobody_waiting_who_has_nothing_to_do(
    action: str, status: str, cloud: DemoCloud, vm: str, perform: Perform
) -> None:
    """While its image is copied, a server that runs is a running one."""
    cloud.put(vm, status, task_state="image_uploading")
    assert perform(action, vm).code == 400


@pytest.mark.parametrize(
    ("action", "before", "after"),
    [
        pytest.param("Start", "SHUTOFF", "ACTIVE", id="started by another"),
        pytest.param("Stop", "ACTIVE", "SHUTOFF", id="stopped by another"),
    ],
)
def test_a_conflict_is_a_success_when_another_was_faster(
    action: str, before: str, after: str, cloud: DemoCloud, vm: str, through_proxy: FaultyCloud, perform: Perform
) -> None:
    """Between the look and the call the server got where it should be."""
    cloud.put(vm, before)

    through_proxy.spoil("POST", "/action", first(lambda: cloud.put(vm, after)))
    assert perform(action, vm).code == 400
    assert len(through_proxy.calls_of("POST", "/action")) == 1


def test_a_conflict_without_the_wanted_state_is_a_failure(
    cloud: DemoCloud, vm: str, through_proxy: FaultyCloud, perform: Perform
) -> None:
    """The call is not made again."""
    locked = '{"conflictingRequest": {"code": 409, "message": "Instance is locked"}}'
    refused = answering(409, locked, content_type="application/json")
    through_proxy.spoil("POST", "/action", refused)
    with pytest.raises(DgFailure, match="DG FAILURE - conflict: Instance is locked"):
        perform("Stop", vm)
    assert len(through_proxy.calls_of("POST", "/action")) == 1


def test_an_answer_that_was_lost_is_no_failure_when_the_server_gets_there(
    cloud: DemoCloud, vm: str, through_proxy: FaultyCloud, perform: Perform, effects: Effects
) -> None:
    """Where the server ends up tells what became of the call."""
    through_proxy.spoil("POST", "/action", lost_after)
    assert perform("Stop", vm).code == 400
    assert effects() == ["os-stop"]


@pytest.mark.parametrize("fate", [pytest.param(lost_before, id="connection"), pytest.param(answering(500), id="500")])
def test_a_call_that_was_lost_is_repeated_where_that_does_no_harm(
    fate: Fate, vm: str, through_proxy: FaultyCloud, perform: Perform, effects: Effects
) -> None:
    """The server is still as it was, and Nova refuses to stop what it has stopped."""
    through_proxy.spoil("POST", "/action", fate, times=2)
    assert perform("Stop", vm).code == 400
    assert (len(through_proxy.calls_of("POST", "/action")), effects()) == (3, ["os-stop"])


def test_a_call_that_is_lost_again_and_again_is_a_failure(
    vm: str, through_proxy: FaultyCloud, perform: Perform, effects: Effects
) -> None:
    """The last refusal is told."""
    through_proxy.spoil("POST", "/action", answering(503, "no compute"), times=10)
    with pytest.raises(DgFailure, match="DG FAILURE - 503: no compute: cloud demo"):
        perform("Stop", vm)
    assert (len(through_proxy.calls_of("POST", "/action")), effects()) == (3, [])


@pytest.mark.parametrize("action", ["Reboot", "Snapshot"])
def test_a_call_that_would_have_its_effect_twice_is_never_repeated(
    action: str, vm: str, through_proxy: FaultyCloud, perform: Perform, effects: Effects
) -> None:
    """A connection that breaks says nothing of what was done, and a server shows no trace of a reboot."""
    through_proxy.spoil("POST", "/action", lost_before)
    with pytest.raises(DgFailure, match="cloud demo is out of reach: the connection was lost"):
        perform(action, vm)
    assert (len(through_proxy.calls_of("POST", "/action")), effects()) == (1, [])


def test_a_server_that_nova_leaves_where_it_was_is_a_failure(
    cloud: DemoCloud, vm: str, through_proxy: FaultyCloud, perform: Perform, until: Until
) -> None:
    """Nova takes the call, and its hypervisor does not carry it out."""
    through_proxy.spoil("POST", "/action", answering(202))
    stop = perform.later("Stop", vm)
    until(lambda: len(perform.run.reports) > 1)
    perform.clock.advance(4)
    with pytest.raises(DgFailure, match="should have become SHUTOFF, and Nova left it ACTIVE"):
        stop.result()


def test_a_server_that_breaks_meanwhile_is_a_failure_with_its_fault(
    cloud: DemoCloud, vm: str, through_proxy: FaultyCloud, perform: Perform
) -> None:
    """The fault that Nova shows says why, the id of the call where to read more."""
    through_proxy.spoil("POST", "/action", then(lambda: cloud.put(vm, "ERROR", fault="disk full")))
    with pytest.raises(DgFailure, match=r"is ERROR: disk full: cloud demo, req-[0-9a-f-]+$"):
        perform("Restart", vm)


def test_a_server_that_is_deleted_meanwhile_is_a_failure(
    cloud: DemoCloud, vm: str, through_proxy: FaultyCloud, perform: Perform
) -> None:
    """Nobody waits for a server that is no more."""
    through_proxy.spoil("POST", "/action", then(lambda: cloud.put(vm, "DELETED")))
    with pytest.raises(DgFailure, match=r"itemNotFound: server vfw-1 .* was deleted meanwhile"):
        perform("Stop", vm)
