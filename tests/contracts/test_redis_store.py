"""The contract of the store on Redis: on a server, and on a cluster. And how it goes about its work."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import redis

from appc.controller.decisions import Judgement
from appc.lcm.ports.failures import Unavailable
from appc.lcm.ports.store import Change, Decision, View
from appc.stores.redis.keys import Keys
from appc.stores.redis.ledger import Decisions
from appc.stores.redis.store import RedisLink, RedisStore
from appc.stores.redis.time import StoreClock
from tests.contracts.redis_place import RedisPlace
from tests.contracts.store_contract import SharedStoreContract, StoreContract
from tests.contracts.store_place import (
    LEASE,
    READ,
    RULES,
    a_record,
    accept,
    answering,
    begin,
    begun,
    codes,
    finish,
    finished,
    offset,
    publish,
    store_one,
    view,
)
from tests.fakes.clock import START
from tests.fakes.requests import a_request
from tests.servers.redis_cluster import redis_cluster
from tests.servers.redis_server import quick_folder, redis_of_the_run


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A server."""
    with redis_of_the_run() as url:
        yield url


@pytest.fixture(scope="session")
def cluster_url() -> Iterator[str]:
    """A cluster."""
    with quick_folder() as folder, redis_cluster(folder) as url:
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


class TestRedis(StoreContract):
    """One handle on a server."""


class TestRedisShared(SharedStoreContract):
    """Several handles on a server."""


class _OnCluster:
    @pytest.fixture
    def place(self, cluster_url: str) -> Iterator[RedisPlace]:
        """An empty store on a cluster."""
        place = RedisPlace(cluster_url)
        yield place
        place.close()


class TestRedisCluster(_OnCluster, StoreContract):
    """One handle on a cluster: what one script touches stands in one slot."""


class TestRedisClusterShared(_OnCluster, SharedStoreContract):
    """Several handles on a cluster: a write is several steps there."""


# ------------------------------------------------------------ round trips and conflicts


def round_trips(place: RedisPlace) -> int:
    """How many transactions the server has seen."""
    with redis.Redis.from_url(place.url) as client:
        return int(client.info("commandstats")["cmdstat_exec"]["calls"])


def test_a_batch_without_conflict_takes_two_round_trips(place: RedisPlace, store: RedisStore, owner: str) -> None:
    """One to read, one to write, for any number of VNFs: to judge, to begin and to finish."""
    records = [a_record(a_request("Configure", f"vnf-{n}")) for n in range(100)]
    before = round_trips(place)
    judged = [Judgement(record.request, offset(n), RULES).judged(record.task) for n, record in enumerate(records)]
    stored = store.update_many(judged, owner)
    assert round_trips(place) - before == 2
    assert [codes(each) for each in stored] == [[100]] * 100


def test_only_what_met_with_a_conflict_is_decided_again(place: RedisPlace, store: RedisStore, owner: str) -> None:
    """The others are stored by the first try."""
    other = place.open()
    decided: list[str] = []

    def decide(view: View) -> Decision:
        decided.append(view.vnf.vnf_id)
        if decided.count("vnf-2") == 1 and view.vnf.vnf_id == "vnf-2":
            lock(other, "vnf-2")
        return Decision(replace(view.vnf, states={"seen": view.vnf.lock.request_id if view.vnf.lock else "nobody"}))

    store.update_many([Change(f"vnf-{n}", decide) for n in range(4)], owner)
    assert decided == ["vnf-0", "vnf-1", "vnf-2", "vnf-3", "vnf-2"]
    assert [view(store, f"vnf-{n}").vnf.states["seen"] for n in range(4)] == ["nobody", "nobody", "me", "nobody"]


def lock(store: RedisStore, vnf_id: str) -> None:
    """Change the VNF."""
    until = START + timedelta(hours=1)
    store_one(store, "other#1", Change(vnf_id, lambda seen: Decision(seen.vnf.with_lock("me", START, until))))


