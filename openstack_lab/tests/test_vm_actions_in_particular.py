"""What the table of states does not show, on real OpenStack: payloads, faults, rights, and what is done already."""

import pytest

from openstack_lab.tests.conftest import Record
from openstack_lab.tests.laboratory import STATE, Laboratory

NOTHING = "11111111-2222-4333-8444-555555555555"


def test_rebuild_takes_the_latest_snapshot_or_that_of_the_payload(lab: Laboratory, record: Record) -> None:
    """And the server's own image where there is none."""
    vm = lab.boot()
    first, second = (lab.perform("Snapshot", vm, "ACTIVE").outcome.extra["snapshot-id"] for _ in range(2))
    record(lab.perform("Rebuild", vm, "ACTIVE, two snapshots"))
    assert lab.server(vm)["image"]["id"] == second
    record(lab.perform("Rebuild", vm, "ACTIVE, snapshot-id", snapshot_id=first))
    assert lab.server(vm)["image"]["id"] == first


@pytest.mark.parametrize(
    ("snapshot_id", "wording"),
    [pytest.param(NOTHING, "itemNotFound: ", id="none"), pytest.param("latest", "badRequest: ", id="no id")],
)
def test_rebuild_refuses_a_snapshot_that_is_none(
    snapshot_id: str, wording: str, lab: Laboratory, record: Record
) -> None:
    """With a text that names it."""
    vm = lab.take("ACTIVE")
    row = record(lab.perform("Rebuild", vm, "ACTIVE, no such image", snapshot_id=snapshot_id))
    lab.give_back(vm, row.status)
    assert row.outcome.code == 401
    assert f"{wording}payload.snapshot-id, {snapshot_id}, is no" in row.outcome.message


def test_rebuild_tells_why_it_failed(lab: Laboratory, record: Record) -> None:
    """The fault that Nova shows."""
    vm = lab.boot("rebuild-fails")
    (STATE / "nova/fault-spawn@rebuild-fails").write_text("fail")
    row = record(lab.perform("Rebuild", vm, "ACTIVE, spawn fails"))
    assert (row.outcome.code, row.status) == (401, "ERROR")
    assert "lab: injected failure of spawn: cloud lab-admin, req-" in row.outcome.message


def test_stop_tells_why_it_failed(lab: Laboratory, record: Record) -> None:
    """The server is left running, and the reason is in Nova's history of it."""
    vm = lab.boot("stop-fails")
    (STATE / "nova/fault-power_off@stop-fails").write_text("fail")
    row = record(lab.perform("Stop", vm, "ACTIVE, power off fails"))
    assert row.outcome.code == 401
    assert "lab: injected failure of power_off" in row.outcome.message


def test_migrate_tells_why_it_failed(lab: Laboratory, record: Record) -> None:
    """The fault that Nova shows."""
    vm = lab.boot("migrate-fails")
    (STATE / "nova/fault-migrate_disk_and_power_off@migrate-fails").write_text("fail")
    row = record(lab.perform("Migrate", vm, "ACTIVE, the source fails"))
    assert (row.outcome.code, row.status) == (401, "ERROR")
    assert "lab: injected failure of migrate_disk_and_power_off" in row.outcome.message


@pytest.mark.parametrize("action", ["Migrate", "Evacuate"])
def test_a_plain_member_may_not_move_servers(action: str, lab: Laboratory, record: Record) -> None:
    """Nova's own refusal."""
    compute = lab.member.compute
    asked = {"name": f"of-a-member-{action}", "flavorRef": "1", "networks": "none", "imageRef": lab.image}
    vm = compute.post("/servers", json={"server": asked}, microversion="2.37").json()["server"]["id"]
    lab.settle(vm, "ACTIVE")
    row = record(lab.perform(action, vm, "ACTIVE, as a member", "lab"))
    assert row.outcome.code == 401
    assert "DG FAILURE - forbidden: Policy doesn't allow os_compute_api:" in row.outcome.message
    assert record(lab.perform("Restart", vm, "ACTIVE, as a member", "lab")).outcome.code == 400


def test_a_volume_is_attached_once(lab: Laboratory, record: Record) -> None:
    """At the same device it is a success, at another one or at another server a failure."""
    vm, other, volume = lab.take("ACTIVE"), lab.take("ACTIVE"), lab.volume()
    lab.attach(vm, volume)
    same = record(lab.perform("AttachVolume", vm, "attached, same device", volumeId=volume, device="/dev/vdb"))
    assert (same.outcome.code, same.steps) == (400, ())
    moved = record(lab.perform("AttachVolume", vm, "attached, other device", volumeId=volume, device="/dev/vdc"))
    assert (moved.outcome.code, moved.steps) == (401, ())
    for action in ("AttachVolume", "DetachVolume"):
        row = record(lab.perform(action, other, "volume of another", volumeId=volume, device="/dev/vdb"))
        assert (row.outcome.code, row.steps) == (401, ())
        assert f"is attached to server {vm}" in row.outcome.message
    taken = record(lab.perform("AttachVolume", vm, "device taken", volumeId=lab.volume(), device="/dev/vdb"))
    assert "conflict: The supplied device path (/dev/vdb) is in use" in taken.outcome.message


def test_a_volume_is_detached_once(lab: Laboratory, record: Record) -> None:
    """Again it is a success; the volume that a server boots from stays."""
    vm, volume = lab.take("ACTIVE"), lab.volume()
    row = record(lab.perform("DetachVolume", vm, "detached already", volumeId=volume))
    lab.give_back(vm, row.status)
    assert (row.outcome.code, row.steps) == (400, ())
    booted = lab.take("VOLUME")
    (root,) = lab.attachments(booted)
    row = record(lab.perform("DetachVolume", booted, "VOLUME, its own", volumeId=root))
    assert row.outcome.code == 401
    assert "badRequest: Cannot detach a root device volume" in row.outcome.message


@pytest.mark.parametrize("action", ["AttachVolume", "DetachVolume"])
def test_a_volume_that_is_none_is_a_failure(action: str, lab: Laboratory, record: Record) -> None:
    """Cinder's own refusal."""
    vm = lab.take("ACTIVE")
    row = record(lab.perform(action, vm, "no such volume", volumeId=NOTHING, device="/dev/vdb"))
    lab.give_back(vm, row.status)
    assert row.outcome.code == 401
    assert f"itemNotFound: Volume {NOTHING} could not be found" in row.outcome.message


def test_the_snapshot_of_a_server_on_volumes_is_of_all_its_volumes(lab: Laboratory, record: Record) -> None:
    """Each is complete when the answer comes."""
    vm, volume = lab.take("VOLUME"), lab.volume()
    lab.attach(vm, volume)
    row = record(lab.perform("Snapshot", vm, "VOLUME, two volumes"))
    name = lab.connection.image.get_image(row.outcome.extra["snapshot-id"]).name
    snapshots = [one for one in lab.connection.block_storage.snapshots() if one.name == f"snapshot for {name}"]
    assert {one.volume_id for one in snapshots} == set(lab.attachments(vm))
    assert [one.status for one in snapshots] == ["available", "available"]


def test_a_snapshot_that_fails_is_a_failure(lab: Laboratory, record: Record) -> None:
    """Nova deletes the image that will never be."""
    vm = lab.boot("snapshot-fails")
    (STATE / "nova/fault-snapshot@snapshot-fails").write_text("fail")
    row = record(lab.perform("Snapshot", vm, "ACTIVE, the copy fails"))
    assert row.outcome.code == 401
    assert "Nova gave image" in row.outcome.message
