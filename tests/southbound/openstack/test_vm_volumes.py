"""AttachVolume and DetachVolume (guide; facts 6.4): done when the attachment is really there, or really gone."""

import pytest

from appc.demo.cloud import DemoCloud
from appc.lcm.errors import DgFailure
from tests.fakes.faulty_cloud import Fate, FaultyCloud, lost_after, lost_before, then
from tests.southbound.openstack.conftest import Effects, Perform

NO_VOLUME = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def volume(cloud: DemoCloud) -> str:
    """The id of the free volume."""
    return cloud.volumes()[0].id


def status_of(cloud: DemoCloud, volume: str) -> str:
    """As Cinder has it."""
    return next(one.status for one in cloud.volumes() if one.id == volume)


@pytest.mark.parametrize("status", ["ACTIVE", "SHUTOFF", "PAUSED", "VERIFY_RESIZE"])
def test_a_volume_comes_and_goes(
    status: str, cloud: DemoCloud, vm: str, volume: str, perform: Perform, effects: Effects
) -> None:
    """Success comes when Cinder has it in use, and when it is free again; the server stays as it is."""
    cloud.put(vm, status)
    assert perform("AttachVolume", vm, volumeId=volume, device="/dev/vdb").code == 400
    assert status_of(cloud, volume) == "in-use"
    assert perform("DetachVolume", vm, volumeId=volume).code == 400
    assert status_of(cloud, volume) == "available"
    assert (cloud.server(vm).status, effects()) == (status, ["attach_volume", "detach_volume"])


@pytest.mark.parametrize("status", ["SUSPENDED", "ERROR"])
@pytest.mark.parametrize("action", ["AttachVolume", "DetachVolume"])
def test_other_states_are_novas_conflict(
    action: str, status: str, cloud: DemoCloud, vm: str, volume: str, perform: Perform
) -> None:
    """In Nova's words."""
    if action == "DetachVolume":
        perform("AttachVolume", vm, volumeId=volume, device="/dev/vdb")
    cloud.put(vm, status)
    with pytest.raises(DgFailure, match=f"conflict: Cannot '.*' instance {vm} while it is in vm_state"):
        perform(action, vm, volumeId=volume, device="/dev/vdb")


@pytest.mark.parametrize("device", ["/dev/vdb", "/dev/sdb", "vdb"])
def test_attached_at_the_same_device_is_a_success(
    device: str, vm: str, volume: str, perform: Perform, effects: Effects
) -> None:
    """Nova keeps the letters of a device, and puts in the bus of the hypervisor."""
    perform("AttachVolume", vm, volumeId=volume, device="/dev/vdb")
    outcome = perform("AttachVolume", vm, volumeId=volume, device=device)
    assert outcome.code == 400
    assert outcome.message.endswith("at /dev/vdb already")
    assert effects() == ["attach_volume"]


def test_attached_at_another_device_is_a_failure_that_says_so(vm: str, volume: str, perform: Perform) -> None:
    """Nothing is changed."""
    perform("AttachVolume", vm, volumeId=volume, device="/dev/vdb")
    with pytest.raises(DgFailure, match="at /dev/vdb already, not at /dev/vdc"):
        perform("AttachVolume", vm, volumeId=volume, device="/dev/vdc")


def test_detached_already_is_a_success(vm: str, volume: str, perform: Perform, effects: Effects) -> None:
    """Nova is not told anything."""
    assert perform("DetachVolume", vm, volumeId=volume).code == 400
    assert effects() == []


@pytest.mark.parametrize("action", ["AttachVolume", "DetachVolume"])
def test_a_volume_of_another_server_is_a_failure(
    action: str, cloud: DemoCloud, vm: str, volume: str, perform: Perform
) -> None:
    """Which names that server."""
    other = cloud.servers()[1].id
    perform("AttachVolume", other, volumeId=volume, device="/dev/vdb")
    with pytest.raises(DgFailure, match=f"conflict: volume {volume} is attached to server {other}"):
        perform(action, vm, volumeId=volume, device="/dev/vdb")
    assert status_of(cloud, volume) == "in-use"


