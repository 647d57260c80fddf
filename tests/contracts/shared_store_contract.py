"""What holds where several controllers share one store: handles, threads, processes, and one after the other."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from time import monotonic, sleep
from typing import TypeVar

from appc.controller.decisions import Judgement
from appc.lcm.ports.store import Change, Decision, View
from appc.lcm.record import RequestRecord
from appc.lcm.vnf import VnfState
from tests.contracts.store_place import (
    LEASE,
    READ,
    RULES,
    Store,
    StorePlace,
    a_record,
    accept,
    accepting,
    answering,
    begin,
    begun,
    codes,
    finish,
    finished,
    offset,
    publish,
    store_one,
    texts,
    view,
)
from tests.fakes.requests import a_request

T = TypeVar("T")

#: Controllers that do the same at once.
CONTENDERS = 6

#: When a test gives up on another process, in seconds.
LIMIT_S = 60.0

ROUNDS = 30


def at_once(stores: Sequence[Store], work: Callable[[Store, int], T]) -> list[T]:
    """Do this with each handle, in threads that start together; what came of it."""
    barrier = threading.Barrier(len(stores))

    def start(number: int) -> T:
        barrier.wait(LIMIT_S)
        return work(stores[number], number)

    with ThreadPoolExecutor(len(stores)) as pool:
        return list(pool.map(start, range(len(stores))))


def opened(place: StorePlace) -> list[Store]:
    """A handle for each contender."""
    return [place.open() for _ in range(CONTENDERS)]


def judged(store: Store, record: RequestRecord, owner: str = "c#1") -> int:
    """Submit the record's request, as a controller does: the code of the first answer."""
    stored = store_one(store, owner, Judgement(record.request, None, RULES).judged(record.task))
    publish(store, stored)
    return codes(stored)[0]


def judged_each(records: Sequence[RequestRecord], store: Store, number: int) -> int:
    """Submit this contender's own request."""
    return judged(store, records[number])


def contend(opener: Callable[[], Store], name: str, here: Path, rounds: int) -> tuple[list[int], list[int]]:
    """A process. In each round: a request for everybody's VNF, and one with everybody's three ids; the codes."""
    store = opener()
    owner = store.join(name, timedelta(hours=1))
    (here / name).touch()
    until = monotonic() + LIMIT_S
    while len(list(here.iterdir())) < 2:
        assert monotonic() < until, "the other process does not start"
        sleep(0.001)
    for_one_vnf = [a_record(a_request("Configure", f"vnf-{n}", request_id=f"{name}-{n}")) for n in range(rounds)]
    same_ids = [a_record(a_request("Configure", f"{name}-{n}", request_id=f"same-{n}")) for n in range(rounds)]
    pairs = [[judged(store, each, owner) for each in both] for both in zip(for_one_vnf, same_ids, strict=True)]
    store.close()
    return [first for first, _ in pairs], [second for _, second in pairs]


def count(opener: Callable[[], Store], rounds: int) -> int:
    """A process: count a document up, by compare-and-set; how often it had to try."""
    store = opener()
    tries = 0
    for _ in range(rounds):
        while True:
            tries += 1
            document, version = store.get("counter", "c") or ({"n": 0}, 0)
            if store.put("counter", "c", {"n": document["n"] + 1}, version):
                break
    store.close()
    return tries


