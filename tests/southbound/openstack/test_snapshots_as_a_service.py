"""Snapshots as the workflows make, find, delete and use them, on the demonstration cloud (seeds 000, 002)."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from appc.demo.cloud import DemoCloud
from appc.demo.cloud.values import Volume
from appc.lcm.errors import DgFailure
from appc.lcm.record import VmPlace
from appc.lcm.vm_snapshot import Condition, UnknownSnapshot, VmSnapshot, as_document
from appc.southbound.openstack.clouds import Clouds
from appc.workflows.cloud_job import CloudJob
from appc.workflows.snapshot_restore import REVERT, NewVolume, revert_to_snapshot, volume_from_snapshot
from appc.workflows.snapshots import (
    SNAPSHOT,
    SnapshotOrder,
    create_snapshot,
    delete_snapshot,
    find_snapshot,
    list_snapshots,
)
from tests.fakes.clock import FakeClock
from tests.fakes.cloud_jobs import dying_after
from tests.fakes.faulty_cloud import FaultyCloud, Response, answering, lost_after
from tests.fakes.memory_documents import MemoryDocuments
from tests.southbound.openstack.conftest import Until

ID, OTHER = "eac61a66-51d2-47dd-b8f4-289f38203eff", "11111111-51d2-47dd-b8f4-289f38203eff"
DATA = "/dev/vdb"


@pytest.fixture
def attached(cloud: DemoCloud, vm: str, clouds: Clouds, until: Until) -> Volume:
    """A volume at the VM's second device."""
    (volume,) = (one for one in cloud.volumes() if one.name)
    asked = {"volumeAttachment": {"volumeId": volume.id, "device": DATA}}
    clouds.reach("demo").connection.compute.post(f"/servers/{vm}/os-volume_attachments", asked, "req-1")
    until(lambda: all(one.status == "in-use" for one in cloud.volumes() if one.id == volume.id))
    return volume


@pytest.fixture
def booting(cloud: DemoCloud, vm: str) -> Volume:
    """The VM boots from this volume."""
    return cloud.put_on_volume(vm)


Create = Callable[..., VmSnapshot]


@pytest.fixture
def create(job: CloudJob, place: VmPlace) -> Create:
    """Makes a snapshot of the VM."""

    def made(id: str = ID, name: str = "nightly", **labels: str) -> VmSnapshot:
        return create_snapshot(job, SnapshotOrder(id, name, place, labels))

    return made


def call_of(faulty: FaultyCloud, path: str) -> int:
    """How often something was asked of the cloud by POST."""
    return len(faulty.calls_of("POST", path))


def test_credentials_that_were_mended_work_at_once(
    job: CloudJob, place: VmPlace, through_proxy: FaultyCloud, clouds: Clouds
) -> None:
    """Once a service has refused them, the cloud is reached anew: by clouds.yaml and what lies beside it."""
    refused = answering(401, '{"error": {"message": "Who?"}}', content_type="application/json")
    before = clouds.reach("demo").connection
    through_proxy.spoil("GET", "/servers/", refused, times=2)
    with pytest.raises(DgFailure, match=r"unauthorized: Who\?"):
        job.cloud("demo", ID).look(place)
    assert clouds.reach("demo").connection is not before
    assert job.cloud("demo", ID).look(place).status == "ACTIVE"


