"""The port Ledger: decisions, records, claims and redelivery."""

from dataclasses import replace
from datetime import timedelta

import pytest

from appc.lcm.actions import DeviceProtocol
from appc.lcm.errors import Aborted
from appc.lcm.outcome import Outcome
from appc.lcm.phases import Phase
from appc.lcm.ports import Answer, Change, Decision, Search, View
from appc.lcm.record import RequestRecord, Step, Task, VmPlace
from appc.lcm.request import CommonHeader, Flags, Mode, ReplyTo, Request, RequestKey
from appc.lcm.target import ActionIdentifiers, Scope, Target
from appc.lcm.vnf import InProgress, VnfState
from tests.contracts.store_place import (
    LEASE,
    Store,
    StorePlace,
    a_message,
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
    store_one,
    texts,
    view,
)
from tests.fakes.clock import START
from tests.fakes.requests import VM_A, a_request


class DecisionsContract:
    """A decision is stored as a whole."""

    def test_stores_state_record_claim_and_answers_together(self, store: Store, owner: str) -> None:
        """All of a decision."""
        record = a_record()
        stored = store_one(store, owner, accepting(record, offset(1)))
        seen = view(store, record=record, key=record.request.key)
        assert (stored.record, stored.redelivered, codes(stored)) == (record, False, [100])
        assert [entry.record_id for entry in seen.vnf.in_progress] == [record.id]
        assert seen.record == record
        assert [claim.record_id for claim in seen.claims] == [record.id]
        assert store.unpublished([owner]) == list(stored.answers)

    def test_stores_nothing_of_a_call_in_which_a_decision_fails(self, store: Store, owner: str) -> None:
        """Nothing of it, nor of the decisions before it in the same call on that VNF; the store goes on working."""
        record = a_record()

        def fail(view: View) -> Decision:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            store.update_many([accepting(record, offset(1)), Change("vnf-1", fail)], owner)
        seen = view(store, record=record, key=record.request.key)
        assert (seen.vnf, seen.record, seen.claims) == (VnfState("vnf-1"), None, ())
        assert (store.unpublished([owner]), store.length()) == ([], 0)
        assert not store_one(store, owner, accepting(record, offset(1))).redelivered

    def test_sees_what_earlier_decisions_of_the_same_call_have_done(self, store: Store, owner: str) -> None:
        """State, record, claims and what is found, within one batch."""
        record = a_record()
        views: list[View] = []

        def look(view: View) -> Decision:
            views.append(view)
            return Decision(view.vnf)

        key = record.request.key
        changes = [accepting(record), Change("vnf-1", look, None, key, record.id, Search(key.request_id))]
        store.update_many(changes, owner)
        (seen,) = views
        assert [entry.record_id for entry in seen.vnf.in_progress] == [record.id]
        assert (seen.record, seen.found) == (record, (record,))
        assert [claim.record_id for claim in seen.claims] == [record.id]

    def test_sees_the_claims_of_the_same_call_on_other_vnfs(self, store: Store, owner: str) -> None:
        """The duplicate rule spans VNFs."""
        key = a_request().key
        claims: list[int] = []

        def count(view: View) -> Decision:
            claims.append(len(view.claims))
            return Decision(view.vnf)

        first = a_record(a_request("Configure", "vnf-1", request_id=key.request_id))
        store.update_many([accepting(first), Change("vnf-2", count, key=first.request.key)], owner)
        assert claims == [1]

    def test_gives_one_result_for_each_change_in_order(self, store: Store, owner: str) -> None:
        """Also for several VNFs, and for none at all."""
        changes = [answering(f"answer {n}", vnf_id=f"vnf-{n % 3}") for n in range(9)]
        assert [texts(each) for each in store.update_many(changes, owner)] == [[f"answer {n}"] for n in range(9)]
        assert store.update_many([], owner) == []

    def test_shows_an_unknown_vnf_as_an_empty_one(self, store: Store) -> None:
        """Nobody has to be told of a VNF."""
        assert view(store, "never-seen").vnf == VnfState("never-seen")

    def test_keeps_vnfs_apart(self, store: Store, owner: str) -> None:
        """What happens on one does not show on another."""
        accept(store, owner, a_record(a_request("Configure", "vnf-1")))
        assert view(store, "vnf-2").vnf == VnfState("vnf-2")

    def test_changes_a_vnf_without_a_record_and_takes_the_change_back(self, store: Store, owner: str) -> None:
        """As Lock and Unlock do."""
        until = START + timedelta(seconds=900)
        store_one(store, owner, Change("vnf-1", lambda seen: Decision(seen.vnf.with_lock("r", START, until))))
        assert view(store).vnf == VnfState("vnf-1").with_lock("r", START, until)
        store_one(store, owner, Change("vnf-1", lambda seen: Decision(seen.vnf.unlocked())))
        assert view(store).vnf == VnfState("vnf-1")

    def test_replaces_a_record_that_is_saved_again(self, store: Store, owner: str) -> None:
        """The newest version is the one that is seen."""
        record = accept(store, owner, a_record())
        step = Step("stop", START, percent=10)
        store_one(
            store,
            owner,
            Change("vnf-1", lambda s: Decision(s.vnf, s.record and s.record.stepped(step)), record_id=record.id),
        )
        assert view(store, record=record).record == record.stepped(step)

    def test_tells_the_stores_time(self, store: Store, place: StorePlace) -> None:
        """By the store's clock, at each decision."""
        assert view(store).now == place.clock.now()
        place.clock.advance(0.25)
        assert view(store).now == place.clock.now()

    def test_keeps_every_field_of_a_record(self, store: Store, owner: str) -> None:
        """Nothing is lost or changed on the way, be it absent, empty or strange."""
        record = full_record()
        store_one(store, owner, Change(record.request.vnf_id, lambda seen: Decision(seen.vnf, record)))
        assert view(store, record.request.vnf_id, record=record).record == record

    def test_keeps_every_field_of_a_vnf(self, store: Store, owner: str) -> None:
        """Lock, requests in progress and states."""
        vnf = full_vnf()
        store_one(store, owner, Change(vnf.vnf_id, lambda seen: Decision(vnf)))
        assert view(store, vnf.vnf_id).vnf == vnf

    def test_does_not_find_a_record_that_was_never_saved(self, store: Store) -> None:
        """The change sees None."""
        assert view(store, record=a_record()).record is None


