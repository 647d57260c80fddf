"""The request's state machine and what is remembered of it (contract section 4; guide, "ActionStatus")."""

from dataclasses import replace
from datetime import timedelta

import pytest

from appc.lcm.actions import DeviceProtocol
from appc.lcm.errors import Aborted, DgFailure, ExpiredRequestFailure, UnexpectedFailure
from appc.lcm.outcome import Outcome
from appc.lcm.phases import Phase, next_phase
from appc.lcm.record import RequestRecord, Step, Task
from appc.lcm.target import Target
from tests.fakes.clock import START
from tests.fakes.requests import a_request

LATER = START + timedelta(seconds=5)

SUCCESS = Outcome.success()
FAILURE = Outcome.of(DgFailure("no host"))
DEFECT = Outcome.of(UnexpectedFailure("KeyError"))
ABORT = Outcome.of(Aborted("stopped"))
EXPIRY = Outcome.of(ExpiredRequestFailure())


def accepted(payload: str | None = None) -> RequestRecord:
    """A record as it is after 100."""
    request = a_request("Configure", payload=payload)
    task = Task(request, Target("vnf-1"), DeviceProtocol.SELF_SERVICE, "type:vFW")
    return RequestRecord("id-1", task, Phase.ACCEPTED, START, START + timedelta(seconds=30))


def begun() -> RequestRecord:
    """A record that a controller executes."""
    record = accepted().begun("c#1")
    assert record
    return record


def ended(record: RequestRecord, outcome: Outcome) -> RequestRecord:
    """The record with its final outcome."""
    final = record.finished(outcome, LATER)
    assert final
    return final


@pytest.mark.parametrize("phase", [pytest.param(phase, id=phase.value) for phase in Phase])
@pytest.mark.parametrize("event", ["begin", "expire", "finish", "abort"])
def test_a_request_goes_from_accepted_to_begun_to_its_end(phase: Phase, event: str) -> None:
    """Everything else is too late."""
    allowed = {
        (Phase.ACCEPTED, "begin"): Phase.BEGUN,
        (Phase.ACCEPTED, "expire"): Phase.FINISHED,
        (Phase.BEGUN, "finish"): Phase.FINISHED,
        (Phase.BEGUN, "abort"): Phase.ABORTED,
    }
    assert next_phase(phase, event) == allowed.get((phase, event))


@pytest.mark.parametrize(
    ("phase", "has_ended"),
    [
        pytest.param(Phase.ACCEPTED, False, id="accepted"),
        pytest.param(Phase.BEGUN, False, id="begun"),
        pytest.param(Phase.FINISHED, True, id="finished"),
        pytest.param(Phase.ABORTED, True, id="aborted"),
    ],
)
def test_a_request_has_ended_when_its_final_answer_is_stored(phase: Phase, has_ended: bool) -> None:
    """Finished or aborted."""
    assert phase.ended is has_ended


def test_who_begins_a_request_owns_it() -> None:
    """Owned by the life of a controller; nobody begins it a second time."""
    record = begun()
    assert (record.phase, record.owner) == (Phase.BEGUN, "c#1")
    assert record.begun("c#2") is None


@pytest.mark.parametrize(
    ("outcome", "phase"),
    [
        pytest.param(SUCCESS, Phase.FINISHED, id="success"),
        pytest.param(FAILURE, Phase.FINISHED, id="failure"),
        pytest.param(DEFECT, Phase.FINISHED, id="defect"),
        pytest.param(ABORT, Phase.ABORTED, id="abort"),
    ],
)
def test_a_begun_request_ends_once(outcome: Outcome, phase: Phase) -> None:
    """A second outcome comes too late, whatever it is."""
    record = ended(begun(), outcome)
    assert (record.phase, record.outcome, record.finished_at) == (phase, outcome, LATER)
    assert [record.finished(again, LATER) for again in (SUCCESS, FAILURE, ABORT, EXPIRY)] == [None] * 4
    assert record.begun("c#2") is None


def test_a_request_expires_only_where_it_was_not_begun() -> None:
    """Once begun, an action is bounded by its own time limit, not by the TTL."""
    assert ended(accepted(), EXPIRY).phase is Phase.FINISHED
    assert begun().finished(EXPIRY, LATER) is None


@pytest.mark.parametrize("outcome", [pytest.param(SUCCESS, id="success"), pytest.param(ABORT, id="abort")])
def test_a_request_that_was_not_begun_can_only_expire(outcome: Outcome) -> None:
    """Nothing has happened that could succeed or be aborted."""
    assert accepted().finished(outcome, LATER) is None


@pytest.mark.parametrize(
    ("record", "word", "reason"),
    [
        pytest.param(accepted(), "IN_PROGRESS", "accepted, waiting for a worker", id="accepted"),
        pytest.param(begun(), "IN_PROGRESS", "begun", id="begun"),
        pytest.param(begun().stepped(Step("stop VM", START)), "IN_PROGRESS", "stop VM, 5 s so far", id="at a step"),
        pytest.param(begun().stepped(Step("stop VM", START, LATER)), "IN_PROGRESS", "stop VM", id="a step is done"),
        pytest.param(
            begun().stepped(Step("copy disk", START, percent=40)),
            "IN_PROGRESS",
            "copy disk (40 %), 5 s so far",
            id="with percent",
        ),
        pytest.param(ended(begun(), SUCCESS), "SUCCESSFUL", SUCCESS.message, id="success"),
        pytest.param(ended(begun(), FAILURE), "FAILED", "DG FAILURE - no host", id="failure"),
        pytest.param(ended(begun(), DEFECT), "FAILED", "UNEXPECTED FAILURE - KeyError", id="defect"),
        pytest.param(ended(begun(), ABORT), "ABORTED", "UNEXPECTED FAILURE - stopped", id="abort"),
        pytest.param(ended(accepted(), EXPIRY), "FAILED", EXPIRY.message, id="expired"),
    ],
)
def test_action_status_has_a_word_and_a_reason(record: RequestRecord, word: str, reason: str) -> None:
    """While running the step, percent and how long it takes, afterwards the final message."""
    assert (record.status_word, record.status_reason(LATER)) == (word, reason)


def test_a_step_is_journalled_before_and_replaced_after() -> None:
    """One entry for each step, in the order they were begun last."""
    first, second = Step("stop", START), Step("start", LATER)
    record = begun().stepped(first).stepped(second).stepped(replace(second, done_at=LATER))
    assert record.steps == (first, replace(second, done_at=LATER))


def test_the_same_step_at_another_time_is_another_step() -> None:
    """A step may be taken twice."""
    record = begun().stepped(Step("look", START)).stepped(Step("look", LATER))
    assert len(record.steps) == 2


def test_the_payload_is_kept_until_the_end_and_redacted_then() -> None:
    """Contract section 8."""
    secret = '{"configuration-parameters": {"password": "hush", "port": 22}}'
    record = accepted(secret).begun("c#1")
    assert record
    assert record.request.payload == secret
    final = ended(record, SUCCESS)
    assert final.request.payload == '{"configuration-parameters": {"password": "***", "port": 22}}'


def test_a_result_with_secrets_is_not_remembered_whole() -> None:
    """What ActionStatus may show and what lies on the disk holds none."""
    final = ended(begun(), Outcome.success(payload='{"token": "hush", "state": "healthy"}'))
    assert final.outcome
    assert final.outcome.payload == '{"token": "***", "state": "healthy"}'
