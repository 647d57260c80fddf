"""The ports RequestQueue, Outbox and Leases: what waits, what is not yet published, and who is alive."""

from dataclasses import replace
from datetime import timedelta

import pytest

from appc.lcm.outcome import Outcome
from appc.lcm.ports.store import Waiting
from tests.contracts.store_place import (
    LEASE,
    READ,
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
from tests.fakes.clock import START
from tests.fakes.requests import a_request

EXPIRED = Outcome(404, "EXPIRED REQUEST FAILURE - failed during processing because TTL expired")


def ids(waiting: list[Waiting]) -> list[str]:
    """The records that wait."""
    return [each.record_id for each in waiting]


class QueueContract:
    """The durable queue."""

    def test_holds_a_request_whose_100_is_out(self, store: Store, owner: str) -> None:
        """With what a worker must know to choose."""
        record = accept(store, owner, a_record(lane="openstack:lab"))
        assert store.waiting(1) == [Waiting(record.id, "vnf-1", "openstack:lab", record.expires_at)]

    def test_does_not_show_a_request_before_its_100_is_published(self, store: Store, owner: str) -> None:
        """The final answer must not overtake the 100; but it counts."""
        stored = store_one(store, owner, accepting(a_record()))
        assert (store.waiting(9), store.length()) == ([], 1)
        publish(store, stored)
        assert (len(store.waiting(9)), store.length()) == (1, 1)

    def test_shows_no_request_for_anothers_answer(self, store: Store, owner: str) -> None:
        """Only the very answer that carries its 100 readies it."""
        store_one(store, owner, accepting(a_record()))
        publish(store, store_one(store, owner, answering("other")))
        assert store.waiting(9) == []

    def test_gives_the_oldest_of_each_lane_oldest_first(self, store: Store, owner: str) -> None:
        """In the order accepted, whatever their order of publication."""
        records = [a_record(lane=lane) for lane in "aabacb"]
        stored = [store_one(store, owner, accepting(record)) for record in records]
        for each in reversed(stored):
            publish(store, each)
        assert ids(store.waiting(1)) == [records[n].id for n in (0, 2, 4)]
        assert ids(store.waiting(2)) == [records[n].id for n in (0, 1, 2, 4, 5)]
        assert ids(store.waiting(9)) == [record.id for record in records]

    def test_keeps_the_order_of_one_call(self, store: Store, owner: str) -> None:
        """A batch of the bus is a batch of the queue."""
        records = [a_record(a_request("Configure", f"vnf-{n}")) for n in range(20)]
        for stored in store.update_many([accepting(record) for record in records], owner):
            publish(store, stored)
        assert ids(store.waiting(99)) == [record.id for record in records]

    def test_loses_a_request_to_who_begins_it(self, store: Store, owner: str) -> None:
        """The next one of its lane moves up; nobody begins it again."""
        first, second = (accept(store, owner, a_record()) for _ in range(2))
        assert begin(store, owner, first)
        assert (ids(store.waiting(1)), store.length()) == ([second.id], 1)
        assert begin(store, store.join("other", LEASE), first) is None

    def test_keeps_a_request_of_a_controller_that_is_gone(self, store: Store, owner: str) -> None:
        """What has not begun stays for the next one."""
        record = accept(store, owner, a_record())
        store.leave(owner)
        assert ids(store.waiting(1)) == [record.id]
        assert begin(store, store.join("other", LEASE), record)

    def test_lists_what_has_expired_whatever_its_place(self, store: Store, owner: str, place: StorePlace) -> None:
        """By the store's clock, at the instant; also behind others of its lane."""
        accept(store, owner, a_record(a_request("Configure", ttl_s=60)))
        short = accept(store, owner, a_record(a_request("Configure", ttl_s=10)))
        place.clock.advance(9.999)
        assert store.expired() == []
        place.clock.advance(0.001)
        assert store.expired() == [Waiting(short.id, "vnf-1", "lane", short.expires_at)]
        assert begin(store, owner, short) is None

    def test_does_not_list_what_was_begun_as_expired(self, store: Store, owner: str, place: StorePlace) -> None:
        """Once begun, an action is bounded by its own time limit."""
        begun(store, owner, a_record())
        finished(store, owner, a_record())
        place.clock.advance(3600)
        assert store.expired() == []

    def test_does_not_list_as_expired_what_has_not_had_its_100(
        self, store: Store, owner: str, place: StorePlace
    ) -> None:
        """Its final answer has to wait for the 100."""
        stored = store_one(store, owner, accepting(a_record()))
        place.clock.advance(3600)
        assert store.expired() == []
        publish(store, stored)
        assert len(store.expired()) == 1

    def test_loses_what_has_expired_with_its_final_answer(self, store: Store, owner: str, place: StorePlace) -> None:
        """404, once."""
        record = accept(store, owner, a_record())
        place.clock.advance(30)
        assert codes(finish(store, owner, record, EXPIRED)) == [404]
        assert (store.expired(), store.waiting(9), store.length()) == ([], [], 0)
        assert codes(finish(store, owner, record, EXPIRED)) == []

    def test_is_empty_at_first(self, store: Store) -> None:
        """Nothing waits."""
        assert (store.waiting(1), store.expired(), store.length()) == ([], [], 0)


class OutboxContract:
    """Answers that are stored and perhaps not yet published."""

    def test_lists_what_an_owner_has_stored_in_order(self, store: Store, owner: str) -> None:
        """With the ids by which it is marked; of several owners together, in the order stored."""
        other = store.join("other", LEASE)
        stored = [store_one(store, each, answering(text)) for each, text in ((owner, "a"), (other, "b"), (owner, "c"))]
        answers = [answer for each in stored for answer in each.answers]
        assert store.unpublished([owner]) == [answers[0], answers[2]]
        assert store.unpublished([other, owner]) == answers
        assert store.unpublished([]) == []
        assert store.unpublished(["nobody#1"]) == []

    def test_loses_what_is_published(self, store: Store, owner: str) -> None:
        """Whoever has published it; marking it again does nothing."""
        first, second = (store_one(store, owner, answering(text)) for text in "ab")
        publish(store, first)
        assert store.unpublished([owner]) == list(second.answers)
        publish(store, first)
        store.published([])
        store.published([10**9])
        assert store.unpublished([owner]) == list(second.answers)

    def test_marks_any_number_at_once(self, store: Store, owner: str) -> None:
        """As after a long time without a bus."""
        stored = store.update_many([answering(f"{n}", offset(n)) for n in range(100)], owner)
        ids = [answer_id for each in stored for answer_id, _ in each.answers]
        store.published([*ids, *range(10**9, 10**9 + 50_000)])
        assert store.unpublished([owner]) == []

    def test_belongs_to_who_stored_the_answer(self, store: Store, owner: str) -> None:
        """The 100 to who judged, the final answer to who finished."""
        other = store.join("other", LEASE)
        record = begun(store, owner, a_record())
        stored = finish(store, other, record)
        assert (store.unpublished([owner]), store.unpublished([other])) == ([], list(stored.answers))

    def test_keeps_bytes_as_they_are(self, store: Store, owner: str) -> None:
        """An answer may be delivered twice, byte-identical both times."""
        stored = store_one(store, owner, answering("\u0000 é \n {}", offset(1)))
        assert [message for _, message in store.unpublished([owner])] == [message for _, message in stored.answers]
        assert store_one(store, owner, answering("new", offset(1))).answers == stored.answers


class ForgetContract:
    """Judgements below the committed offsets are not asked for again."""

    def test_judges_a_forgotten_position_anew(self, store: Store, owner: str) -> None:
        """Below the committed offset; that one and the later ones are kept."""
        for n in (6, 7, 8):
            publish(store, store_one(store, owner, answering(f"answer {n}", offset(n))))
        store.forget(READ, {0: 7})
        again = [store_one(store, owner, answering("new", offset(n))) for n in (6, 7, 8)]
        assert [texts(each) for each in again] == [["new"], ["answer 7"], ["answer 8"]]

    def test_keeps_other_partitions_and_topics(self, store: Store, owner: str) -> None:
        """Each has its own offset."""
        others = [offset(1, partition=1), offset(1, topic="others")]
        for each in (offset(1), *others):
            publish(store, store_one(store, owner, answering("first", each)))
        store.forget(READ, {0: 5, 2: 5})
        assert [store_one(store, owner, answering("new", each)).redelivered for each in others] == [True, True]

    def test_keeps_what_is_not_yet_published(self, store: Store, owner: str) -> None:
        """No answer is lost."""
        stored = store_one(store, owner, answering("first", offset(1)))
        store.forget(READ, {0: 5})
        assert store.unpublished([owner]) == list(stored.answers)

    def test_forgets_a_final_answer_that_comes_after_its_position_was_forgotten(self, store: Store, owner: str) -> None:
        """With the next time."""
        record = begun(store, owner, replace(a_record(), position=offset(1)))
        store.forget(READ, {0: 5})
        publish(store, finish(store, owner, record))
        store.forget(READ, {0: 5})
        assert texts(store_one(store, owner, answering("new", offset(1)))) == ["new"]

    def test_does_not_touch_records(self, store: Store, owner: str) -> None:
        """They are kept for ActionStatus."""
        record = finished(store, owner, replace(a_record(), position=offset(1)))
        store.forget(READ, {0: 5})
        assert view(store, record=record).record == record

    def test_does_nothing_without_offsets(self, store: Store, owner: str) -> None:
        """A group that has committed nothing."""
        publish(store, store_one(store, owner, answering("first", offset(1))))
        store.forget(READ, {})
        assert store_one(store, owner, answering("new", offset(1))).redelivered


class LeasesContract:
    """Who is alive."""

    @pytest.mark.parametrize("controller_id", ["c", "host:8181", "a#b", "é \n"])
    def test_name_each_life_of_a_controller(self, store: Store, controller_id: str) -> None:
        """`<controller id>#<incarnation>`, never the same twice."""
        names = [store.join(controller_id, LEASE) for _ in range(3)]
        assert len(set(names)) == 3
        assert {name.rpartition("#")[0] for name in names} == {controller_id}
        assert all(name.rpartition("#")[2].isdigit() for name in names)

    def test_are_prolonged_by_renewal(self, store: Store, owner: str, place: StorePlace) -> None:
        """For the given time from then on."""
        begun(store, owner, a_record())
        place.clock.advance(9)
        assert store.renew(owner, LEASE)
        place.clock.advance(9.999)
        assert store.dead() == []
        place.clock.advance(0.001)
        assert store.dead() == [owner]

    def test_cannot_be_renewed_once_they_have_lapsed(self, store: Store, owner: str, place: StorePlace) -> None:
        """This life is over, also where nobody has noticed yet."""
        begun(store, owner, a_record())
        place.clock.advance(10)
        assert not store.renew(owner, LEASE)
        assert not store.renew(owner, timedelta(hours=1))
        assert store.dead() == [owner]

    def test_of_former_lives_are_over_when_a_new_one_begins(self, store: Store, owner: str) -> None:
        """At once: a controller that starts again does not wait for its own lease."""
        begun(store, owner, a_record())
        new = store.join(owner.partition("#")[0], LEASE)
        assert store.dead() == [owner]
        assert not store.renew(owner, LEASE)
        assert store.renew(new, LEASE)

    def test_can_be_given_back(self, store: Store, owner: str) -> None:
        """What it still owns may be taken over at once; a new life can begin."""
        begun(store, owner, a_record())
        store.leave(owner)
        store.leave(owner)
        assert (store.dead(), store.renew(owner, LEASE)) == ([owner], False)
        assert store.renew(store.join(owner.partition("#")[0], LEASE), LEASE)

    def test_given_back_late_do_not_end_a_new_life(self, store: Store, owner: str) -> None:
        """Only the life that is named ends."""
        new = store.join(owner.partition("#")[0], LEASE)
        store.leave(owner)
        assert store.renew(new, LEASE)

    def test_are_of_one_controller_each(self, store: Store, owner: str, place: StorePlace) -> None:
        """One's lapse is not the other's."""
        other = store.join("other", timedelta(seconds=60))
        for each in (owner, other):
            begun(store, each, a_record())
        place.clock.advance(10)
        assert (store.dead(), store.renew(other, LEASE)) == ([owner], True)

    def test_of_an_unknown_life_cannot_be_renewed(self, store: Store) -> None:
        """Nobody is brought to life by it."""
        assert not store.renew("nobody#1", LEASE)
        store.leave("nobody#1")

    def test_that_have_lapsed_matter_only_where_something_is_owned(
        self, store: Store, owner: str, place: StorePlace
    ) -> None:
        """A begun request, or an unpublished answer."""
        accept(store, owner, a_record())
        finished(store, owner, a_record())
        place.clock.advance(10)
        assert store.dead() == []
        stored = store_one(store, owner, answering("late"))
        assert store.dead() == [owner]
        publish(store, stored)
        assert store.dead() == []

    def test_are_taken_over_once(self, store: Store, owner: str, place: StorePlace) -> None:
        """When everything is published and ended, the dead are forgotten."""
        record = begun(store, owner, a_record())
        late = store_one(store, owner, answering("late"))
        place.clock.advance(10)
        living = store.join("living", LEASE)
        assert store.unpublished(store.dead()) == list(late.answers)
        publish(store, late)
        assert store.begun_by(store.dead()) == [record]
        publish(store, finish(store, living, record, Outcome(405, "UNEXPECTED FAILURE - gone", aborted=True)))
        assert store.dead() == []

    def test_begin_at_the_present_time(self, store: Store, place: StorePlace) -> None:
        """Each life has its own lease."""
        short = store.join("short", timedelta(seconds=1))
        begun(store, short, a_record(a_request("Configure", sent_at=START)))
        place.clock.advance(1)
        assert store.dead() == [short]