class TestCreate:
    """An image, and a snapshot of each volume."""

    def test_of_a_vm_without_volumes_is_an_image(self, cloud: DemoCloud, create: Create, clock: FakeClock) -> None:
        """It has the name that is asked for, and ends when it can be used."""
        snapshot = create(tenant="blue")
        assert snapshot.condition is Condition.ACTIVE
        assert snapshot.message == "Snapshot image for [vfw-1] is active."
        assert (snapshot.name, snapshot.volumes, snapshot.labels) == ("nightly", (), {"tenant": "blue"})
        assert (snapshot.started_at, snapshot.finished_at) == (clock.now(), clock.now())

    def test_of_a_vm_with_a_volume_holds_a_snapshot_of_it(
        self, cloud: DemoCloud, attached: Volume, create: Create
    ) -> None:
        """Named after the image; the volume stays in use meanwhile."""
        snapshot = create()
        (made,) = cloud.volume_snapshots()
        assert (made.name, made.volume_id, made.status) == ("snapshot for nightly", attached.id, "available")
        (kept,) = snapshot.volumes
        assert (kept.id, kept.device, kept.boots) == (made.id, DATA, False)

    def test_of_a_vm_that_boots_from_a_volume_leaves_the_volumes_to_nova(
        self, cloud: DemoCloud, booting: Volume, attached: Volume, create: Create
    ) -> None:
        """One snapshot of each, and the one of the boot volume is known as such."""
        snapshot = create()
        assert {made.name for made in cloud.volume_snapshots()} == {"snapshot for nightly"}
        assert {made.volume_id for made in cloud.volume_snapshots()} == {booting.id, attached.id}
        assert snapshot.boot_volume is not None and snapshot.boot_volume.volume_id == booting.id
        assert len(snapshot.volumes) == 2

    def test_that_is_asked_for_again_is_the_same(self, through_proxy: FaultyCloud, create: Create) -> None:
        """Nothing is made twice."""
        assert create() == create()
        assert call_of(through_proxy, "/action") == 1

    @pytest.mark.parametrize("path", ["/servers/.*/action", "/snapshots"])
    def test_whose_answer_is_lost_finds_what_was_made(
        self, path: str, cloud: DemoCloud, attached: Volume, through_proxy: FaultyCloud, create: Create
    ) -> None:
        """By the mark that it carries."""
        through_proxy.spoil("POST", path, lost_after)
        assert create().condition is Condition.ACTIVE
        assert (call_of(through_proxy, "/servers/.*/action"), call_of(through_proxy, "/snapshots")) == (1, 1)
        assert len(cloud.volume_snapshots()) == 1

    @pytest.mark.parametrize("path", ["/servers/.*/action", "/snapshots"])
    def test_goes_on_after_a_crash(
        self, path: str, job: CloudJob, place: VmPlace, attached: Volume, through_proxy: FaultyCloud, create: Create
    ) -> None:
        """The controller died just after the cloud had taken the call; another calls again."""
        with dying_after(job, through_proxy, "POST", path) as dying:
            create_snapshot(dying, SnapshotOrder(ID, "nightly", place))
        assert find_snapshot(job.documents, ID).condition is Condition.CREATING
        assert create().condition is Condition.ACTIVE
        assert (call_of(through_proxy, "/servers/.*/action"), call_of(through_proxy, "/snapshots")) == (1, 1)

    def test_that_fails_is_remembered_with_the_clouds_words(
        self, job: CloudJob, attached: Volume, through_proxy: FaultyCloud, create: Create
    ) -> None:
        """It can be gone on with."""
        quota = '{"overLimit": {"code": 413, "message": "SnapshotLimitExceeded: Maximum number of snapshots allowed"}}'
        through_proxy.spoil("POST", "/snapshots", answering(413, quota, content_type="application/json"))
        with pytest.raises(DgFailure, match=r"DG FAILURE - 413: SnapshotLimitExceeded: .*: cloud demo"):
            create()
        failed = find_snapshot(job.documents, ID)
        assert failed.condition is Condition.FAILED
        assert "SnapshotLimitExceeded" in failed.message
        assert create().condition is Condition.ACTIVE

    def test_that_ends_in_error_tells_cinders_words(
        self, attached: Volume, through_proxy: FaultyCloud, create: Create
    ) -> None:
        """And the id of the call, where the operator reads more."""
        broken = json.dumps({"snapshot": {"id": "x", "status": "error"}})
        said = json.dumps({"messages": [{"user_message": "create snapshot: no space", "request_id": "req-77"}]})
        through_proxy.spoil("GET", "/snapshots/[0-9a-f-]{36}", answering(200, broken, content_type="application/json"))
        through_proxy.spoil("GET", "/messages", answering(200, said, content_type="application/json"))
        wording = r"came to nothing: it is error: create snapshot: no space: cloud demo, req-77$"
        with pytest.raises(DgFailure, match=wording):
            create()

    def test_waits_while_the_store_is_away(self, job: CloudJob, create: Create) -> None:
        """Nothing is made that is not remembered; the run's limit ends the waiting."""
        documents = MemoryDocuments(FakeClock())
        documents.down = True
        with pytest.raises(DgFailure, match="time limit"):
            create_snapshot(replace(job, documents=documents), SnapshotOrder(ID, "nightly", VmPlace("x", "demo")))

    @pytest.mark.parametrize("name", ["", "x" * 256])
    def test_needs_a_name_of_255_characters_at_most(self, name: str, create: Create) -> None:
        """OpenStack takes no more."""
        with pytest.raises(DgFailure, match="1 to 255 characters"):
            create(name=name)