class HandlesContract:
    """Several handles on one store are as good as one."""

    def test_see_what_the_others_have_stored(self, place: StorePlace) -> None:
        """At once, in every port."""
        one, two = place.open(), place.open()
        owner = one.join("one", LEASE)
        record = accept(one, owner, a_record())
        one.put("kind", "id", {"x": 1})
        assert view(two, record=record).record == record
        assert (two.length(), two.get("kind", "id")) == (1, ({"x": 1}, 1))
        assert two.renew(owner, LEASE)
        finished(two, two.join("two", LEASE), a_record())
        assert begin(two, owner, record)
        assert [each.id for each in one.begun_by([owner])] == [record.id]

    def test_recognise_a_redelivery_of_each_other(self, place: StorePlace) -> None:
        """A partition may move to another controller."""
        one, two = place.open(), place.open()
        store_one(one, one.join("one", LEASE), answering("first", offset(1)))
        again = store_one(two, two.join("two", LEASE), answering("second", offset(1)))
        assert (texts(again), again.redelivered) == (["first"], True)

    def test_take_over_from_each_other(self, place: StorePlace) -> None:
        """A dead controller's answers and requests are seen by a living one."""
        one, two = place.open(), place.open()
        owner = one.join("one", LEASE)
        record = begun(one, owner, a_record())
        late = store_one(one, owner, answering("late"))
        one.close()
        place.clock.advance(10)
        assert two.dead() == [owner]
        assert (two.begun_by([owner]), two.unpublished([owner])) == ([record], list(late.answers))

    def test_forget_for_each_other(self, place: StorePlace) -> None:
        """Offsets are the group's."""
        one, two = place.open(), place.open()
        publish(one, store_one(one, one.join("one", LEASE), answering("first", offset(1))))
        two.forget(READ, {0: 2})
        assert not store_one(one, "one#1", answering("second", offset(1))).redelivered


class ThreadsContract:
    """Whatever many do at once, it is as if they did it one after the other."""

    def test_accept_exactly_one_of_many_conflicting_requests(self, place: StorePlace) -> None:
        """Checks 9 to 14 and the recording are one atomic decision per VNF."""
        stores = opened(place)
        for n in range(5):
            records = [a_record(a_request("Configure", f"vnf-{n}")) for _ in stores]
            found = at_once(stores, partial(judged_each, records))
            assert sorted(found) == [100] + [316] * (CONTENDERS - 1)

    def test_accept_exactly_one_of_many_with_the_same_ids(self, place: StorePlace) -> None:
        """Check 8 is one atomic claim, on whatever VNFs."""
        stores = opened(place)
        for n in range(5):
            records = [a_record(a_request("Configure", f"vnf-{n}-{c}", request_id=f"r{n}")) for c in range(CONTENDERS)]
            found = at_once(stores, partial(judged_each, records))
            assert sorted(found) == [100] + [312] * (CONTENDERS - 1)

    def test_judge_a_message_once(self, place: StorePlace) -> None:
        """However many read it at once, all get the same answers."""
        stores = opened(place)
        record = a_record()
        found = at_once(stores, lambda store, _: store_one(store, "c#1", accepting(record, offset(1))))
        assert sorted(each.redelivered for each in found) == [False] + [True] * (CONTENDERS - 1)
        assert len({each.answers for each in found}) == 1
        assert stores[0].length() == 1

    def test_begin_a_request_once(self, place: StorePlace) -> None:
        """Another was faster."""
        stores = opened(place)
        record = accept(stores[0], "c#1", a_record())
        found = at_once(stores, lambda store, number: begin(store, f"c#{number}", record))
        (taken,) = [each for each in found if each]
        assert view(stores[0], record=record).record == taken

    def test_finish_a_request_once(self, place: StorePlace) -> None:
        """One final answer."""
        stores = opened(place)
        record = begun(stores[0], "c#1", a_record())
        found = at_once(stores, lambda store, _: finish(store, "c#1", record))
        assert sorted(len(each.answers) for each in found) == [0] * (CONTENDERS - 1) + [1]

    def test_lose_no_change_of_a_vnf(self, place: StorePlace) -> None:
        """A decision sees all that were made before it, or is made again."""
        stores = opened(place)

        def add(view: View) -> Decision:
            states = {**view.vnf.states, f"vm:{len(view.vnf.states)}": "Running"}
            return Decision(VnfState(view.vnf.vnf_id, states=states))

        at_once(stores, lambda store, _: [store_one(store, "c#1", Change("vnf-1", add)) for _ in range(10)])
        assert len(view(stores[0]).vnf.states) == 10 * CONTENDERS

    def test_may_share_one_handle(self, store: Store, owner: str) -> None:
        """The workers of one controller do."""
        records = [a_record(a_request("Configure", f"vnf-{n}")) for n in range(CONTENDERS)]
        at_once([store] * CONTENDERS, lambda store, number: finished(store, owner, records[number]))
        assert [view(store, f"vnf-{n}").vnf.in_progress for n in range(CONTENDERS)] == [()] * CONTENDERS
        assert store.unpublished([owner]) == []

    def test_give_each_life_a_name_of_its_own(self, place: StorePlace) -> None:
        """Also where one controller is started twice at once; only the last one is alive."""
        stores = opened(place)
        names = at_once(stores, lambda store, _: store.join("same", LEASE))
        assert len(set(names)) == CONTENDERS
        assert sum(stores[0].renew(name, LEASE) for name in names) == 1

    def test_open_a_new_store_at_once(self, place: StorePlace) -> None:
        """Controllers that are started together find one store, and it is ready."""
        barrier = threading.Barrier(CONTENDERS)

        def open_one(_: int) -> Store:
            barrier.wait(LIMIT_S)
            return place.open()

        with ThreadPoolExecutor(CONTENDERS) as pool:
            stores = list(pool.map(open_one, range(CONTENDERS)))
        stores[0].put("kind", "id", {})
        assert [store.ids("kind") for store in stores] == [["id"]] * CONTENDERS


