"""Rebuild (guide; facts 6.4): from which image, and what else is done by the status of the server."""

import pytest

from appc.demo.cloud import DemoCloud
from appc.lcm.errors import DgFailure
from tests.fakes.faulty_cloud import FaultyCloud, answering, lost_after, lost_before
from tests.southbound.openstack.conftest import Effects, Perform

NO_IMAGE = "11111111-2222-4333-8444-555555555555"


@pytest.mark.parametrize(
    ("status", "operations"),
    [
        pytest.param("ACTIVE", ["rebuild"], id="running"),
        pytest.param("SHUTOFF", ["rebuild", "os-start"], id="stopped"),
        pytest.param("PAUSED", ["unpause", "rebuild"], id="paused"),
        pytest.param("SUSPENDED", ["resume", "rebuild"], id="suspended"),
    ],
)
def test_a_rebuilt_server_runs(
    status: str, operations: list[str], cloud: DemoCloud, vm: str, perform: Perform, effects: Effects
) -> None:
    """Nothing is shut off first: Nova rebuilds what runs."""
    cloud.put(vm, status)
    outcome = perform("Rebuild", vm)
    assert (outcome.code, effects(), cloud.server(vm).status) == (400, operations, "ACTIVE")
    assert [step.split()[0] for step in perform.run.steps] == operations


@pytest.mark.parametrize(
    ("status", "why"),
    [
        pytest.param("ERROR", "disk full", id="in error"),
        pytest.param("VERIFY_RESIZE", "a resize waits", id="resized"),
        pytest.param("RESCUE", "unrescue it first", id="rescued"),
        pytest.param("SHELVED_OFFLOADED", "unshelve it first", id="shelved"),
    ],
)
def test_other_states_are_refused(status: str, why: str, cloud: DemoCloud, vm: str, perform: Perform) -> None:
    """The failure says what stands in the way; nothing is tried."""
    cloud.put(vm, status, fault="disk full")
    with pytest.raises(DgFailure, match=f"Rebuild is not possible: .* is {status}: .*{why}"):
        perform("Rebuild", vm)
    assert perform.run.steps == []


def test_the_original_image_is_taken_where_there_is_no_snapshot(cloud: DemoCloud, vm: str, perform: Perform) -> None:
    """The answer says from which image the server was rebuilt."""
    assert f"from image vfw-image ({cloud.server(vm).image_id})" in perform("Rebuild", vm).message


def test_the_latest_snapshot_of_the_server_is_taken(cloud: DemoCloud, vm: str, perform: Perform) -> None:
    """Not an older one, and none of another server."""
    perform("Snapshot", vm)
    latest = perform("Snapshot", vm).extra["snapshot-id"]
    perform("Snapshot", cloud.servers()[1].id)
    perform("Rebuild", vm)
    assert cloud.server(vm).image_id == latest


def test_the_snapshot_of_the_payload_wins(cloud: DemoCloud, vm: str, perform: Perform) -> None:
    """It may be any image that the cloud shows."""
    wanted = perform("Snapshot", vm).extra["snapshot-id"]
    perform("Snapshot", vm)
    perform("Rebuild", vm, snapshot_id=wanted)
    assert cloud.server(vm).image_id == wanted


@pytest.mark.parametrize(
    ("snapshot_id", "why"),
    [
        pytest.param("latest", "badRequest: payload.snapshot-id, latest, is no id of an image", id="no id"),
        pytest.param("../v2/images", "badRequest: payload.snapshot-id, .* is no id", id="a path"),
        pytest.param(NO_IMAGE, f"itemNotFound: payload.snapshot-id, {NO_IMAGE}, is no image of cloud demo", id="none"),
    ],
)
def test_a_snapshot_id_that_is_none_is_a_failure(
    snapshot_id: str, why: str, vm: str, through_proxy: FaultyCloud, perform: Perform
) -> None:
    """What it is stands in the text, and Nova is not told anything."""
    with pytest.raises(DgFailure, match=why):
        perform("Rebuild", vm, snapshot_id=snapshot_id)
    assert through_proxy.calls_of("POST", "/action") == []


def test_a_snapshot_that_is_not_complete_is_a_failure(vm: str, through_proxy: FaultyCloud, perform: Perform) -> None:
    """Nova would fail with it."""
    unfinished = f'{{"id": "{NO_IMAGE}", "name": "snap", "status": "saving"}}'
    through_proxy.spoil("GET", f"/images/{NO_IMAGE}", answering(200, unfinished, content_type="application/json"))
    with pytest.raises(DgFailure, match=r"conflict: .* image snap .* is saving, not active"):
        perform("Rebuild", vm, snapshot_id=NO_IMAGE)


def test_a_server_that_boots_from_a_volume_is_refused(cloud: DemoCloud, vm: str, perform: Perform) -> None:
    """As the guide says."""
    cloud.put_on_volume(vm)
    with pytest.raises(DgFailure, match=rf"not supported for servers built from bootable volumes \[{vm}\]"):
        perform("Rebuild", vm)


def test_a_rebuild_that_fails_tells_novas_fault(cloud: DemoCloud, vm: str, perform: Perform) -> None:
    """With the id to look for in Nova's log."""
    cloud.fail("rebuild", "no space left on demo-host-1")
    with pytest.raises(DgFailure, match=r"is ERROR: no space left on demo-host-1: cloud demo, req-"):
        perform("Rebuild", vm)


def test_a_rebuild_whose_answer_was_lost_is_seen(
    vm: str, through_proxy: FaultyCloud, perform: Perform, effects: Effects
) -> None:
    """A new launch with the wanted image tells that it was done."""
    through_proxy.spoil("POST", "/action", lost_after)
    assert (perform("Rebuild", vm).code, effects()) == (400, ["rebuild"])


def test_a_rebuild_is_never_repeated(vm: str, through_proxy: FaultyCloud, perform: Perform, effects: Effects) -> None:
    """Nova would make the disk anew twice."""
    through_proxy.spoil("POST", "/action", lost_before)
    with pytest.raises(DgFailure, match="the connection was lost"):
        perform("Rebuild", vm)
    assert (len(through_proxy.calls_of("POST", "/action")), effects()) == (1, [])