class TestListAndFind:
    """By what the doors know."""

    def test_a_list_holds_what_is_wanted(self, job: CloudJob, clock: FakeClock, create: Create) -> None:
        """A door finds its own by the labels."""
        create(tenant="blue")
        clock.advance(1)
        create(OTHER, tenant="red")
        assert [one.id for one in list_snapshots(job.documents)] == [ID, OTHER]
        assert [one.id for one in list_snapshots(job.documents, lambda one: one.labels["tenant"] == "red")] == [OTHER]

    def test_a_snapshot_is_found_by_its_id_or_its_name(self, job: CloudJob, create: Create) -> None:
        """Where the name is one snapshot's alone."""
        snapshot = create()
        assert find_snapshot(job.documents, ID) == find_snapshot(job.documents, "nightly") == snapshot
        create(OTHER)
        with pytest.raises(UnknownSnapshot, match=r"2 snapshots are named \[nightly\]"):
            find_snapshot(job.documents, "nightly")
        with pytest.raises(UnknownSnapshot, match=r"^Snapshot image \[weekly\] not found\.$"):
            find_snapshot(job.documents, "weekly")


class TestDelete:
    """Image and snapshots of volumes go, then the memory."""

    def test_removes_all_of_it(self, job: CloudJob, cloud: DemoCloud, attached: Volume, create: Create) -> None:
        """And is content where there is nothing."""
        snapshot = create()
        delete_snapshot(job, ID)
        assert cloud.volume_snapshots() == []
        assert list_snapshots(job.documents) == []
        assert job.cloud("demo", ID).referred(snapshot.image_id or "") == ()
        delete_snapshot(job, ID)

    def test_removes_what_nova_made_of_volumes(
        self, job: CloudJob, cloud: DemoCloud, booting: Volume, attached: Volume, create: Create
    ) -> None:
        """They carry no mark of ours: the image refers to them."""
        create()
        delete_snapshot(job, ID)
        assert cloud.volume_snapshots() == []

    def test_removes_what_was_made_in_the_moment_of_a_crash(
        self,
        job: CloudJob,
        place: VmPlace,
        cloud: DemoCloud,
        booting: Volume,
        attached: Volume,
        through_proxy: FaultyCloud,
    ) -> None:
        """Nothing of the image was remembered, for the controller died before."""
        with dying_after(job, through_proxy, "POST", "/servers/.*/action") as dying:
            create_snapshot(dying, SnapshotOrder(ID, "nightly", place))
        delete_snapshot(job, ID)
        assert cloud.volume_snapshots() == []

    def test_that_fails_is_remembered_and_can_be_done_again(
        self, job: CloudJob, attached: Volume, through_proxy: FaultyCloud, create: Create
    ) -> None:
        """The cloud's words say why."""
        create()
        in_use = '{"badRequest": {"message": "Snapshot is in use"}}'
        through_proxy.spoil("DELETE", "/snapshots/", answering(400, in_use, content_type="application/json"))
        with pytest.raises(DgFailure, match="badRequest: Snapshot is in use"):
            delete_snapshot(job, ID)
        assert find_snapshot(job.documents, ID).condition is Condition.FAILED
        delete_snapshot(job, ID)
        assert job.recall(SNAPSHOT, ID) is None


class TestVolumeFromSnapshot:
    """Seed 000: a bootable volume from the snapshot of a boot volume."""

    @pytest.mark.parametrize("bootable", [True, False])
    def test_is_a_volume_that_can_be_used(
        self, bootable: bool, job: CloudJob, cloud: DemoCloud, booting: Volume, create: Create
    ) -> None:
        """Bootable or not, as it is asked for; asked again, it is the same."""
        create()
        order = NewVolume(OTHER, ID, "restored", bootable=bootable)
        made = volume_from_snapshot(job, order)
        assert volume_from_snapshot(job, order) == made
        (volume,) = (one for one in cloud.volumes() if one.name == "restored")
        assert (volume.id, volume.status, volume.bootable) == (made.id, "available", bootable)

    def test_needs_a_vm_that_boots_from_a_volume(self, job: CloudJob, attached: Volume, create: Create) -> None:
        """As ESC has it."""
        create()
        with pytest.raises(DgFailure, match="is of a VM without a bootable volume"):
            volume_from_snapshot(job, NewVolume(OTHER, ID, "restored"))

    def test_needs_a_snapshot_that_is_known_and_active(self, job: CloudJob, place: VmPlace, create: Create) -> None:
        """One that is being made is no ground to build on."""
        with pytest.raises(UnknownSnapshot):
            volume_from_snapshot(job, NewVolume(OTHER, ID, "restored"))
        snapshot = create()
        unfinished = replace(snapshot, condition=Condition.CREATING)
        job.remember(SNAPSHOT, ID, as_document(unfinished))
        with pytest.raises(DgFailure, match="is creating, not active"):
            volume_from_snapshot(job, NewVolume(OTHER, ID, "restored"))