class ProcessesContract:
    """The same between processes."""

    def test_accept_exactly_one_of_two_conflicting_requests(self, place: StorePlace, tmp_path: Path) -> None:
        """By VNF (316) and by the three ids (312), again and again."""
        place.open()
        here = tmp_path / "here"
        here.mkdir()
        with ProcessPoolExecutor(2, get_context("spawn")) as pool:
            works = [pool.submit(contend, place.opener, name, here, ROUNDS) for name in ("p1", "p2")]
            (vnf_one, ids_one), (vnf_two, ids_two) = (work.result(LIMIT_S) for work in works)
        assert [sorted(pair) for pair in zip(vnf_one, vnf_two, strict=True)] == [[100, 316]] * ROUNDS
        assert [sorted(pair) for pair in zip(ids_one, ids_two, strict=True)] == [[100, 312]] * ROUNDS

    def test_lose_no_document(self, place: StorePlace) -> None:
        """Compare-and-set: of two that saw the same version one writes."""
        store = place.open()
        with ProcessPoolExecutor(2, get_context("spawn")) as pool:
            tries = [work.result(LIMIT_S) for work in [pool.submit(count, place.opener, 100) for _ in range(2)]]
        assert store.get("counter", "c") == ({"n": 200}, 200)
        assert all(number >= 100 for number in tries)


class ReopeningContract:
    """A store that was closed is opened again as it was."""

    def test_keeps_everything(self, place: StorePlace) -> None:
        """States, records, queue, claims, answers, positions, leases and documents."""
        before = place.open()
        owner = before.join("c", LEASE)
        waiting, running = accept(before, owner, a_record(lane="x")), begun(before, owner, a_record())
        done = finished(before, owner, a_record())
        late = store_one(before, owner, answering("late", offset(1)))
        before.put("kind", "id", {"x": 1})
        vnf = view(before).vnf
        before.close()
        after = place.open()
        assert view(after).vnf == vnf
        assert [view(after, record=each).record for each in (waiting, running, done)] == [waiting, running, done]
        assert [each.record_id for each in after.waiting(9)] == [waiting.id]
        assert len(view(after, key=done.request.key).claims) == 1
        assert after.unpublished([owner]) == list(late.answers)
        assert store_one(after, owner, answering("new", offset(1))).redelivered
        assert after.renew(owner, LEASE)
        assert after.get("kind", "id") == ({"x": 1}, 1)

    def test_goes_on_counting(self, place: StorePlace) -> None:
        """Owner names and ids of answers are not given a second time."""
        before = place.open()
        owner = before.join("c", LEASE)
        stored = store_one(before, owner, answering("published"))
        publish(before, stored)
        before.close()
        after = place.open()
        assert after.join("c", LEASE) != owner
        (again,) = store_one(after, owner, answering("next")).answers
        assert again[0] not in [answer_id for answer_id, _ in stored.answers]

    def test_may_be_closed_twice(self, place: StorePlace) -> None:
        """Closing is idempotent."""
        store = place.open()
        store.close()
        store.close()
