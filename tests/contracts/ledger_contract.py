"""The port Ledger: claims, what ActionStatus finds, orphans, and what is forgotten."""

from dataclasses import replace
from datetime import timedelta

import pytest

from appc.lcm.errors import Aborted
from appc.lcm.outcome import Outcome
from appc.lcm.phases import Phase
from appc.lcm.ports.store import Change, Decision, Search, View
from appc.lcm.request import RequestKey
from tests.contracts.store_place import (
    LEASE,
    Store,
    StorePlace,
    a_record,
    accept,
    answering,
    begin,
    begun,
    codes,
    finish,
    finished,
    offset,
    store_one,
    view,
)
from tests.fakes.clock import START
from tests.fakes.requests import a_request


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

    def test_a_change_sees_whether_the_lease_of_who_asks_holds(
        self, store: Store, owner: str, place: StorePlace
    ) -> None:
        """To the instant; whoever was asleep finds out in the same moment in which it decides."""
        seen: list[bool] = []

        def look(view: View) -> Decision:
            seen.append(view.alive)
            return Decision(view.vnf)

        for seconds in (0, 9.999, 0.001):
            place.clock.advance(seconds)
            store.update_many([Change("vnf-1", look)], owner)
        store.update_many([Change("vnf-1", look)], store.join("controller", LEASE))
        assert seen == [True, True, False, True]

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