class RedeliveryContract:
    """A message at a position that was judged is not judged anew."""

    def test_answers_with_the_first_judgements_answers(self, store: Store, owner: str) -> None:
        """The same ids and bytes; the decision is not asked, nothing else is stored."""
        record = a_record()
        first = store_one(store, owner, accepting(record, offset(7)))

        def never(view: View) -> Decision:
            raise AssertionError("judged twice")

        again = store_one(store, owner, Change("vnf-1", never, offset(7)))
        assert (again.answers, again.redelivered, again.record) == (first.answers, True, None)
        assert store.length() == 1

    def test_is_recognised_by_any_owner_and_on_any_vnf(self, store: Store, owner: str) -> None:
        """The position is all that counts."""
        store_one(store, owner, answering("first", offset(7)))
        other = store.join("other", LEASE)
        again = store_one(store, other, answering("second", offset(7), vnf_id="vnf-2"))
        assert (texts(again), again.redelivered) == (["first"], True)

    def test_is_recognised_within_one_call(self, store: Store, owner: str) -> None:
        """A batch may hold a message twice."""
        stored = store.update_many([answering("first", offset(7)), answering("second", offset(7))], owner)
        assert [(texts(each), each.redelivered) for each in stored] == [(["first"], False), (["first"], True)]

    @pytest.mark.parametrize(
        "other",
        [
            pytest.param(offset(8), id="offset"),
            pytest.param(offset(7, partition=1), id="partition"),
            pytest.param(offset(7, topic="others"), id="topic"),
            pytest.param(None, id="no position"),
        ],
    )
    def test_is_not_another_message(self, store: Store, owner: str, other: None) -> None:
        """Topic, partition and offset together make a position."""
        store_one(store, owner, answering("first", offset(7)))
        stored = store_one(store, owner, answering("second", other))
        assert (texts(stored), stored.redelivered) == (["second"], False)

    def test_has_several_answers_in_the_order_given(self, store: Store, owner: str) -> None:
        """As they were stored."""
        answers = tuple(Answer(a_message(text)) for text in ("b", "a", "c"))
        store_one(store, owner, Change("vnf-1", lambda seen: Decision(seen.vnf, answers=answers), offset(7)))
        assert texts(store_one(store, owner, answering("new", offset(7)))) == ["b", "a", "c"]

    def test_brings_the_final_answer_too_once_there_is_one(self, store: Store, owner: str) -> None:
        """It is kept at the position of its request, behind the 100."""
        record = replace(a_record(), position=offset(7))
        finished(store, owner, record)
        again = store_one(store, owner, answering("new", offset(7)))
        assert (codes(again), again.redelivered) == ([100, 400], True)

    def test_is_recognised_however_many_have_come_since(self, store: Store, owner: str) -> None:
        """Until the offsets are committed."""
        store.update_many([answering(f"answer {n}", offset(n)) for n in range(500)], owner)
        assert texts(store_one(store, owner, answering("new", offset(0)))) == ["answer 0"]


