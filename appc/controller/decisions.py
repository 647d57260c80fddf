"""The changes that the path makes: judge a request, begin it, finish it. Each is one atomic decision on one VNF."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from appc.lcm.admission import Candidate, Circumstances, admit, not_duplicate
from appc.lcm.errors import Aborted, LcmError, Rejected, Unexpected
from appc.lcm.outcome import Outcome
from appc.lcm.phases import Phase
from appc.lcm.policy import DEFAULT_POLICY, ParallelPolicy
from appc.lcm.ports.reporting import AnswerFormat
from appc.lcm.ports.store import Answer, Change, Decision, View
from appc.lcm.record import Position, RequestRecord, Task
from appc.lcm.request import Request, request_fields
from appc.lcm.vnf import InProgress, VnfState
from appc.workflows.action_status import search_of
from appc.workflows.tables import CONTROLLER_ACTIONS, RECORDED

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rules:
    """What decisions need besides the request: `lock_ttl_s` and `default_ttl_s` in seconds."""

    answers: AnswerFormat
    lock_ttl_s: int = 900
    default_ttl_s: int = 30
    policy: ParallelPolicy = DEFAULT_POLICY

    def circumstances(self, view: View) -> Circumstances:
        """What admission depends on, as of the view."""
        return Circumstances(view.now, self.lock_ttl_s, view.orphans, self.policy)

    def answer(self, request: Request, outcome: Outcome, readies: str | None = None) -> Answer:
        """The answer that carries the outcome."""
        return Answer(self.answers.answer(request, outcome), readies)


class LifeOver(Exception):
    """The lease of the life that read a message has lapsed: another controller may have judged it, and forgotten it."""


def while_alive(change: Change) -> Change:
    """The same change; where it judges a message, it raises LifeOver once the lease of the reader has lapsed."""

    def decide(view: View) -> Decision:
        if not view.alive:
            raise LifeOver
        return change.decide(view)

    return replace(change, decide=decide) if change.position else change


class Judgement:
    """Steps 3 to 5 for one request: the change to make, and what came of it.

    `task` is None where checks 2 to 7 rejected it; then `outcome` says so already.
    """

    def __init__(self, request: Request, position: Position | None, rules: Rules, by_call: bool = False) -> None:
        """`by_call`: the caller gets the answer, and the bus none of those that nothing follows."""
        self.request = request
        self.outcome: Outcome | None = None
        self.record_id = str(uuid4())
        self._position = position
        self._rules = rules
        self._by_call = by_call

    def rejected(self, error: LcmError) -> Change:
        """The change that only stores why the request is refused."""
        return self._change(lambda view: self._refuse(view, error))

    def judged(self, task: Task) -> Change:
        """The change that lets the request in, or answers it at once."""
        decide = self._answered if task.action.synchronous else self._admitted
        return replace(
            self._change(lambda view: self._guarded(decide, task, view)),
            key=self.request.key,
            search=search_of(self.request) if task.action.name == "ActionStatus" else None,
        )

    def _change(self, decide: Callable[[View], Decision]) -> Change:
        return Change(self.request.vnf_id, decide, self._position)

    def _guarded(self, decide: Callable[[Task, View], Decision], task: Task, view: View) -> Decision:
        try:
            key, timestamp = self.request.key, self.request.header.timestamp
            not_duplicate(key, timestamp, view.claims, view.now)  # 8
            return decide(task, view)  # 9 to 14
        except Rejected as rejection:
            return self._refuse(view, rejection)
        except Exception as error:
            _log.exception("deciding failed", extra=request_fields(self.request))
            return self._refuse(view, Unexpected(f"{type(error).__name__} while deciding; the log has the details"))

    def _refuse(self, view: View, error: LcmError) -> Decision:
        self.outcome = Outcome.of(error)
        return Decision(view.vnf, answers=self._only_answer(self.outcome))

    def _admitted(self, task: Task, view: View) -> Decision:
        entry = InProgress(
            self.record_id, self.request.key, self.request.action, task.target, self.request.mode, view.now
        )
        candidate = Candidate(entry, task.first_state, self.request.force)
        vnf = admit(candidate, view.vnf, self._rules.circumstances(view))
        self.outcome = Outcome.accepted()
        record = self._record(task, Phase.ACCEPTED, view.now)
        return Decision(vnf, record, (self._rules.answer(self.request, self.outcome, readies=record.id),))

    def _answered(self, task: Task, view: View) -> Decision:
        action = CONTROLLER_ACTIONS[task.action.workflow]
        vnf, self.outcome = action(self.request, view, self._rules.circumstances(view))
        record = None
        if task.action.name in RECORDED:  # begun and finished at once
            record = self._record(task, Phase.BEGUN, view.now).finished(self.outcome, view.now)
        return Decision(vnf, record, self._only_answer(self.outcome))

    def _only_answer(self, outcome: Outcome) -> tuple[Answer, ...]:
        return () if self._by_call else (self._rules.answer(self.request, outcome),)

    def _record(self, task: Task, phase: Phase, now: datetime) -> RequestRecord:
        expires_at = self.request.expires_at(self._rules.default_ttl_s)
        return RequestRecord(self.record_id, task, phase, now, expires_at, self._position)


def beginning(record_id: str, vnf_id: str, owner: str) -> Change:
    """Step 7: `owner` takes the request; no record comes back where another was faster, or its TTL has run out."""

    def decide(view: View) -> Decision:
        in_time = view.record is not None and view.now < view.record.expires_at
        return Decision(view.vnf, view.record.begun(owner) if view.record and in_time else None)

    return Change(vnf_id, decide, record_id=record_id)


def finishing(record_id: str, vnf_id: str, outcome: Outcome, rules: Rules) -> Change:
    """Step 9: outcome stored, state settled, VNF released, lock renewed; nothing where it has ended already."""

    def decide(view: View) -> Decision:
        ended = view.record.finished(outcome, view.now) if view.record else None
        if view.record is None or ended is None:
            return Decision(view.vnf)
        vnf = _released(view.vnf, view.record, outcome, rules.circumstances(view))
        request = view.record.request
        answers = tuple(rules.answer(request, each) for each in (*outcome.intermediates(), outcome))
        return Decision(vnf, ended, answers)

    return Change(vnf_id, decide, record_id=record_id)


def taking_back(record_id: str, vnf_id: str, owner: str, rules: Rules) -> Change:
    """A call that was told 503, and recorded all the same, has ended: unbegun, with its 100 and a final 405."""

    def decide(view: View) -> Decision:
        outcome = Outcome.of(Aborted("its caller was told that the store is out of reach; nothing was done"))
        begun = view.record.begun(owner) if view.record else None  # None: there is none, or a worker has it
        ended = begun.finished(outcome, view.now) if begun else None
        if ended is None:
            return Decision(view.vnf)
        answers = (rules.answer(ended.request, each) for each in (Outcome.accepted(), outcome))
        return Decision(view.vnf.released(record_id), ended, tuple(answers))

    return Change(vnf_id, decide, record_id=record_id)


def _released(vnf: VnfState, record: RequestRecord, outcome: Outcome, at: Circumstances) -> VnfState:
    # renewed first: as long as the request counts as in progress, its owner's lock has not lapsed
    vnf = vnf.renewed(record.request.key.request_id, at.now, at.lock_until)
    entry = vnf.entry(record.id)
    if entry is None or record.phase is Phase.ACCEPTED:  # never begun: nothing happened to the target
        return vnf.released(record.id)
    return vnf.settled(entry, None if outcome.aborted else outcome.succeeded)