class TestRevert:
    """The VM stays, with its UUID; its data are those of the snapshot."""

    def test_writes_over_the_boot_volume_and_exchanges_the_others(
        self,
        job: CloudJob,
        cloud: DemoCloud,
        vm: str,
        booting: Volume,
        attached: Volume,
        create: Create,
        effects: Callable[[], list[str]],
    ) -> None:
        """The old volume has a snapshot, so the cloud keeps it (seed 002)."""
        create()
        before = len(effects())
        reverted = revert_to_snapshot(job, OTHER, ID)
        assert effects()[before:] == ["rebuild", "detach_volume", "attach_volume"]
        (new_id,) = reverted.volumes.values()
        assert (reverted.machine.status, reverted.left) == ("ACTIVE", (attached.id,))
        assert cloud.server(vm).volumes == (booting.id, new_id)
        assert {volume.id for volume in cloud.volumes()} == {booting.id, attached.id, new_id}
        assert job.recall(REVERT, OTHER) is None

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("POST", "/volumes$"),
            ("POST", "/volumes/.*/action"),
            ("POST", "/servers/.*/action"),
            ("DELETE", "os-volume"),
        ],
    )
    def test_goes_on_after_a_crash(
        self,
        method: str,
        path: str,
        job: CloudJob,
        cloud: DemoCloud,
        vm: str,
        booting: Volume,
        attached: Volume,
        through_proxy: FaultyCloud,
        create: Create,
    ) -> None:
        """Wherever it ended."""
        create()
        with dying_after(job, through_proxy, method, path) as dying:
            revert_to_snapshot(dying, OTHER, ID)
        reverted = revert_to_snapshot(job, OTHER, ID)
        (new_id,) = reverted.volumes.values()
        assert cloud.server(vm).volumes == (booting.id, new_id)
        assert {volume.id for volume in cloud.volumes()} == {booting.id, attached.id, new_id}

    def test_touches_nothing_where_not_everything_can_be_made(
        self,
        job: CloudJob,
        booting: Volume,
        attached: Volume,
        through_proxy: FaultyCloud,
        create: Create,
        effects: Callable[[], list[str]],
    ) -> None:
        """A quota is told before anything is lost."""
        create()
        before = effects()
        quota = json.dumps({"overLimit": {"message": "VolumeLimitExceeded"}})
        through_proxy.spoil("POST", "/volumes$", answering(413, quota, content_type="application/json"), times=9)
        with pytest.raises(DgFailure, match="413: VolumeLimitExceeded"):
            revert_to_snapshot(job, OTHER, ID)
        assert effects() == before

    def test_needs_a_vm_that_boots_from_a_volume(self, job: CloudJob, attached: Volume, create: Create) -> None:
        """Seed 002: revert does not support snapshots of a VM without a bootable volume."""
        create()
        with pytest.raises(DgFailure, match="is of a VM without a bootable volume"):
            revert_to_snapshot(job, OTHER, ID)

    def test_needs_a_nova_that_writes_over_boot_volumes(
        self, job: CloudJob, booting: Volume, through_proxy: FaultyCloud, create: Create, clouds_file: Path
    ) -> None:
        """An older one is told by name."""
        create()
        through_proxy.spoil("GET", r"/compute/v2\.1/?$", old_nova, times=9)
        clouds_file.write_text(clouds_file.read_text() + " ")  # a changed file: the cloud is reached anew
        with pytest.raises(DgFailure, match=r"cannot write an image: that takes Nova 26 \(microversion 2\.93\)"):
            revert_to_snapshot(job, OTHER, ID)


def old_nova(forward: Callable[[], Response]) -> Response:
    """Nova's description, of an older one."""
    answer = forward()
    return replace(answer, body=answer.body.replace(b'"2.96"', b'"2.79"'))
