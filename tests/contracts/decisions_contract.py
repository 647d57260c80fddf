"""The port Ledger: a decision is stored as a whole, and a message is judged once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from appc.lcm.actions import DeviceProtocol
from appc.lcm.outcome import Outcome
from appc.lcm.phases import Phase
from appc.lcm.ports.store import Answer, Change, Decision, Search, View
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
    codes,
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
