"""The store on Redis when a controller dies between two steps of a write, as it can in front of a cluster."""

from collections.abc import Iterator, Sequence

import pytest

from appc.controller.decisions import beginning
from appc.lcm.ports.failures import Unavailable
from appc.lcm.ports.store import Change
from appc.lcm.record import RequestRecord
from appc.stores.redis.indexes import DECISION_US, SKEW_US
from appc.stores.redis.keys import Keys
from appc.stores.redis.ledger import Decisions
from appc.stores.redis.rounds import Command, Replies
from appc.stores.redis.store import RedisLink, RedisStore
from appc.stores.redis.time import StoreClock
from tests.contracts.redis_place import RedisPlace
from tests.contracts.store_place import (
    LEASE,
    a_record,
    accept,
    accepting,
    answering,
    codes,
    offset,
    store_one,
    view,
)
from tests.fakes.requests import a_request
from tests.servers.redis_server import redis_of_the_run


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A server."""
    with redis_of_the_run() as url:
        yield url


@pytest.fixture
def place(redis_url: str) -> Iterator[RedisPlace]:
    """An empty store."""
    place = RedisPlace(redis_url)
    yield place
    place.close()


@pytest.fixture
def store(place: RedisPlace) -> RedisStore:
    """A handle on it."""
    return place.open()


@pytest.fixture
def owner(store: RedisStore) -> str:
    """A living controller."""
    return store.join("controller", LEASE)


#: After this time nothing is written any more, and the three ids are not held any more, in seconds.
REMNANTS_S = (DECISION_US + 2 * SKEW_US) / 1_000_000


class Dying:
    """Port Server of the store, in front of another: of a write, only the first `stages` are still done."""

    def __init__(self, server: RedisLink, stages: int) -> None:
        self.keys, self.clock = server.keys, server.clock
        self._server = server
        self._stages = stages

    def run(self, *stages: Sequence[Command], repeatable: bool = True) -> Replies:
        if len(stages) == 1:
            return self._server.run(*stages)
        self._server.run(*stages[: self._stages])
        raise Unavailable("died")

    def later(self, commands: object) -> None:
        """Never comes to it."""


def die_after(place: RedisPlace, stages: int, changes: Sequence[Change], owner: str) -> None:
    """A controller that dies after so many stages of its write."""
    link = RedisLink(place.url, Keys(place.prefix), StoreClock(place.clock))
    with pytest.raises(Unavailable, match="died"):
        Decisions(Dying(link, stages)).update_many(changes, owner)
    link.close()


def test_a_crash_before_the_vnf_is_written_leaves_nothing_that_shows(
    place: RedisPlace, store: RedisStore, owner: str
) -> None:
    """The indexes hold too much then; nobody believes them, and in a few seconds they are cleared."""
    record = a_record()
    die_after(place, 1, [accepting(record, offset(1))], owner)
    place.clock.advance(REMNANTS_S)
    assert (store.waiting(9), store.unpublished([owner])) == ([], [])
    assert view(store, key=record.request.key, record=record).claims == ()
    assert store.length() == 0
    assert codes(store_one(store, owner, accepting(record, offset(1)))) == [100]
    assert store.length() == 1


def test_a_crash_after_the_vnf_is_written_loses_nothing(place: RedisPlace, store: RedisStore, owner: str) -> None:
    """The request is found by every way that leads to it."""
    record = a_record()
    die_after(place, 2, [accepting(record, offset(1))], owner)
    place.clock.advance(REMNANTS_S)
    answers = store.unpublished([owner])
    assert len(answers) == 1
    assert store_one(store, owner, answering("new", offset(1))).answers == tuple(answers)
    store.published([answers[0][0]])
    assert [each.record_id for each in store.waiting(9)] == [record.id]
    assert [claim.record_id for claim in view(store, key=record.request.key).claims] == [record.id]


def test_a_crash_while_beginning_leaves_the_request_in_the_queue_or_to_its_owner(
    place: RedisPlace, store: RedisStore, owner: str
) -> None:
    """One of the two."""
    first, second = (accept(store, owner, a_record(a_request("Configure", vnf))) for vnf in ("vnf-1", "vnf-2"))
    die_after(place, 1, [beginning_of(first, owner)], owner)
    die_after(place, 2, [beginning_of(second, owner)], owner)
    place.clock.advance(REMNANTS_S)
    assert [each.record_id for each in store.waiting(9)] == [first.id]
    assert [each.id for each in store.begun_by([owner])] == [second.id]
    assert store.length() == 1


def beginning_of(record: RequestRecord, owner: str) -> Change:
    """The change that takes the request."""
    return beginning(record.id, record.request.vnf_id, owner)


def test_what_a_dead_owner_seems_to_own_is_cleared_away(place: RedisPlace, store: RedisStore, owner: str) -> None:
    """It is not dead for ever for the sake of an index."""
    record = accept(store, owner, a_record())
    die_after(place, 1, [beginning_of(record, owner)], owner)
    place.clock.advance(LEASE.total_seconds())
    assert store.dead() == []
    store.length()
    assert [key for key in place.names() if "begun" in key or "owners" in key] == []