class ClaimsContract:
    """Who holds the three ids."""

    def test_are_held_while_the_request_is_in_progress(self, store: Store, owner: str, place: StorePlace) -> None:
        """Accepted or begun, long after its TTL."""
        record = accept(store, owner, a_record())
        place.clock.advance(29)
        begin(store, owner, record)
        place.clock.advance(10_000)
        (claim,) = view(store, key=record.request.key).claims
        assert (claim.record_id, claim.key, claim.phase) == (record.id, record.request.key, Phase.BEGUN)

    def test_are_held_after_the_end_within_the_ttl(self, store: Store, owner: str, place: StorePlace) -> None:
        """With the timestamp as the request wrote it, by which a copy is recognised."""
        record = finished(store, owner, a_record())
        place.clock.advance(29.9)
        (claim,) = view(store, key=record.request.key).claims
        assert (claim.timestamp, claim.phase.ended) == (record.request.header.timestamp, True)
        assert (claim.vnf_id, claim.action) == ("vnf-1", "Configure")
        assert (claim.accepted_at, claim.expires_at) == (record.accepted_at, record.expires_at)

    def test_are_free_after_the_end_and_the_ttl(self, store: Store, owner: str, place: StorePlace) -> None:
        """At the instant when it runs out."""
        record = finished(store, owner, a_record())
        place.clock.advance(30)
        assert view(store, key=record.request.key).claims == ()

    def test_are_seen_on_every_vnf(self, store: Store, owner: str) -> None:
        """Whatever VNF they were used on."""
        record = accept(store, owner, a_record(a_request("Configure", "vnf-1")))
        assert len(view(store, "vnf-2", key=record.request.key).claims) == 1

    @pytest.mark.parametrize(
        "key",
        [
            pytest.param(RequestKey("x", "r", "1"), id="originator-id"),
            pytest.param(RequestKey("o", "x", "1"), id="request-id"),
            pytest.param(RequestKey("o", "r", "x"), id="sub-request-id"),
            pytest.param(RequestKey("o", "r"), id="no sub-request-id"),
            pytest.param(RequestKey("O", "R", "1"), id="letter case"),
        ],
    )
    def test_are_those_of_exactly_these_three_ids(self, store: Store, owner: str, key: RequestKey) -> None:
        """One that differs is another request."""
        accept(store, owner, a_record(a_request("Configure", originator_id="o", request_id="r", sub_request_id="1")))
        assert view(store, key=key).claims == ()

    def test_are_found_without_a_sub_request_id(self, store: Store, owner: str) -> None:
        """Absent is equal to absent, and to nothing else."""
        record = accept(store, owner, a_record(a_request("Configure", sub_request_id=None)))
        assert len(view(store, key=record.request.key).claims) == 1
        assert view(store, key=replace(record.request.key, sub_request_id="1")).claims == ()

    def test_are_not_taken_by_a_decision_without_a_record(self, store: Store, owner: str) -> None:
        """A rejection leaves no trace."""
        key = a_request().key
        store_one(store, owner, replace(answering("no", offset(1)), key=key))
        assert view(store, key=key).claims == ()

    def test_are_several_where_the_ids_were_used_again(self, store: Store, owner: str) -> None:
        """A finished one within its TTL, and the one in progress."""
        first = finished(store, owner, a_record())
        second = accept(store, owner, a_record(first.request))
        claims = view(store, key=first.request.key).claims
        assert {claim.record_id for claim in claims} == {first.id, second.id}


