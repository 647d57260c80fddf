"""The changes that a request's way is made of: pure, guarded against defects, answered in order."""

from dataclasses import replace
from datetime import timedelta

import pytest

from appc.controller.decisions import Judgement, Rules, beginning, finishing
from appc.lcm.actions import DeviceProtocol
from appc.lcm.errors import Aborted, DgFailure, VnfNotFound
from appc.lcm.outcome import Outcome
from appc.lcm.phases import Phase
from appc.lcm.ports.bus import Message
from appc.lcm.ports.store import Change, View
from appc.lcm.record import Position, RequestRecord, Task
from appc.lcm.request import Request
from appc.lcm.target import Target
from appc.lcm.vnf import InProgress, VnfState
from tests.fakes.answers import PlainAnswers, code_of
from tests.fakes.clock import START
from tests.fakes.desk import Desk
from tests.fakes.requests import VM_A, a_request, ids

RULES = Rules(PlainAnswers())
EMPTY = View(VnfState("vnf-1"), START)


class BrokenAnswers:
    """Port AnswerFormat with a defect: it fails on everything but a defect's own answer."""

    def answer(self, request: Request, outcome: Outcome) -> Message:
        if outcome.code != 200:
            raise KeyError("defect")
        return PlainAnswers().answer(request, outcome)


def a_task(request: Request) -> Task:
    """What planning makes of the request."""
    protocol = DeviceProtocol.CONTROLLER if request.action in ("Lock", "CheckLock") else DeviceProtocol.SELF_SERVICE
    return Task(request, Target("vnf-1"), protocol, "type:vFW")


def running() -> tuple[View, RequestRecord]:
    """A request that is executed, and what a change on it sees."""
    task = a_task(a_request("Configure"))
    record = RequestRecord("id", task, Phase.BEGUN, START, START + timedelta(seconds=30), owner="c#1")
    entry = InProgress("id", record.request.key, "Configure", task.target, record.request.mode, START)
    return View(VnfState("vnf-1").with_request(entry), START, record=record), record


def judged(request: Request, rules: Rules = RULES) -> Change:
    """The change that decides on the request."""
    return Judgement(request, Position("requests", 0, 1), rules).judged(a_task(request))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(judged(a_request("Configure")), id="accept"),
        pytest.param(judged(a_request("Lock")), id="lock"),
        pytest.param(Judgement(a_request("Configure"), None, RULES).rejected(VnfNotFound("v")), id="reject"),
    ],
)
def test_a_decision_may_be_made_again(change: Change) -> None:
    """Called again after a conflict it decides the same, with the same record id and the same bytes."""
    assert change.decide(EMPTY) == change.decide(EMPTY)


def test_beginning_and_finishing_may_be_decided_again() -> None:
    """They are pure too."""
    view, record = running()
    waiting = replace(view, record=replace(record, phase=Phase.ACCEPTED, owner=None))
    begin, finish = beginning("id", "vnf-1", "c#1"), finishing("id", "vnf-1", Outcome.success(), RULES)
    assert begin.decide(waiting) == begin.decide(waiting)
    assert finish.decide(view) == finish.decide(view)


def test_a_decision_that_is_made_again_sees_what_has_changed() -> None:
    """The second view counts: what was free is locked now."""
    judgement = Judgement(a_request("Configure"), None, RULES)
    change = judgement.judged(a_task(judgement.request))
    assert change.decide(EMPTY).record
    locked = replace(EMPTY, vnf=EMPTY.vnf.with_lock("other", START, START + timedelta(seconds=900)))
    assert change.decide(locked).record is None
    assert judgement.outcome
    assert judgement.outcome.code == 310


def test_an_accepted_requests_100_readies_its_record() -> None:
    """A worker may take it only then."""
    decision = judged(a_request("Configure")).decide(EMPTY)
    assert decision.record
    assert [(code_of(each.message), each.readies) for each in decision.answers] == [(100, decision.record.id)]
    assert decision.record.position == Position("requests", 0, 1)


