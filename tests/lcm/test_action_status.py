"""Contract section 4, "ActionStatus"; guide, "ActionStatus"."""

import json
from typing import Any

import pytest

from appc.lcm.admission import Circumstances
from appc.lcm.errors import Aborted, DgFailure, ExpiredRequestFailure
from appc.lcm.outcome import Outcome
from appc.lcm.ports.store import Change, Decision, View
from appc.lcm.record import Step
from appc.lcm.request import Request
from appc.lcm.vnf import VnfState
from appc.workflows.action_status import action_status
from tests.fakes.desk import Circle, Desk
from tests.fakes.inventory import FakeInventory
from tests.fakes.requests import VM_A, VM_B, a_request, ids

A, B = ids(vserver_id=VM_A), ids(vserver_id=VM_B)
NOT_FOUND = '{"status":"NOT_FOUND","status-reason":"NOT_FOUND"}'


def ask(desk: Desk, vnf_id: str = "vnf-1", **criteria: str) -> dict[str, Any]:
    """The answer to ActionStatus, asked by a fresh request-id."""
    payload = json.dumps({name.replace("_", "-"): value for name, value in criteria.items()})
    return desk.submit(a_request("ActionStatus", vnf_id, payload=payload, sent_at=desk.clock.now()))


def status(desk: Desk, request: Request) -> tuple[str, str]:
    """Status and reason of a request."""
    answer = ask(desk, request.vnf_id, request_id=request.key.request_id)
    assert answer["code"] == 400
    members = json.loads(answer["payload"])
    assert members.keys() == {"status", "status-reason"}
    return members["status"], members["status-reason"]


def journal(desk: Desk, request: Request, step: Step) -> None:
    """Write a step into the request's journal, as an execution does."""

    def decide(view: View) -> Decision:
        return Decision(view.vnf, view.record.stepped(step) if view.record else None)

    record = desk.record_of(request)
    desk.store.update_many([Change(request.vnf_id, decide, record_id=record.id)], desk.owner)


class TestTheStatus:
    """One found: 400 with IN_PROGRESS, SUCCESSFUL, FAILED or ABORTED and a reason."""

    def test_is_in_progress_from_acceptance_on(self, desk: Desk) -> None:
        """While it waits for a worker."""
        request = a_request("Restart", A)
        desk.submit(request)
        assert status(desk, request) == ("IN_PROGRESS", "accepted, waiting for a worker")

    def test_says_the_step_and_percent_while_running(self, desk: Desk) -> None:
        """The last one of the journal."""
        request = a_request("Restart", A)
        desk.submit(request)
        desk.begin(request)
        journal(desk, request, Step("stop VM", desk.clock.now()))
        journal(desk, request, Step("copy disk", desk.clock.now(), percent=40))
        assert status(desk, request) == ("IN_PROGRESS", "copy disk (40 %)")

    @pytest.mark.parametrize(
        ("outcome", "word"),
        [
            pytest.param(Outcome.success("done"), "SUCCESSFUL", id="success"),
            pytest.param(Outcome.of(DgFailure("itemNotFound: no VM")), "FAILED", id="failure"),
            pytest.param(Outcome.of(Aborted("the controller was stopped")), "ABORTED", id="abort"),
        ],
    )
    def test_is_the_outcome_afterwards(self, desk: Desk, outcome: Outcome, word: str) -> None:
        """With the final message as the reason."""
        request = a_request("Restart", A)
        desk.run(request, outcome)
        assert status(desk, request) == (word, outcome.message)

    def test_is_failed_where_the_ttl_ran_out(self, desk: Desk) -> None:
        """404 after acceptance."""
        request = a_request("Restart", A)
        desk.submit(request)
        desk.clock.advance(30)
        late = Outcome.of(ExpiredRequestFailure())
        desk.finish(request, late)
        assert status(desk, request) == ("FAILED", late.message)

    @pytest.mark.parametrize("action", ["Lock", "Unlock"])
    def test_of_a_lock_or_unlock_is_successful(self, desk: Desk, action: str) -> None:
        """They are searched too."""
        request = a_request(action)
        desk.submit(request)
        assert status(desk, request) == ("SUCCESSFUL", "SUCCESS - request has been processed successfully")