class SearchContract:
    """What ActionStatus finds."""

    def test_finds_requests_of_this_vnf_by_request_id(self, store: Store, owner: str) -> None:
        """In progress or finished; not those of others."""
        done = finished(store, owner, a_record(a_request("Configure", request_id="r")))
        accept(store, owner, a_record(a_request("Configure", "vnf-2", request_id="r", sub_request_id="2")))
        accept(store, owner, a_record(a_request("Configure", request_id="R")))
        assert view(store, search=Search("r")).found == (done,)
        assert view(store, search=Search("nobody")).found == ()

    @pytest.mark.parametrize(
        ("search", "found"),
        [
            pytest.param(Search("r", "1"), "a", id="sub-request-id"),
            pytest.param(Search("r", None, "b"), "b", id="originator-id"),
            pytest.param(Search("r", "2", "b"), "b", id="both"),
            pytest.param(Search("r", "1", "b"), None, id="both, of different requests"),
        ],
    )
    def test_narrows_by_the_other_ids(self, store: Store, owner: str, search: Search, found: str | None) -> None:
        """None matches any."""
        for originator, sub in (("a", "1"), ("b", "2")):
            accept(
                store,
                owner,
                a_record(a_request("Configure", request_id="r", sub_request_id=sub, originator_id=originator)),
            )
        records = view(store, search=search).found
        assert [record.request.key.originator_id for record in records] == ([found] if found else [])

    def test_gives_the_newest_first(self, store: Store, owner: str) -> None:
        """By the order in which they were accepted."""
        records = [
            accept(store, owner, a_record(a_request("Configure", request_id="r", sub_request_id=n))) for n in "12"
        ]
        assert view(store, search=Search("r")).found == (records[1], records[0])

    def test_gives_others_behind_many_with_the_same_three_ids(self, store: Store, owner: str) -> None:
        """Two with different ids are never overlooked; of the same ids the newest is given."""
        other = finished(store, owner, a_record(a_request("Configure", request_id="r", sub_request_id="other")))
        same = [finished(store, owner, a_record(a_request("Configure", request_id="r"))) for _ in range(120)]
        found = view(store, search=Search("r")).found
        assert found[0] == same[-1]
        assert {record.request.key for record in found} == {other.request.key, same[0].request.key}


class OrphansContract:
    """Requests that a dead controller had begun."""

    def test_are_those_whose_owners_lease_has_lapsed(self, store: Store, owner: str, place: StorePlace) -> None:
        """To the instant."""
        record = begun(store, owner, a_record())
        place.clock.advance(9.999)
        assert view(store).orphans == frozenset()
        place.clock.advance(0.001)
        assert view(store).orphans == {record.id}

    def test_are_those_whose_owner_has_begun_a_new_life(self, store: Store, owner: str) -> None:
        """The former life is over at once."""
        record = begun(store, owner, a_record())
        store.join(owner.partition("#")[0], LEASE)
        assert view(store).orphans == {record.id}

    def test_are_those_whose_owner_has_left(self, store: Store, owner: str) -> None:
        """They may be taken over at once."""
        record = begun(store, owner, a_record())
        store.leave(owner)
        assert view(store).orphans == {record.id}

    def test_are_only_what_was_begun_and_not_finished(self, store: Store, owner: str) -> None:
        """What waits belongs to everybody."""
        accept(store, owner, a_record())
        finished(store, owner, a_record())
        store.leave(owner)
        assert view(store).orphans == frozenset()

    def test_are_only_those_of_the_vnf(self, store: Store, owner: str) -> None:
        """Others are stable."""
        begun(store, owner, a_record(a_request("Configure", "vnf-2")))
        accept(store, owner, a_record())
        store.leave(owner)
        assert view(store, "vnf-1").orphans == frozenset()

    def test_are_listed_by_their_owners(self, store: Store, owner: str) -> None:
        """In the order accepted; what was finished is gone from the list."""
        other = store.join("other", LEASE)
        records = [begun(store, each, a_record()) for each in (owner, other, owner)]
        accept(store, owner, a_record())
        assert store.begun_by([owner]) == [records[0], records[2]]
        assert store.begun_by([owner, other]) == records
        assert store.begun_by([]) == []
        finish(store, owner, records[0])
        assert store.begun_by([owner]) == [records[2]]

    def test_are_ended_once(self, store: Store, owner: str) -> None:
        """Whoever comes second stores nothing and answers nothing."""
        record = begun(store, owner, a_record())
        assert codes(finish(store, owner, record, Outcome.of(Aborted("gone")))) == [405]
        late = finish(store, owner, record)
        assert (late.answers, late.record) == ((), None)
        seen = view(store, record=record)
        assert seen.record
        assert (seen.record.phase, seen.vnf.in_progress) == (Phase.ABORTED, ())