@pytest.mark.parametrize(
    ("volume_id", "why"),
    [
        pytest.param(NO_VOLUME, f"itemNotFound: Volume {NO_VOLUME} could not be found", id="none"),
        pytest.param("my-data", r"badRequest: payload\.volumeId is no UUID: my-data", id="a name"),
        pytest.param("../servers", r"badRequest: payload\.volumeId is no UUID", id="a path"),
    ],
)
@pytest.mark.parametrize("action", ["AttachVolume", "DetachVolume"])
def test_a_volume_that_is_none_is_a_failure(
    action: str, volume_id: str, why: str, vm: str, through_proxy: FaultyCloud, perform: Perform
) -> None:
    """Nothing from a request becomes a path."""
    with pytest.raises(DgFailure, match=why):
        perform(action, vm, volumeId=volume_id, device="/dev/vdb")
    assert not [call for call in through_proxy.calls if ".." in call.path]


def test_a_device_that_is_taken_is_novas_conflict(cloud: DemoCloud, vm: str, volume: str, perform: Perform) -> None:
    """In Nova's words."""
    cloud.put_on_volume(vm)
    with pytest.raises(DgFailure, match=r"conflict: The supplied device path \(/dev/vda\) is in use"):
        perform("AttachVolume", vm, volumeId=volume, device="/dev/vda")


def test_a_device_that_is_none_is_novas_bad_request(vm: str, volume: str, perform: Perform) -> None:
    """In Nova's words."""
    with pytest.raises(DgFailure, match="badRequest: Invalid input for field/attribute device"):
        perform("AttachVolume", vm, volumeId=volume, device="first")


def test_the_volume_that_a_server_boots_from_stays(cloud: DemoCloud, vm: str, perform: Perform) -> None:
    """In Nova's words."""
    root = cloud.put_on_volume(vm)
    with pytest.raises(DgFailure, match="badRequest: Cannot detach a root device volume"):
        perform("DetachVolume", vm, volumeId=root.id)


@pytest.mark.parametrize(
    ("action", "status"), [pytest.param("AttachVolume", "available"), pytest.param("DetachVolume", "in-use")]
)
def test_what_nova_took_and_did_not_do_is_a_failure_with_its_reason(
    action: str, status: str, cloud: DemoCloud, vm: str, volume: str, through_proxy: FaultyCloud, perform: Perform
) -> None:
    """The volume is as it was."""
    if action == "DetachVolume":
        perform("AttachVolume", vm, volumeId=volume, device="/dev/vdb")
    cloud.fail("attach_volume" if action == "AttachVolume" else "detach_volume", "no path to the volume")
    through_proxy.spoil("GET", "/volumes/", then(lambda: perform.clock.advance(1)), times=1000)
    with pytest.raises(DgFailure, match=f"and it is {status}: no path to the volume"):
        perform(action, vm, volumeId=volume, device="/dev/vdb")
    assert status_of(cloud, volume) == status


@pytest.mark.parametrize("fate", [pytest.param(lost_after, id="done"), pytest.param(lost_before, id="not done")])
def test_a_lost_answer_is_no_failure(
    fate: Fate, vm: str, volume: str, through_proxy: FaultyCloud, perform: Perform, effects: Effects
) -> None:
    """What Nova shows tells whether it took it; it does not attach or detach twice."""
    through_proxy.spoil("POST", "/os-volume_attachments", fate)
    assert perform("AttachVolume", vm, volumeId=volume, device="/dev/vdb").code == 400
    through_proxy.spoil("DELETE", "/os-volume_attachments", fate)
    assert perform("DetachVolume", vm, volumeId=volume).code == 400
    assert effects() == ["attach_volume", "detach_volume"]
