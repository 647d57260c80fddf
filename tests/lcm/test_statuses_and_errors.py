"""Contract section 3.3: status codes and messages."""

import pytest

from appc.lcm import errors
from appc.lcm.errors import Failed, LcmError, Rejected, Unexpected
from appc.lcm.outcome import Outcome
from appc.lcm.status import STATUSES, Category

#: The codes that are said by an outcome and never raised.
OUTCOMES = {100, 400, 501}

#: Those of the guide that this version does not send, and those of APPC that ONAP Policy breaks on.
NEVER_SENT = {314, 317, 318, 402, 403, 406, 500}

MESSAGES = [
    (100, {}, "ACCEPTED - request accepted"),
    (200, {"detail": "X"}, "UNEXPECTED ERROR - X"),
    (300, {"detail": "X"}, "REJECTED - X"),
    (301, {"detail": "X"}, "INVALID INPUT PARAMETER - X"),
    (302, {"name": "vnf-id"}, "MISSING MANDATORY PARAMETER - Parameter vnf-id is missing"),
    (303, {"detail": "X"}, "REQUEST PARSING FAILED - X"),
    (
        304,
        {"action": "Stop", "state": "Created"},
        "NO TRANSITION DEFINED - No Transition Defined for Stop action and Created state",
    ),
    (305, {"action": "Stopp"}, "ACTION NOT SUPPORTED - Stopp action is not supported"),
    (306, {"vnf_id": "v1"}, "VNF NOT FOUND - VNF with ID v1 was not found"),
    (307, {"detail": "X"}, "DG WORKFLOW NOT FOUND - X"),
    (
        308,
        {"vnf_type": "vFW", "action": "Stop"},
        "WORKFLOW NOT FOUND - No workflow found for VNF type vFW and Stop action",
    ),
    (309, {"vnf_id": "v1"}, "UNSTABLE VNF - VNF v1 is not stable to accept the command"),
    (310, {"detail": "X"}, "LOCKING FAILURE - X"),
    (311, {}, "EXPIRED REQUEST"),
    (312, {}, "DUPLICATE REQUEST"),
    (
        313,
        {"attribute": "vnf-type", "vnf_id": "v1"},
        "MISSING VNF DATA IN A&AI - vnf-type not found for VNF ID = v1",
    ),
    (315, {"criteria": "X"}, "MULTIPLE REQUESTS FOUND - using search criteria: X"),
    (316, {}, "POLICY VALIDATION FAILURE - Request rejected as per the request validation policy"),
    (400, {}, "SUCCESS - request has been processed successfully"),
    (401, {"detail": "X"}, "DG FAILURE - X"),
    (404, {}, "EXPIRED REQUEST FAILURE - failed during processing because TTL expired"),
    (405, {"detail": "X"}, "UNEXPECTED FAILURE - X"),
    (450, {}, "REQUEST NOT SUPPORTED"),
    (501, {"detail": "X"}, "PARTIAL FAILURE - X"),
]

ROWS = [pytest.param(*row, id=str(row[0])) for row in MESSAGES]

RAISED: list[tuple[LcmError, int, str]] = [
    (errors.Unexpected("X"), 200, "UNEXPECTED ERROR - X"),
    (errors.RequestRejected("X"), 300, "REJECTED - X"),
    (errors.InvalidInputParameter("X"), 301, "INVALID INPUT PARAMETER - X"),
    (
        errors.MissingMandatoryParameter("vnf-id", "why"),
        302,
        "MISSING MANDATORY PARAMETER - Parameter vnf-id is missing: why",
    ),
    (errors.RequestParsingFailed("X"), 303, "REQUEST PARSING FAILED - X"),
    (
        errors.NoTransitionDefined("Stop", "Created"),
        304,
        "NO TRANSITION DEFINED - No Transition Defined for Stop action and Created state",
    ),
    (errors.ActionNotSupported("Stopp"), 305, "ACTION NOT SUPPORTED - Stopp action is not supported"),
    (errors.VnfNotFound("v1"), 306, "VNF NOT FOUND - VNF with ID v1 was not found"),
    (errors.DgWorkflowNotFound("X"), 307, "DG WORKFLOW NOT FOUND - X"),
    (
        errors.WorkflowNotFound("vFW", "Stop"),
        308,
        "WORKFLOW NOT FOUND - No workflow found for VNF type vFW and Stop action",
    ),
    (errors.UnstableVnf("v1", "why"), 309, "UNSTABLE VNF - VNF v1 is not stable to accept the command: why"),
    (errors.LockingFailure("X"), 310, "LOCKING FAILURE - X"),
    (errors.ExpiredRequest("why"), 311, "EXPIRED REQUEST: why"),
    (errors.DuplicateRequest("why"), 312, "DUPLICATE REQUEST: why"),
    (errors.MissingVnfData("vserver", "v1"), 313, "MISSING VNF DATA IN A&AI - vserver not found for VNF ID = v1"),
    (errors.MultipleRequestsFound("a=b"), 315, "MULTIPLE REQUESTS FOUND - using search criteria: a=b"),
    (
        errors.PolicyValidationFailure("why"),
        316,
        "POLICY VALIDATION FAILURE - Request rejected as per the request validation policy: why",
    ),
    (errors.RequestNotSupported("why"), 450, "REQUEST NOT SUPPORTED: why"),
    (errors.DgFailure("X"), 401, "DG FAILURE - X"),
    (errors.ExpiredRequestFailure(), 404, "EXPIRED REQUEST FAILURE - failed during processing because TTL expired"),
    (errors.UnexpectedFailure("X"), 405, "UNEXPECTED FAILURE - X"),
    (errors.Aborted("X"), 405, "UNEXPECTED FAILURE - X"),
]