def test_a_decision_that_comes_too_late_is_made_again(place: RedisPlace, store: RedisStore, owner: str) -> None:
    """A process that was asleep between reading and writing does not write what it then believed."""
    times = []

    def decide(view: View) -> Decision:
        times.append(view.now)
        if len(times) == 1:
            place.clock.advance(60)
        return Decision(replace(view.vnf, states={"n": str(len(times))}))

    store_one(store, owner, Change("vnf-1", decide))
    assert times == [START, START + timedelta(seconds=60)]
    assert view(store).vnf.states == {"n": "2"}


def test_a_batch_that_takes_too_long_is_made_in_parts(place: RedisPlace, store: RedisStore, owner: str) -> None:
    """However slow the machine is, something gets done."""

    def slow(view: View) -> Decision:
        place.clock.advance(1)
        return Decision(replace(view.vnf, states={"x": "y"}))

    store.update_many([Change(f"vnf-{n}", slow) for n in range(20)], owner)
    assert all(view(store, f"vnf-{n}").vnf.states for n in range(20))


def test_a_vnf_that_never_stands_still_is_given_up(place: RedisPlace, store: RedisStore, owner: str) -> None:
    """The caller tries again, as with a store that is out of reach."""
    link = RedisLink(place.url, Keys(place.prefix), StoreClock(place.clock))

    def decide(view: View) -> Decision:
        lock(store, "vnf-1")
        return Decision(replace(view.vnf, states={"x": "y"}))

    with pytest.raises(Unavailable, match="too busy"):
        Decisions(link, patience_s=0.1).update_many([Change("vnf-1", decide)], owner)
    link.close()


# ------------------------------------------------------------ three ids that are being decided on


def test_three_ids_are_decided_on_by_one_controller_at_a_time(place: RedisPlace, store: RedisStore, owner: str) -> None:
    """Another waits until the first one knows: a rejection leaves no trace, so it must not reject for its sake."""
    other, key = place.open(), a_request().key
    order: list[str] = []
    inside = threading.Event()

    def second(view: View) -> Decision:
        order.append("second")
        return Decision(view.vnf)

    change = Change("vnf-2", second, key=key)
    waiter = threading.Thread(target=lambda: (inside.wait(10), store_one(other, "other#1", change)))
    waiter.start()

    def first(view: View) -> Decision:
        inside.set()
        waiter.join(0.1)  # it would be through by then, were it not held up
        order.append("first")
        return Decision(view.vnf)

    store_one(store, owner, Change("vnf-1", first, key=key))
    waiter.join(10)
    assert order == ["first", "second"]


def test_three_ids_are_free_again_when_who_decided_on_them_is_gone(place: RedisPlace, store: RedisStore) -> None:
    """Sooner than its lease lapses; whatever it still tries to write then comes too late."""
    request = a_request("Configure")

    def die(view: View) -> Decision:
        raise Unavailable("the network is cut")

    with pytest.raises(Unavailable):
        store_one(store, "c#1", Change("vnf-1", die, key=request.key))
    place.clock.advance(LEASE.total_seconds() - 1)
    record = a_record(replace(request, identifiers=replace(request.identifiers, vnf_id="vnf-2")))
    assert codes(store_one(store, "c#2", Judgement(record.request, None, RULES).judged(record.task))) == [100]


def test_a_defect_while_deciding_frees_the_three_ids_at_once(place: RedisPlace, store: RedisStore) -> None:
    """Nobody has to wait for it."""
    key = a_request().key

    def fail(view: View) -> Decision:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store_one(store, "c#1", Change("vnf-1", fail, key=key))
    assert view(place.open(), "vnf-2", key=key).claims == ()


# ------------------------------------------------------------ what is left behind


def test_nothing_of_a_secret_is_left_after_the_final_answer(place: RedisPlace, store: RedisStore, owner: str) -> None:
    """Until then the payload is kept."""
    record = a_record(a_request("Configure", payload='{"password": "hush-4711"}'))
    begun(store, owner, record)
    assert b"hush-4711" in place.values()
    publish(store, finish(store, owner, record))
    assert b"hush-4711" not in place.values()