class TestWhatIsNotFound:
    """None: 400 with NOT_FOUND, character by character."""

    def test_is_what_never_came(self, desk: Desk) -> None:
        """The payload of the contract."""
        answer = ask(desk, request_id="nobody")
        assert (answer["code"], answer["payload"]) == (400, NOT_FOUND)

    def test_is_what_was_rejected(self, desk: Desk) -> None:
        """By a check before admission, by admission, and as a lock."""
        desk.submit(a_request("Restart", A))
        for rejected in (a_request("Restart", A), a_request("Restart", ids(vserver_id="x")), a_request("Lock")):
            assert desk.submit(rejected)["code"] >= 300
            assert ask(desk, request_id=rejected.key.request_id)["payload"] == NOT_FOUND

    def test_is_an_action_status_or_check_lock(self, desk: Desk) -> None:
        """Asking under the request-id that is asked about does not find itself."""
        question = a_request("ActionStatus", request_id="q", payload='{"request-id": "q"}')
        assert desk.submit(question)["payload"] == NOT_FOUND
        desk.submit(a_request("CheckLock", request_id="c"))
        assert ask(desk, request_id="c")["payload"] == NOT_FOUND

    def test_is_on_another_vnf(self, desk: Desk) -> None:
        """Searched on this vnf-id."""
        desk.submit(a_request("Configure", "vnf-2", request_id="r"))
        assert ask(desk, "vnf-1", request_id="r")["payload"] == NOT_FOUND

    def test_does_not_fit_the_narrowing_ids(self, desk: Desk) -> None:
        """sub-request-id and originator-id narrow."""
        desk.submit(a_request("Restart", A, request_id="r", sub_request_id="1", originator_id="me"))
        assert ask(desk, request_id="r", sub_request_id="2")["payload"] == NOT_FOUND
        assert ask(desk, request_id="r", originator_id="you")["payload"] == NOT_FOUND
        assert ask(desk, request_id="R")["payload"] == NOT_FOUND

    def test_is_asked_for_without_an_inventory_entry_too(self) -> None:
        """ActionStatus skips check 6: an unknown VNF is not 306."""
        desk = Desk(Circle(FakeInventory()))
        assert ask(desk, "nowhere", request_id="r")["payload"] == NOT_FOUND