def test_a_rejection_changes_nothing_and_readies_nothing() -> None:
    """Its only answer is stored under its position."""
    change = Judgement(a_request("Configure"), Position("requests", 0, 1), RULES).rejected(VnfNotFound("v"))
    decision = change.decide(EMPTY)
    assert (decision.vnf, decision.record) == (EMPTY.vnf, None)
    assert [(code_of(each.message), each.readies) for each in decision.answers] == [(306, None)]
    assert (change.position, change.key) == (Position("requests", 0, 1), None)


@pytest.mark.parametrize("action", ["Configure", "Lock", "CheckLock"])
def test_a_defect_while_deciding_is_200_and_changes_nothing(action: str) -> None:
    """200 only where the decision itself failed by a defect."""
    decision = judged(a_request(action), Rules(BrokenAnswers())).decide(EMPTY)
    assert (decision.vnf, decision.record) == (EMPTY.vnf, None)
    assert [code_of(each.message) for each in decision.answers] == [200]
    assert b"UNEXPECTED ERROR - KeyError while deciding" in decision.answers[0].message.value


def test_partial_failures_are_answered_before_the_final_answer() -> None:
    """501, then 401."""
    view, _ = running()
    outcome = replace(Outcome.of(DgFailure("x")), partial=("one", "two"))
    decision = finishing("id", "vnf-1", outcome, RULES).decide(view)
    assert [code_of(each.message) for each in decision.answers] == [501, 501, 401]


@pytest.mark.parametrize(
    ("outcome", "phase", "state"),
    [
        pytest.param(Outcome.success(), Phase.FINISHED, {"vnf": "Configured"}, id="success"),
        pytest.param(Outcome.of(DgFailure("x")), Phase.FINISHED, {"vnf": "Error"}, id="failure"),
        pytest.param(Outcome.of(Aborted("x")), Phase.ABORTED, {"everything": "Unknown"}, id="abort"),
    ],
)
def test_the_end_stores_outcome_and_state_and_frees_the_vnf(
    outcome: Outcome, phase: Phase, state: dict[str, str]
) -> None:
    """In one decision: before a final answer can be read, its VNF is free and ActionStatus shows the end."""
    view, _ = running()
    decision = finishing("id", "vnf-1", outcome, RULES).decide(view)
    assert decision.record
    assert (decision.record.phase, decision.record.outcome) == (phase, outcome)
    assert (decision.vnf.in_progress, decision.vnf.states) == ((), state)


def test_an_end_that_comes_too_late_does_nothing() -> None:
    """It has ended already, or nobody remembers it."""
    view, record = running()
    ended = replace(view, record=record.finished(Outcome.success(), START))
    for late in (ended, replace(view, record=None)):
        decision = finishing("id", "vnf-1", Outcome.success(), RULES).decide(late)
        assert (decision.vnf, decision.record, decision.answers) == (view.vnf, None, ())


def test_the_same_ids_at_another_position_are_a_duplicate_and_at_the_same_one_a_redelivery(desk: Desk) -> None:
    """Contract section 4, "Redelivery first"."""
    request = a_request("Restart", ids(vserver_id=VM_A))
    first, second = Position("requests", 0, 1), Position("requests", 0, 2)
    accepted = desk.deliver(request, first)
    duplicate = desk.deliver(request, second)
    assert [accepted[0]["code"], duplicate[0]["code"]] == [100, 312]
    assert desk.deliver(request, first) == accepted
    assert desk.deliver(request, second) == duplicate
    desk.begin(request)
    final = desk.finish(request, Outcome.success())
    assert desk.deliver(request, first) == [*accepted, *final]
    assert desk.deliver(request, second) == duplicate


def test_a_redelivered_expired_message_gets_its_first_answer(desk: Desk) -> None:
    """It is not judged anew, by whatever rule: not even 311."""
    request = a_request("Restart", ids(vserver_id=VM_A))
    accepted = desk.deliver(request, Position("requests", 0, 1))
    desk.clock.advance(3600)
    assert desk.deliver(request, Position("requests", 0, 1)) == accepted
