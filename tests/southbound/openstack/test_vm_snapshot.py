"""Snapshot (guide; facts 6.4): the final answer refers to an image that is complete."""

import json
import re

import pytest

from appc.demo.cloud import DemoCloud
from appc.lcm.errors import DgFailure
from tests.fakes.faulty_cloud import Fate, FaultyCloud, answering, first
from tests.southbound.openstack.conftest import Perform

IMAGE = "11111111-2222-4333-8444-555555555555"


def active_image(status: str = "active") -> str:
    """Glance's JSON of an image."""
    return json.dumps({"id": IMAGE, "status": status})


def test_the_answer_carries_the_id_of_the_image_as_soon_as_it_is_complete(
    vm: str, through_proxy: FaultyCloud, perform: Perform
) -> None:
    """`snapshot-id` is the id that Glance knows the active image by."""
    outcome = perform("Snapshot", vm)
    image_id = outcome.extra["snapshot-id"]
    assert outcome.code == 400
    assert through_proxy.calls_of("GET", f"/images/{image_id}$")
    assert perform.run.steps == ["createImage vfw-1"]


def test_the_image_is_named_after_the_server_and_the_time(
    vm: str, through_proxy: FaultyCloud, perform: Perform
) -> None:
    """`Snapshot of <server name> at yyyy-MM-dd HH:mm:ss`, in UTC."""
    perform("Snapshot", vm)
    (call,) = through_proxy.calls_of("POST", "/action")
    assert json.loads(call.body) == {"createImage": {"name": "Snapshot of vfw-1 at 2026-08-03 08:50:20"}}
    assert call.headers["openstack-api-version"] == "compute 2.45"


@pytest.mark.parametrize("status", ["ACTIVE", "SHUTOFF", "PAUSED", "SUSPENDED"])
def test_a_snapshot_needs_no_particular_state(status: str, cloud: DemoCloud, vm: str, perform: Perform) -> None:
    """It is up to the caller whether the server is quiet; the server is left as it was."""
    cloud.put(vm, status)
    assert perform("Snapshot", vm).code == 400
    assert cloud.server(vm).status == status


def test_an_old_nova_tells_the_image_by_its_location(vm: str, through_proxy: FaultyCloud, perform: Perform) -> None:
    """Before microversion 2.45 the id is the end of the Location header."""
    created = answering(202, location=f"http://glance.example/v2/images/{IMAGE}")
    through_proxy.spoil("POST", "/action", created)
    through_proxy.spoil("GET", f"/images/{IMAGE}", answering(200, active_image(), content_type="application/json"))
    assert perform("Snapshot", vm).extra == {"snapshot-id": IMAGE}


@pytest.mark.parametrize(
    "fate",
    [
        pytest.param(answering(404, "gone"), id="Nova deleted it"),
        pytest.param(answering(200, active_image("killed"), content_type="application/json"), id="killed"),
        pytest.param(answering(200, active_image("deleted"), content_type="application/json"), id="deleted"),
    ],
)
def test_an_image_that_will_never_be_complete_is_a_failure(
    fate: Fate, vm: str, through_proxy: FaultyCloud, perform: Perform
) -> None:
    """Nova gives an image up by deleting it."""
    through_proxy.spoil("GET", "/images/", fate)
    with pytest.raises(DgFailure, match=r"the snapshot of server vfw-1 .* failed: Nova gave image .* up"):
        perform("Snapshot", vm)


def test_nothing_is_begun_where_there_is_no_image_service(
    vm: str, through_proxy: FaultyCloud, perform: Perform
) -> None:
    """A snapshot that nobody could look for is not made."""
    cloud = through_proxy

    def without_glance() -> None:
        cloud.spoil("GET", "/image", answering(503), times=100)

    cloud.spoil("POST", "/auth/tokens", first(without_glance))
    with pytest.raises(DgFailure):
        perform("Snapshot", vm)
    assert cloud.calls_of("POST", "/action") == []


def test_an_answer_without_an_image_is_a_failure(vm: str, through_proxy: FaultyCloud, perform: Perform) -> None:
    """Without its id nobody can tell when the image is complete."""
    through_proxy.spoil("POST", "/action", answering(202, "{}", content_type="application/json"))
    with pytest.raises(DgFailure, match="did not say which image"):
        perform("Snapshot", vm)


def test_the_id_has_the_form_of_one(vm: str, perform: Perform) -> None:
    """A UUID, as Glance makes them."""
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", perform("Snapshot", vm).extra["snapshot-id"])


def test_the_snapshot_of_a_server_on_a_volume_is_complete_when_its_volumes_are(
    cloud: DemoCloud, vm: str, through_proxy: FaultyCloud, perform: Perform
) -> None:
    """Its image, without data, is active at once; the snapshots of volumes that it refers to take their time."""
    root = cloud.put_on_volume(vm)
    image_id = perform("Snapshot", vm).extra["snapshot-id"]
    assert through_proxy.calls_of("GET", f"/images/{image_id}$")
    (snapshot,) = cloud.volume_snapshots()
    assert (snapshot.volume_id, snapshot.status) == (root.id, "available")


def test_a_snapshot_whose_volume_fails_is_a_failure(
    cloud: DemoCloud, vm: str, through_proxy: FaultyCloud, perform: Perform
) -> None:
    """The failure names the snapshot of the volume."""
    cloud.put_on_volume(vm)
    broken = answering(200, '{"snapshot": {"id": "x", "status": "error"}}', content_type="application/json")
    through_proxy.spoil("GET", "/snapshots/", broken)
    with pytest.raises(DgFailure, match=r"the snapshot of server vfw-1 .* failed: its volume's snapshot .* is error"):
        perform("Snapshot", vm)