class TestSeveralRequests:
    """Several: 315 without payload."""

    def test_are_315_with_the_criteria(self, desk: Desk) -> None:
        """In the words of APPC."""
        desk.submit(a_request("Restart", A, request_id="r", sub_request_id="1"))
        desk.submit(a_request("Restart", B, request_id="r", sub_request_id="2"))
        answer = ask(desk, request_id="r")
        assert answer["code"] == 315
        assert answer["message"] == ("MULTIPLE REQUESTS FOUND - using search criteria: request-id=r AND vnf-id=vnf-1")
        assert "payload" not in answer

    def test_name_all_criteria(self, desk: Desk) -> None:
        """Those that narrow as well."""
        for originator in ("a", "b"):
            desk.run(a_request("Restart", A, request_id="r", sub_request_id="1", originator_id=originator))
        message = ask(desk, request_id="r", sub_request_id="1")["message"]
        assert message.endswith(": request-id=r AND vnf-id=vnf-1 AND sub-request-id=1")
        assert ask(desk, request_id="r", sub_request_id="1", originator_id="a")["code"] == 400

    @pytest.mark.parametrize(
        "criteria",
        [
            pytest.param({"sub_request_id": "2"}, id="sub-request-id"),
            pytest.param({"originator_id": "b"}, id="originator-id"),
            pytest.param({"sub_request_id": "2", "originator_id": "b"}, id="both"),
        ],
    )
    def test_are_told_apart_by_narrowing(self, desk: Desk, criteria: dict[str, str]) -> None:
        """One is left."""
        desk.run(a_request("Restart", A, request_id="r", sub_request_id="1", originator_id="a"))
        desk.submit(a_request("Restart", B, request_id="r", sub_request_id="2", originator_id="b"))
        assert json.loads(ask(desk, request_id="r", **criteria)["payload"])["status"] == "IN_PROGRESS"

    def test_with_the_same_three_ids_are_one_the_newest(self, desk: Desk) -> None:
        """The ids were used again after the first had ended."""
        first = a_request("Restart", A, request_id="r")
        desk.run(first, Outcome.of(DgFailure("no host")))
        desk.clock.advance(1)
        desk.run(a_request("Restart", A, request_id="r", sent_at=desk.clock.now()))
        assert status(desk, first)[0] == "SUCCESSFUL"

    def test_with_the_same_three_ids_may_all_be_given_by_the_store_newest_first(self, desk: Desk) -> None:
        """It need not sort them out itself."""
        first = a_request("Restart", A, request_id="r")
        desk.run(first, Outcome.of(DgFailure("no host")))
        older = desk.record_of(first)
        desk.clock.advance(1)
        again = a_request("Restart", A, request_id="r", sent_at=desk.clock.now())
        desk.run(again)
        view = View(VnfState("vnf-1"), desk.clock.now(), found=(desk.record_of(again), older))
        question = a_request("ActionStatus", payload='{"request-id": "r"}')
        _, outcome = action_status(question, view, Circumstances(view.now))
        assert json.loads(outcome.payload or "")["status"] == "SUCCESSFUL"

    def test_are_found_behind_many_of_the_same_three_ids(self, desk: Desk) -> None:
        """However often the newest ids were used, the older others count."""
        desk.run(a_request("Restart", A, request_id="r", sub_request_id="other"))
        for _ in range(150):
            desk.clock.advance(1)
            desk.run(a_request("Restart", A, request_id="r", sub_request_id="same", sent_at=desk.clock.now()))
        assert ask(desk, request_id="r")["code"] == 315

    def test_are_told_apart_whatever_stands_in_their_ids(self, desk: Desk) -> None:
        """A slash in an id is a character like any other."""
        desk.run(a_request("Restart", A, request_id="r", originator_id="a/r", sub_request_id="b"))
        desk.run(a_request("Restart", A, request_id="r", originator_id="a", sub_request_id="r/b"))
        assert ask(desk, request_id="r")["code"] == 315

    def test_with_and_without_sub_request_id_are_two(self, desk: Desk) -> None:
        """Absent is an id of its own."""
        desk.run(a_request("Restart", A, request_id="r", sub_request_id=None))
        desk.run(a_request("Restart", A, request_id="r", sub_request_id="1"))
        assert ask(desk, request_id="r")["code"] == 315


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        pytest.param(None, 302, id="no payload"),
        pytest.param("{}", 302, id="no request-id"),
        pytest.param('{"request-id": ""}', 302, id="empty request-id"),
        pytest.param('{"sub-request-id": "1"}', 302, id="only what narrows"),
        pytest.param('{"request-id": ["r"]}', 301, id="wrong type"),
        pytest.param("request-id", 303, id="no JSON"),
    ],
)
def test_the_payload_must_name_a_request_id(desk: Desk, payload: str | None, code: int) -> None:
    """`request-id` required (302)."""
    assert desk.submit(a_request("ActionStatus", payload=payload))["code"] == code


def test_asking_is_possible_whatever_goes_on(desk: Desk) -> None:
    """Lock, EXCLUSIVE and overlap do not stop it; and it changes nothing."""
    desk.submit(a_request("Lock", request_id="owner"))
    request = a_request("Restart", A, request_id="owner", sub_request_id="x")
    desk.submit(request)
    answer = ask(desk, request_id="owner", sub_request_id="x")
    assert json.loads(answer["payload"])["status"] == "IN_PROGRESS"
    assert desk.submit(a_request("Lock", request_id="other"))["code"] == 310