class PruneContract:
    """What finished long ago is forgotten."""

    def test_forgets_records_that_finished_before_then(self, store: Store, owner: str, place: StorePlace) -> None:
        """Not those that finished later, and says how many."""
        old = finished(store, owner, a_record())
        place.clock.advance(100)
        new = finished(store, owner, a_record(a_request("Configure", sent_at=place.clock.now())))
        assert store.prune(START + timedelta(seconds=50)) == 1
        assert view(store, record=old).record is None
        assert view(store, search=Search(old.request.key.request_id)).found == ()
        assert view(store, record=new).record == new
        assert store.prune(START + timedelta(seconds=50)) == 0

    def test_keeps_what_is_not_finished(self, store: Store, owner: str, place: StorePlace) -> None:
        """However old it is."""
        waiting, running = accept(store, owner, a_record()), begun(store, owner, a_record())
        place.clock.advance(10**6)
        assert store.prune(place.clock.now()) == 0
        assert [view(store, record=each).record is None for each in (waiting, running)] == [False, False]

    def test_keeps_a_claim_within_its_ttl(self, store: Store, owner: str, place: StorePlace) -> None:
        """A copy of the message must not be executed again, however short records are kept."""
        record = finished(store, owner, a_record(a_request("Configure", ttl_s=3600)))
        place.clock.advance(3599)
        assert store.prune(place.clock.now()) == 0
        assert len(view(store, key=record.request.key).claims) == 1
        place.clock.advance(1)
        assert store.prune(place.clock.now()) == 1

    def test_does_not_forget_answers_that_may_be_asked_for_again(
        self, store: Store, owner: str, place: StorePlace
    ) -> None:
        """Positions are forgotten by their committed offsets alone."""
        finished(store, owner, replace(a_record(), position=offset(7)))
        place.clock.advance(10**6)
        assert store.prune(place.clock.now()) == 1
        assert codes(store_one(store, owner, answering("new", offset(7)))) == [100, 400]


class LedgerContract(
    DecisionsContract, RedeliveryContract, ClaimsContract, SearchContract, OrphansContract, PruneContract
):
    """The whole port."""


def full_record() -> RequestRecord:
    """A record with something in every field."""
    text = 'é\u0000\n"\\\U0001f600 <&>\u2028'
    header = CommonHeader(
        "2026-8-3T8:50:20.123456789Z", "2.05", text, "r" * 40, "", text, Flags(Mode.EXCLUSIVE, False, 0)
    )
    ids = ActionIdentifiers(text, VM_A, text, "module", "service")
    request = Request(header, "Snapshot", ids, ReplyTo(text, "snapshot"), START, '{"a": "\\u0000é"}', "http://x")
    target = Target(text, Scope.VNFC, VM_A, "web")
    task = Task(request, target, DeviceProtocol.OPENSTACK, text, (VmPlace(VM_A, "lab", "p"), VmPlace(VM_A)), "Created")
    moment = START + timedelta(microseconds=1)
    steps = (Step("one", START, moment, 99), Step(text, moment))
    outcome = Outcome(401, text, '{"x": 1}', {"snapshot-id": text}, ("a", text), aborted=True)
    return RequestRecord("id", task, Phase.ABORTED, moment, moment, offset(3, 2), "c#4", steps, outcome, moment)


def full_vnf() -> VnfState:
    """A VNF with something in every field."""
    moment = START + timedelta(microseconds=1)
    target = Target("v/1", Scope.VM, VM_A)
    entries = (
        InProgress("id-1", RequestKey("o", "r", None), "Stop", target, Mode.EXCLUSIVE, moment, "Running"),
        InProgress("id-2", RequestKey("o", "r", "é"), "Audit", Target("v/1"), Mode.NORMAL, moment),
    )
    vnf = VnfState("v/1", None, entries, {"vnf": "Created", f"vm:{VM_A}": "NOT ORCHESTRATED"})
    return vnf.with_lock("r", moment, moment + timedelta(seconds=1))