def test_a_finished_request_leaves_nothing_but_its_vnf_once_it_is_forgotten(
    place: RedisPlace, store: RedisStore, owner: str
) -> None:
    """Whatever was entered for it is cleared away; owners and leases stay."""
    for n in range(3):
        finished(store, owner, replace(a_record(), position=offset(n)))
    place.clock.advance(3600)
    store.forget(READ, {0: 99})
    assert store.prune(place.clock.now()) == 3
    store.length()
    left = {key.split(":")[-1] for key in place.names()}
    assert left == {"vnf", "format", "leases", "owners", "lanes"}


def test_a_rejection_leaves_nothing_behind(place: RedisPlace, store: RedisStore, owner: str) -> None:
    """Whoever sends requests for ever new VNFs does not fill the store."""
    publish(store, store_one(store, owner, replace(answering("no", vnf_id="vnf-x"), key=a_request().key)))
    store.length()
    (vnf,) = [key for key in place.names() if key.split(":")[-1] not in {"format", "leases", "owners"}]
    with redis.Redis.from_url(place.url) as client:
        assert 0 < client.ttl(f"{place.prefix}:{vnf}") <= 60


def test_what_others_began_is_not_counted_for_long(place: RedisPlace, store: RedisStore, owner: str) -> None:
    """The index of the queue is cleared with whatever a controller does next."""
    other = place.open()
    record = accept(store, owner, a_record())
    begin(store, owner, record)
    store.waiting(1)
    assert other.length() == 0


# ------------------------------------------------------------ strange ids

STRANGE = ["a{b}c", "{}", "{", "*", "[a-z]*", "a\nb\r\n", "a\0b", "é", "x" * 100_000, " ", "a:b", "a" + "\u2028"]


def test_strange_vnf_ids_stay_apart_and_out_of_the_names_of_keys(
    place: RedisPlace, store: RedisStore, owner: str
) -> None:
    """Braces, globs, newlines and length change neither the slot nor whose key it is (S15 of the threats)."""
    records = [
        a_record(a_request("Configure", vnf_id, request_id=f"r{n}{vnf_id[:30]}")) for n, vnf_id in enumerate(STRANGE)
    ]
    for record in records:
        finished(store, owner, record)
    for record in records:
        seen = view(store, record.request.vnf_id, record=record, key=record.request.key)
        assert seen.record and seen.record.id == record.id
        assert [claim.record_id for claim in seen.claims] == [record.id]
    assert {character for key in place.names() for character in key} <= set("abcdefghijklmnopqrstuvwxyz0123456789:{}")
    assert max(map(len, place.names())) < 100


def test_stores_of_different_prefixes_do_not_meet(redis_url: str) -> None:
    """On one server."""
    places = [RedisPlace(redis_url) for _ in range(2)]
    one, two = (place.open() for place in places)
    accept(one, one.join("c", LEASE), a_record())
    assert (one.length(), two.length()) == (1, 0)
    for place in places:
        place.close()


# ------------------------------------------------------------ time


def test_time_is_the_servers(place: RedisPlace) -> None:
    """Where no test brings a clock: locks, leases and expiry are the same for all machines."""
    with redis.Redis.from_url(place.url) as client:
        store = RedisStore(place.url, prefix=place.prefix)
        before, seen, after = client.time(), view(store).now, client.time()
        assert before <= divmod(int(seen.timestamp() * 1_000_000), 1_000_000) <= after
        owner = store.join("c", timedelta(hours=1))
        short = store.join("d", timedelta(microseconds=1))
        assert (store.renew(owner, LEASE), store.renew(short, LEASE)) == (True, False)
        record = accept(store, owner, a_record(a_request("Configure", sent_at=seen, ttl_s=3600)))
        late = accept(store, owner, a_record(a_request("Configure", sent_at=seen - timedelta(hours=1))))
        assert [each.record_id for each in store.expired()] == [late.id]
        assert begin(store, owner, record)
        assert begin(store, owner, late) is None
        store.close()
