"""The errors of the domain: one class for each status code.

    LcmError
    ├── Unexpected                   200   the decision itself failed by a defect
    ├── Rejected                           nothing was begun; the single answer of a request
    │   ├── RequestRejected          300
    │   ├── InvalidInputParameter    301
    │   ├── MissingMandatoryParameter 302
    │   ├── RequestParsingFailed     303
    │   ├── NoTransitionDefined      304
    │   ├── ActionNotSupported       305
    │   ├── VnfNotFound              306
    │   ├── DgWorkflowNotFound       307
    │   ├── WorkflowNotFound         308
    │   ├── UnstableVnf              309
    │   ├── LockingFailure           310
    │   ├── ExpiredRequest           311
    │   ├── DuplicateRequest         312
    │   ├── MissingVnfData           313
    │   ├── MultipleRequestsFound    315
    │   ├── PolicyValidationFailure  316
    │   └── RequestNotSupported      450
    └── Failed                             accepted, then not done; the final answer
        ├── DgFailure                401
        ├── ExpiredRequestFailure    404
        └── UnexpectedFailure        405
            └── Aborted              405   ended by a stop or by the death of its controller

A `Rejected` says that the request was refused; a `Failed` that it was accepted and did not succeed.
"""

from typing import ClassVar, Self

from appc.lcm.status import STATUSES, Status


class LcmError(Exception):
    """An answer other than success; `fields` fill the message template of its status."""

    code: ClassVar[int]

    def __init__(self, explanation: str = "", **fields: object) -> None:
        self.explanation = explanation
        self.fields = fields
        super().__init__(self.status.message(explanation, **fields))

    @property
    def status(self) -> Status:
        """The row of the status table."""
        return STATUSES[self.code]

    @property
    def message(self) -> str:
        """The filled message, as it goes on the wire."""
        return str(self)


class _Detailed(LcmError):
    """An error whose template takes one free text."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail=detail)
        self.detail = detail


class Unexpected(_Detailed):
    """200: the decision itself failed by a defect."""

    code = 200


class Rejected(LcmError):
    """The request was refused before anything was begun."""


class RequestRejected(_Detailed, Rejected):
    """300: a request in progress is EXCLUSIVE, or this one is and others are in progress."""

    code = 300


class InvalidInputParameter(_Detailed, Rejected):
    """301: a value that is not allowed; the detail names the field."""

    code = 301


class MissingMandatoryParameter(Rejected):
    """302: a required field is absent or empty."""

    code = 302

    def __init__(self, name: str, explanation: str = "") -> None:
        super().__init__(explanation, name=name)


class RequestParsingFailed(_Detailed, Rejected):
    """303: no JSON, or no JSON object."""

    code = 303


class NoTransitionDefined(Rejected):
    """304: the action is not allowed from the target's state."""

    code = 304

    def __init__(self, action: str, state: str) -> None:
        super().__init__(action=action, state=state)


class ActionNotSupported(Rejected):
    """305: none of the guide's 33 actions."""

    code = 305

    def __init__(self, action: str, explanation: str = "") -> None:
        super().__init__(explanation, action=action)


class VnfNotFound(Rejected):
    """306: the inventory does not know the vnf-id."""

    code = 306

    def __init__(self, vnf_id: str) -> None:
        super().__init__(vnf_id=vnf_id)


class DgWorkflowNotFound(_Detailed, Rejected):
    """307: the workflow is known, a part of it is missing."""

    code = 307


class WorkflowNotFound(Rejected):
    """308: nothing carries out this action for this VNF type."""

    code = 308

    def __init__(self, vnf_type: str, action: str) -> None:
        super().__init__(vnf_type=vnf_type, action=action)


class UnstableVnf(Rejected):
    """309: the target of a request whose controller died and was not yet taken over."""

    code = 309

    def __init__(self, vnf_id: str, explanation: str = "") -> None:
        super().__init__(explanation, vnf_id=vnf_id)


class LockingFailure(_Detailed, Rejected):
    """310: the VNF is locked by another request-id."""

    code = 310


class ExpiredRequest(Rejected):
    """311: now is at or after timestamp + TTL."""

    code = 311


class DuplicateRequest(Rejected):
    """312: the same originator-id, request-id and sub-request-id are in progress, or a copy."""

    code = 312


class MissingVnfData(Rejected):
    """313: the inventory lacks an attribute that the request needs."""

    code = 313

    def __init__(self, attribute: str, vnf_id: str) -> None:
        super().__init__(attribute=attribute, vnf_id=vnf_id)


class MultipleRequestsFound(Rejected):
    """315: ActionStatus found several requests."""

    code = 315

    def __init__(self, criteria: str) -> None:
        super().__init__(criteria=criteria)


class PolicyValidationFailure(Rejected):
    """316: the scope overlaps with a request in progress and the policy does not allow it."""

    code = 316


class RequestNotSupported(Rejected):
    """450: the capabilities of the VNF type forbid the action."""

    code = 450


class Failed(LcmError):
    """The request was accepted and did not succeed."""


class DgFailure(_Detailed, Failed):
    """401: the executor failed; the detail says what and where."""

    code = 401


class ExpiredRequestFailure(Failed):
    """404: accepted, but not begun when its TTL ran out."""

    code = 404


class UnexpectedFailure(_Detailed, Failed):
    """405: a defect, or an end that nobody can vouch for."""

    code = 405


class Aborted(UnexpectedFailure):
    """405 with ActionStatus ABORTED: ended by a stop or by the death of its controller."""

    @classmethod
    def under_way(cls, why: str, last_step: str = "") -> Self:
        """Of what was begun: why it was ended, and for whoever looks after its target the step it came to."""
        last = f"; its last step was: {last_step}" if last_step else ""
        return cls(f"{why}{last}; the target's state is not known")
