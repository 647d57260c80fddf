"""The way of a request: steps 3 to 6 here, in the caller's thread; steps 7 to 10 in workers.py and finisher.py."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from appc.controller.core import Core
from appc.controller.decisions import Judgement, LifeOver, while_alive
from appc.controller.doubts import Doubts
from appc.controller.replies import Replies
from appc.lcm.errors import Rejected, Unexpected
from appc.lcm.events import Accepted, Answered, LcmEvent, Redelivered
from appc.lcm.outcome import Outcome
from appc.lcm.planning import Surroundings, plan
from appc.lcm.ports.bus import Message
from appc.lcm.ports.failures import Unavailable
from appc.lcm.ports.store import Answer, Change, Decision, Stored
from appc.lcm.record import Position
from appc.lcm.request import Request, request_fields
from appc.lcm.status import ACCEPTED

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Submission:
    """A well-formed request; `position` where it came by the bus."""

    request: Request
    position: Position | None = None


@dataclass(frozen=True)
class Unreadable:
    """A message that is no request. Its door has already said what there is to say: `messages`, with this code."""

    position: Position
    messages: tuple[Message, ...]
    code: int | None = None


@dataclass(frozen=True)
class Reply:
    """What a caller is told: the 100 or the only answer. `owed`: ids of stored answers that this one stands for."""

    outcome: Outcome
    owed: tuple[int, ...] = ()


class Controller:
    """Judges requests, a batch at a time, and hands what is accepted to the workers."""

    def __init__(self, core: Core, around: Surroundings, replies: Replies, wake_workers: Callable[[], None]) -> None:
        self._core = core
        self._around = around
        self._replies = replies
        self._doubts = Doubts(core, replies)
        self._wake_workers = wake_workers

    @property
    def life(self) -> str:
        """The present life of this controller: who reads messages does it in the name of one."""
        return self._core.ownership.owner

    def submit_many(self, batch: Sequence[Submission | Unreadable], life: str | None = None) -> bool:
        """Judge each in order, store what was decided, publish the answers; False if stopped before all are out.

        A position that was judged before is not judged again: its stored answers are published again.
        `life`: the one in which the messages were read. Raises: Unavailable if the store or the inventory cannot be
        reached, then nothing is decided; LifeOver if that life has ended, then what is not decided belongs to others.
        """
        judgements, changes = [], []
        for each in batch:
            judgement, change = self._judge(each)  # 3: checks 2 to 7
            judgements.append(judgement)
            changes.append(while_alive(change))
        stored = self._stored(changes, life or self.life)  # 4, 5: checks 8 to 14, and the record
        self._tell(judgements, stored)  # before any worker can begin it: observers hear things in their order
        sent = self._replies.publish(stored)  # 6: 100 ACCEPTED, or the only answer
        self._wake_workers()
        return sent

    def submit(self, request: Request) -> Reply:
        """Judge a request that came by a call: steps 3 to 5; for the door to answer, and then to say `replied`.

        A 100 is stored as for the bus, where it goes if this controller dies before it is said. Raises: Unavailable
        if the store cannot be reached.
        """
        judgement, change = self._judge(Submission(request), by_call=True)
        assert judgement
        try:
            (stored,) = self._core.store.update_many([change], self.life)
        except Unavailable:
            self._doubts.add(judgement.record_id, request.vnf_id)
            raise
        self._tell([judgement], [stored])
        assert judgement.outcome  # without a position nothing is known before it is judged
        return Reply(judgement.outcome, tuple(answer_id for answer_id, _ in stored.answers))

    def replied(self, reply: Reply) -> None:
        """Step 6 of a call: the answer is out, so what was accepted enters the queue."""
        if reply.owed and self._replies.delivered(reply.owed):
            self._wake_workers()

    def settle_doubts(self) -> None:
        """Take back the calls that were told Unavailable and are recorded all the same. Raises: Unavailable."""
        self._doubts.settle()

    def _stored(self, changes: Sequence[Change], life: str) -> list[Stored]:
        try:
            return self._core.store.update_many(changes, life)
        except LifeOver:
            self._core.ownership.renew()  # what is read next is read in a new life
            raise

    def _judge(self, each: Submission | Unreadable, by_call: bool = False) -> tuple[Judgement | None, Change]:
        if isinstance(each, Unreadable):
            answers = tuple(Answer(message) for message in each.messages)
            return None, Change("", lambda view: Decision(view.vnf, answers=answers), each.position)
        judgement = Judgement(each.request, each.position, self._core.rules, by_call)
        try:
            return judgement, judgement.judged(plan(each.request, self._around, self._core.clock.now()))
        except Rejected as rejection:
            return judgement, judgement.rejected(rejection)
        except Unavailable as error:
            # nothing is judged then: an inventory, say, has not said that there is no such VNF
            error.about = request_fields(each.request)
            raise
        except Exception as error:
            _log.exception("judging failed", extra=request_fields(each.request))
            what = f"{type(error).__name__} while judging; the log has the details"
            return judgement, judgement.rejected(Unexpected(what))

    def _tell(self, judgements: Sequence[Judgement | None], stored: Sequence[Stored]) -> None:
        now = self._core.clock.now()
        for judgement, each in zip(judgements, stored, strict=True):
            if judgement:
                self._core.observers.notify(_event(judgement, each, now))


def _event(judgement: Judgement, stored: Stored, now: datetime) -> LcmEvent:
    request, outcome = judgement.request, judgement.outcome
    if stored.redelivered or outcome is None:  # a known position is not judged
        return Redelivered(request, now)
    return Accepted(request, now) if outcome.code == ACCEPTED.code else Answered(request, now, outcome)
