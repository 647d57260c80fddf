"""The lease of a controller: what it still owns, judged by its own clock (contract section 7)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from appc.controller.ownership import Ownership
from appc.lcm.ports.failures import Unavailable
from appc.stores.sqlite import SqliteStore
from appc.system_clock import SystemClock
from tests.fakes.clock import FakeClock
from tests.fakes.faulty import Faults, faulty

LEASE = timedelta(seconds=10)


class Lease:
    """An ownership, its store that may fail, and its clock."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.faults = Faults()
        self.store = SqliteStore(None, self.clock)
        self.ownership = Ownership(faulty(self.store, self.faults), "me", LEASE, self.clock)

    def held(self) -> bool:
        """Whether this life's lease holds."""
        return self.ownership.held_by(self.ownership.owner)


@pytest.fixture
def lease() -> Iterator[Lease]:
    """One that was just joined."""
    lease = Lease()
    yield lease
    lease.store.close()


def test_it_is_held_for_its_length(lease: Lease) -> None:
    """And not a moment longer."""
    assert lease.ownership.owner == "me#1"
    lease.clock.advance(9.999)
    assert lease.held()
    lease.clock.advance(0.001)
    assert not lease.held()


def test_renewing_prolongs_it(lease: Lease) -> None:
    """In the same life."""
    for _ in range(5):
        lease.clock.advance(9)
        lease.ownership.renew()
        assert lease.held()
    assert lease.ownership.owner == "me#1"


def test_it_counts_from_before_the_store_was_asked(lease: Lease) -> None:
    """Whoever fell asleep in the middle of a renewal must not believe in more than the store does."""
    lease.faults.listen("after renew", lambda *_: lease.clock.advance(4))
    lease.ownership.renew()
    lease.clock.advance(5.9)
    assert lease.held()
    lease.clock.advance(0.1)
    assert not lease.held()


def test_a_lapsed_life_is_over(lease: Lease) -> None:
    """A new one begins; the old name holds nothing any more."""
    lease.clock.advance(10)
    lease.ownership.renew()
    assert lease.ownership.owner == "me#2"
    assert lease.held()
    assert not lease.ownership.held_by("me#1")


def test_a_second_process_under_the_same_id_ends_this_life(lease: Lease) -> None:
    """Which only the store can tell: at the next renewal."""
    Ownership(lease.store, "me", LEASE, lease.clock)
    assert lease.held()
    lease.ownership.renew()
    assert lease.ownership.owner == "me#3"


@pytest.mark.parametrize("point", ["before renew", "after renew"])
def test_a_store_that_is_away_prolongs_nothing(lease: Lease, point: str) -> None:
    """Unavailable: the lease runs on, and out."""
    lease.clock.advance(9)
    lease.faults.fail(point)
    with pytest.raises(Unavailable):
        lease.ownership.renew()
    assert lease.held()
    lease.clock.advance(1)
    assert not lease.held()


def test_a_store_that_is_away_when_a_life_is_over_leaves_it_over(lease: Lease) -> None:
    """The next renewal joins anew."""
    lease.clock.advance(10)
    lease.faults.fail("before join")
    with pytest.raises(Unavailable):
        lease.ownership.renew()
    assert not lease.held()
    lease.ownership.renew()
    assert lease.held()


def test_a_thread_renews_it_until_it_is_given_back() -> None:
    """Several times within its length, though the store fails now and then."""
    faults, store = Faults(), SqliteStore(None, SystemClock())
    ownership = Ownership(faulty(store, faults), "me", timedelta(seconds=0.2), SystemClock())
    faults.fail("before renew", 2)
    ownership.start()
    faults.wait_for("before renew", 5)
    ownership.stop()
    assert faults.passed("after leave") == 1
    assert not store.renew(ownership.owner, LEASE)
    store.close()
