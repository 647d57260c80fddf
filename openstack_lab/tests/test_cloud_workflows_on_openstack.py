"""Snapshots, restore, resize and migration as the workflows do them, on real OpenStack."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from appc.lcm.errors import DgFailure
from appc.lcm.ports.cloud import Route
from appc.lcm.record import VmPlace
from appc.lcm.vm_snapshot import Condition
from appc.southbound.openstack.clouds import Clouds
from appc.southbound.openstack.opened import OpenStackClouds
from appc.system_clock import SystemClock
from appc.workflows.cloud_job import CloudJob
from appc.workflows.resize import confirm, migrate, resize, revert
from appc.workflows.snapshot_restore import NewVolume, revert_to_snapshot, volume_from_snapshot
from appc.workflows.snapshots import SnapshotOrder, create_snapshot, delete_snapshot
from openstack_lab.tests.laboratory import STATE, Laboratory, RealRun, until
from tests.fakes.memory_documents import MemoryDocuments

LIMIT_S = 120.0


@pytest.fixture
def job() -> Iterator[CloudJob]:
    """A job with an empty memory."""
    clouds, clock = Clouds(STATE / "clouds.yaml", None, {}), SystemClock()
    yield CloudJob(OpenStackClouds(clouds, clock), MemoryDocuments(clock), clock, RealRun(LIMIT_S))
    clouds.close()


def an_id() -> str:
    """A door's id of an order."""
    return str(uuid4())


def at(server_id: str) -> VmPlace:
    """Where the lab's servers are."""
    return VmPlace(server_id, "lab-admin")


def snapshots_named(lab: Laboratory, name: str) -> list[str]:
    """The volumes of which there is a snapshot with this name."""
    return [one.volume_id for one in lab.connection.block_storage.snapshots() if one.name == name]


@pytest.mark.parametrize("on_volume", [pytest.param(False, id="from an image"), pytest.param(True, id="from a volume")])
def test_a_snapshot_holds_the_image_and_every_volume(on_volume: bool, lab: Laboratory, job: CloudJob) -> None:
    """And all of it goes with it, whoever made it."""
    vm, id, name = lab.boot(on_volume=on_volume), an_id(), f"snap-{uuid4().hex[:8]}"
    lab.attach(vm, lab.volume())
    order = SnapshotOrder(id, name, at(vm))
    snapshot = create_snapshot(job, order)
    assert snapshot.condition is Condition.ACTIVE
    assert sorted(snapshots_named(lab, f"snapshot for {name}")) == sorted(lab.attachments(vm))
    assert (snapshot.boot_volume is not None) is on_volume
    assert lab.connection.image.get_image(str(snapshot.image_id)).status == "active"
    assert create_snapshot(job, order) == snapshot
    delete_snapshot(job, id)
    assert snapshots_named(lab, f"snapshot for {name}") == []
    assert list(lab.connection.image.images(name=name)) == []


def test_a_revert_keeps_the_server_and_exchanges_its_other_volumes(lab: Laboratory, job: CloudJob) -> None:
    """The boot volume stays and is written over; the old volume of the data has a snapshot, so Cinder keeps it."""
    vm, id = lab.boot(on_volume=True), an_id()
    (boot,) = lab.attachments(vm)
    data = lab.volume()
    lab.attach(vm, data)
    create_snapshot(job, SnapshotOrder(id, f"snap-{uuid4().hex[:8]}", at(vm)))
    launched = lab.server(vm)["OS-SRV-USG:launched_at"]
    reverted = revert_to_snapshot(job, an_id(), id)
    (new,) = reverted.volumes.values()
    assert lab.attachments(vm).keys() == {boot, new}
    assert lab.server(vm)["OS-SRV-USG:launched_at"] != launched
    assert (lab.status(vm), reverted.left) == ("ACTIVE", (data,))


@pytest.mark.parametrize("bootable", [True, False])
def test_a_volume_comes_from_a_snapshot(bootable: bool, lab: Laboratory, job: CloudJob) -> None:
    """Bootable or not."""
    vm, id = lab.boot(on_volume=True), an_id()
    create_snapshot(job, SnapshotOrder(id, f"snap-{uuid4().hex[:8]}", at(vm)))
    order = NewVolume(an_id(), id, "restored", bootable=bootable)
    made = volume_from_snapshot(job, order)
    assert volume_from_snapshot(job, order) == made
    volume = lab.connection.block_storage.get_volume(made.id)
    assert (volume.status, volume.is_bootable) == ("available", bootable)


@pytest.mark.parametrize("state", ["ACTIVE", "SHUTOFF"])
@pytest.mark.parametrize("keep", [pytest.param(True, id="confirm"), pytest.param(False, id="revert")])
def test_a_resize_waits_for_a_decision(state: str, keep: bool, lab: Laboratory, job: CloudJob) -> None:
    """Kept or undone, the server is in the state that it was in."""
    vm = lab.put(lab.boot(), state)
    assert resize(job, an_id(), at(vm), "m1.small").after.undecided
    assert (confirm if keep else revert)(job, an_id(), at(vm)).status == state
    assert lab.server(vm)["flavor"]["id"] == ("2" if keep else "1")


@pytest.mark.parametrize("keep", [pytest.param(True, id="confirm"), pytest.param(False, id="revert")])
def test_a_cold_migration_waits_for_a_decision(keep: bool, lab: Laboratory, job: CloudJob) -> None:
    """Kept or undone."""
    vm = lab.boot()
    before = lab.host(vm)
    assert migrate(job, an_id(), at(vm), Route(live=False)).after.undecided
    assert (confirm if keep else revert)(job, an_id(), at(vm)).status == "ACTIVE"
    assert (lab.host(vm) != before) is keep


def test_a_live_migration_is_decided_when_it_is_done(lab: Laboratory, job: CloudJob) -> None:
    """And one that is rolled back is a failure with Nova's reason."""
    vm = lab.boot()
    before = lab.host(vm)
    assert not migrate(job, an_id(), at(vm), Route(live=True)).after.undecided
    assert (lab.host(vm) != before, lab.status(vm)) == (True, "ACTIVE")
    until(lambda: moves_of(lab, vm) == {"completed"}, lambda: f"migrations are {moves_of(lab, vm)}")


def moves_of(lab: Laboratory, server_id: str) -> set[str]:
    """The statuses of its live migrations."""
    return {one.status for one in lab.connection.compute.migrations(instance_uuid=server_id)}


def test_a_flavor_that_is_none_is_told(lab: Laboratory, job: CloudJob) -> None:
    """By its name."""
    vm = lab.take("ACTIVE")
    with pytest.raises(DgFailure, match=r"itemNotFound: no flavor is named m9\.huge in cloud lab-admin"):
        resize(job, an_id(), at(vm), "m9.huge")
    lab.give_back(vm, "ACTIVE")
