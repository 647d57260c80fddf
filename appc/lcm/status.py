"""Status codes: one table (LCM API Guide, "Status Codes"; wording of contract section 3.3)."""

from dataclasses import dataclass
from enum import StrEnum


class Category(StrEnum):
    """The guide's categories of answers."""

    ACCEPTED = "ACCEPTED"
    ERROR = "ERROR"
    REJECT = "REJECT"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    PARTIAL_FAILURE = "PARTIAL FAILURE"


@dataclass(frozen=True)
class Status:
    """One row: a code, its category and its message with `{field}` for what is particular."""

    code: int
    category: Category
    template: str

    @property
    def final(self) -> bool:
        """Known clients take 1xx and 5xx for intermediate, everything else for final."""
        return self.code // 100 not in (1, 5)

    def message(self, explanation: str = "", **fields: object) -> str:
        """Fill the template; an explanation is appended after `: `."""
        text = self.template.format(**fields)
        return f"{text}: {explanation}" if explanation else text


_ROWS = (
    (100, Category.ACCEPTED, "ACCEPTED - request accepted"),
    (200, Category.ERROR, "UNEXPECTED ERROR - {detail}"),
    (300, Category.REJECT, "REJECTED - {detail}"),
    (301, Category.REJECT, "INVALID INPUT PARAMETER - {detail}"),
    (302, Category.REJECT, "MISSING MANDATORY PARAMETER - Parameter {name} is missing"),
    (303, Category.REJECT, "REQUEST PARSING FAILED - {detail}"),
    (304, Category.REJECT, "NO TRANSITION DEFINED - No Transition Defined for {action} action and {state} state"),
    (305, Category.REJECT, "ACTION NOT SUPPORTED - {action} action is not supported"),
    (306, Category.REJECT, "VNF NOT FOUND - VNF with ID {vnf_id} was not found"),
    (307, Category.REJECT, "DG WORKFLOW NOT FOUND - {detail}"),
    (308, Category.REJECT, "WORKFLOW NOT FOUND - No workflow found for VNF type {vnf_type} and {action} action"),
    (309, Category.REJECT, "UNSTABLE VNF - VNF {vnf_id} is not stable to accept the command"),
    (310, Category.REJECT, "LOCKING FAILURE - {detail}"),
    (311, Category.REJECT, "EXPIRED REQUEST"),
    (312, Category.REJECT, "DUPLICATE REQUEST"),
    (313, Category.REJECT, "MISSING VNF DATA IN A&AI - {attribute} not found for VNF ID = {vnf_id}"),
    (315, Category.REJECT, "MULTIPLE REQUESTS FOUND - using search criteria: {criteria}"),
    (
        316,
        Category.REJECT,
        "POLICY VALIDATION FAILURE - Request rejected as per the request validation policy",
    ),
    (400, Category.SUCCESS, "SUCCESS - request has been processed successfully"),
    (401, Category.FAILURE, "DG FAILURE - {detail}"),
    (404, Category.FAILURE, "EXPIRED REQUEST FAILURE - failed during processing because TTL expired"),
    (405, Category.FAILURE, "UNEXPECTED FAILURE - {detail}"),
    (450, Category.FAILURE, "REQUEST NOT SUPPORTED"),
    (501, Category.PARTIAL_FAILURE, "PARTIAL FAILURE - {detail}"),
)

#: Every code this version can send. 402, 403, 406 and 500 of the guide are not sent; 317 and 318
#: of APPC's code are not either, because ONAP Policy does not know them.
STATUSES = {code: Status(code, category, template) for code, category, template in _ROWS}

ACCEPTED = STATUSES[100]
SUCCESS = STATUSES[400]

#: By hundreds, where the table has no row: what an APPC sends besides.
_BY_HUNDREDS = {
    1: Category.ACCEPTED,
    2: Category.ERROR,
    3: Category.REJECT,
    4: Category.FAILURE,
    5: Category.PARTIAL_FAILURE,
}


def category_of(code: int) -> Category:
    """The category of any code: an unknown one has that of its hundred, or is an error."""
    return STATUSES[code].category if code in STATUSES else _BY_HUNDREDS.get(code // 100, Category.ERROR)
