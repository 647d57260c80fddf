"""Resize and migration with confirm or revert, on the demonstration cloud (seed 000)."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from appc.demo.cloud import DemoCloud
from appc.lcm.errors import DgFailure
from appc.lcm.ports.cloud import Route
from appc.lcm.record import VmPlace
from appc.workflows.cloud_job import CloudJob
from appc.workflows.resize import CHANGE, Changed, confirm, migrate, resize, revert
from tests.fakes.clock import FakeClock
from tests.fakes.cloud_jobs import dying_after
from tests.fakes.faulty_cloud import FaultyCloud, lost_after, then

ID, OTHER = "eac61a66-51d2-47dd-b8f4-289f38203eff", "11111111-51d2-47dd-b8f4-289f38203eff"
SMALL = "2"
COLD, LIVE = Route(live=False), Route(live=True)

Effects = Callable[[], list[str]]


@pytest.mark.parametrize("flavor", [pytest.param(SMALL, id="by id"), pytest.param("m1.small", id="by name")])
@pytest.mark.parametrize("status", ["ACTIVE", "SHUTOFF"])
@pytest.mark.parametrize(
    ("decide", "operation", "ends"),
    [
        pytest.param(confirm, "confirmResize", SMALL, id="confirmed"),
        pytest.param(revert, "revertResize", "1", id="reverted"),
    ],
)
def test_a_resize_waits_for_a_decision(
    decide: Callable[..., object],
    operation: str,
    ends: str,
    status: str,
    flavor: str,
    job: CloudJob,
    cloud: DemoCloud,
    vm: str,
    place: VmPlace,
    effects: Effects,
) -> None:
    """Kept or undone, the VM is in the state that it was in."""
    cloud.put(vm, status)
    changed = resize(job, ID, place, flavor)
    assert (changed.before.flavor, changed.after.flavor, changed.after.undecided) == ("1", SMALL, True)
    decide(job, OTHER, place)
    assert effects() == ["resize", operation]
    assert (cloud.server(vm).status, cloud.server(vm).flavor) == (status, ends)
    assert job.recall(CHANGE, vm) is None


def test_a_resize_to_the_flavor_that_it_has_changes_nothing(job: CloudJob, place: VmPlace, effects: Effects) -> None:
    """And leaves nothing to decide."""
    assert not resize(job, ID, place, "1").after.undecided
    assert effects() == []


def test_a_flavor_that_is_none_is_told(job: CloudJob, place: VmPlace) -> None:
    """By its name and the cloud's."""
    with pytest.raises(DgFailure, match=r"itemNotFound: no flavor is named m9.huge in cloud demo"):
        resize(job, ID, place, "m9.huge")


@pytest.mark.parametrize("host", [None, "demo-host-2"])
@pytest.mark.parametrize(
    ("decide", "moved"), [pytest.param(confirm, True, id="confirmed"), pytest.param(revert, False, id="reverted")]
)
def test_a_cold_migration_waits_for_a_decision(
    decide: Callable[..., object],
    moved: bool,
    host: str | None,
    job: CloudJob,
    cloud: DemoCloud,
    vm: str,
    place: VmPlace,
) -> None:
    """To the host that is named, or one that the scheduler chooses."""
    before = cloud.server(vm).host
    assert migrate(job, ID, place, replace(COLD, host=host)).after.undecided
    assert cloud.server(vm).host == "demo-host-2"
    decide(job, OTHER, place)
    assert (cloud.server(vm).host != before, cloud.server(vm).status) == (moved, "ACTIVE")


@pytest.mark.parametrize("block", [None, True, False])
def test_a_live_migration_is_decided_when_it_is_done(
    block: bool | None, job: CloudJob, cloud: DemoCloud, vm: str, place: VmPlace, effects: Effects
) -> None:
    """The VM runs all the time."""
    changed = migrate(job, ID, place, replace(LIVE, block=block))
    assert not changed.after.undecided
    assert (cloud.server(vm).status, cloud.server(vm).host) == ("ACTIVE", "demo-host-2")
    assert effects() == ["os-migrateLive"]
    assert job.recall(CHANGE, vm) is None


def test_a_live_migration_that_is_rolled_back_is_a_failure(
    job: CloudJob, cloud: DemoCloud, place: VmPlace, clock: FakeClock, through_proxy: FaultyCloud
) -> None:
    """Nova leaves the VM where it is, and says why."""
    cloud.fail("os-migrateLive", "no room on demo-host-2", rolled_back=True)
    through_proxy.spoil("GET", "/servers/", then(lambda: clock.advance(1)), times=1000)
    wording = "should have come to another host alive, and Nova left it ACTIVE: no room on demo-host-2"
    with pytest.raises(DgFailure, match=wording):
        migrate(job, ID, place, LIVE)


@pytest.mark.parametrize("begin", [resize, migrate])
def test_another_change_of_an_undecided_vm_is_refused(
    begin: Callable[..., Changed], job: CloudJob, place: VmPlace, effects: Effects
) -> None:
    """Somebody has to decide first."""
    resize(job, ID, place, SMALL)
    with pytest.raises(DgFailure, match=r"conflict: vfw-1 .* waits for a resize or a migration to be decided"):
        begin(job, OTHER, place, "3" if begin is resize else COLD)
    assert effects() == ["resize"]


@pytest.mark.parametrize("decide", [confirm, revert])
def test_where_nothing_waits_there_is_nothing_to_decide(
    decide: Callable[..., object], job: CloudJob, place: VmPlace, effects: Effects
) -> None:
    """Nothing is asked of the cloud."""
    with pytest.raises(DgFailure, match=r"conflict: vfw-1 .* is ACTIVE: nothing is to be decided"):
        decide(job, ID, place)
    assert effects() == []


@pytest.mark.parametrize("begin", [resize, migrate])
def test_a_change_goes_on_after_a_crash(
    begin: Callable[..., Changed], job: CloudJob, place: VmPlace, through_proxy: FaultyCloud, effects: Effects
) -> None:
    """The controller died while Nova was at work: it is not asked a second time."""
    wanted = SMALL if begin is resize else COLD
    with dying_after(job, through_proxy, "POST", "/action") as dying:
        begin(dying, ID, place, wanted)
    changed = begin(job, ID, place, wanted)
    assert (changed.before.status, changed.before.flavor, changed.after.undecided) == ("ACTIVE", "1", True)
    assert len(effects()) == 1


def test_a_decision_goes_on_after_a_crash(
    job: CloudJob, place: VmPlace, through_proxy: FaultyCloud, effects: Effects
) -> None:
    """The same order again finds it decided; another one comes too late."""
    resize(job, ID, place, SMALL)
    with dying_after(job, through_proxy, "POST", "/action") as dying:
        confirm(dying, OTHER, place)
    assert confirm(job, OTHER, place).status == "ACTIVE"
    assert effects() == ["resize", "confirmResize"]
    with pytest.raises(DgFailure, match=r"nothing is to be decided"):
        revert(job, ID, place)


@pytest.mark.parametrize("begin", [resize, migrate])
def test_an_answer_that_was_lost_is_no_failure(
    begin: Callable[..., Changed], job: CloudJob, place: VmPlace, through_proxy: FaultyCloud, effects: Effects
) -> None:
    """Where the VM ends up tells what became of the call."""
    through_proxy.spoil("POST", "/action", lost_after)
    assert begin(job, ID, place, SMALL if begin is resize else COLD).after.undecided
    assert len(effects()) == 1