def classes_with_a_code() -> set[type[LcmError]]:
    """The error classes that bring a code of their own."""
    members = (member for member in vars(errors).values() if isinstance(member, type))
    return {member for member in members if issubclass(member, LcmError) and "code" in vars(member)}


def test_the_codes_are_those_of_the_contract_and_no_others() -> None:
    """Codes of the guide and no others: ONAP Policy breaks on 317 and 318."""
    assert list(STATUSES) == [code for code, _, _ in MESSAGES]
    assert not STATUSES.keys() & NEVER_SENT


@pytest.mark.parametrize(("code", "fields", "message"), ROWS)
def test_a_message_is_exactly_the_contracts(code: int, fields: dict[str, str], message: str) -> None:
    """The template, filled, is the text on the wire."""
    assert STATUSES[code].message(**fields) == message


@pytest.mark.parametrize(("code", "fields", "message"), ROWS)
def test_an_explanation_follows_after_a_colon(code: int, fields: dict[str, str], message: str) -> None:
    """A text that explains more is appended after `: `."""
    assert STATUSES[code].message("because", **fields) == f"{message}: because"


def test_braces_in_a_detail_are_text() -> None:
    """What a service says is filled in, not interpreted."""
    assert errors.DgFailure('{"a": {name}}').message == 'DG FAILURE - {"a": {name}}'


def test_every_code_has_exactly_one_error_class_or_is_an_outcome() -> None:
    """Read from the table: each code but the outcomes' is raised by one class."""
    codes = sorted(each.code for each in classes_with_a_code())
    assert codes == sorted(STATUSES.keys() - OUTCOMES)


def test_every_error_class_has_a_row() -> None:
    """Read from the classes: each code is in the table."""
    assert {each.code for each in classes_with_a_code()} <= STATUSES.keys()


@pytest.mark.parametrize(("error", "code", "message"), [pytest.param(*row, id=type(row[0]).__name__) for row in RAISED])
def test_an_error_carries_its_code_and_message(error: LcmError, code: int, message: str) -> None:
    """An error can be answered as it is."""
    assert (error.code, error.message, str(error)) == (code, message, message)
    assert (Outcome.of(error).code, Outcome.of(error).message) == (code, message)


@pytest.mark.parametrize("error", [pytest.param(row[0], id=type(row[0]).__name__) for row in RAISED])
def test_an_error_is_a_rejection_a_failure_or_a_defect(error: LcmError) -> None:
    """Rejections are 3xx and 450, failures the other 4xx, a defect 200."""
    rejected = 300 <= error.code < 400 or error.code == 450
    failed = 400 < error.code < 450
    kinds = [isinstance(error, kind) for kind in (Rejected, Failed, Unexpected)]
    assert kinds == [rejected, failed, error.code == 200]


@pytest.mark.parametrize("code", [pytest.param(code, id=str(code)) for code in STATUSES])
def test_only_100_and_501_are_intermediate(code: int) -> None:
    """Clients take 1xx and 5xx for intermediate, so a final answer is never one of them."""
    assert STATUSES[code].final is (code not in (100, 501))


@pytest.mark.parametrize(
    ("first", "last", "category"),
    [
        pytest.param(100, 100, Category.ACCEPTED, id="100"),
        pytest.param(200, 200, Category.ERROR, id="200"),
        pytest.param(300, 316, Category.REJECT, id="300-316"),
        pytest.param(400, 400, Category.SUCCESS, id="400"),
        pytest.param(401, 450, Category.FAILURE, id="401-450"),
        pytest.param(501, 599, Category.PARTIAL_FAILURE, id="501-599"),
    ],
)
def test_the_categories_are_the_guides(first: int, last: int, category: Category) -> None:
    """Guide, "Status Codes": the table's first column."""
    assert {row.category for code, row in STATUSES.items() if first <= code <= last} == {category}


def test_success_may_say_more_and_carry_members() -> None:
    """400 with an explanation, a payload and output members by their dashed names."""
    outcome = Outcome.success("3 VMs", payload="{}", snapshot_id="7")
    assert outcome.message == "SUCCESS - request has been processed successfully: 3 VMs"
    assert (outcome.code, outcome.payload, outcome.extra) == (400, "{}", {"snapshot-id": "7"})


def test_only_400_is_success() -> None:
    """ActionStatus says SUCCESSFUL for 400 and nothing else."""
    assert Outcome.success().succeeded
    assert not Outcome.of(errors.DgFailure("X")).succeeded
    assert not Outcome.accepted().succeeded


def test_only_an_aborted_outcome_says_aborted() -> None:
    """405 by a defect is FAILED, 405 by an abort is ABORTED."""
    assert Outcome.of(errors.Aborted("X")).aborted
    assert not Outcome.of(errors.UnexpectedFailure("X")).aborted


def test_partial_failures_go_out_as_501_before_the_final_answer() -> None:
    """Each text of `partial` is an intermediate answer of its own."""
    outcome = Outcome(401, "DG FAILURE - X", partial=("a", "b"))
    assert [(each.code, each.message) for each in outcome.intermediates()] == [
        (501, "PARTIAL FAILURE - a"),
        (501, "PARTIAL FAILURE - b"),
    ]
