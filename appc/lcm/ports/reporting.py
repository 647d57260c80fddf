"""The ports by which the core reports: to observers, and to those who asked."""

from typing import Protocol

from appc.lcm.events import LcmEvent
from appc.lcm.outcome import Outcome
from appc.lcm.ports.bus import Message
from appc.lcm.request import Request


class Observer(Protocol):
    """Hears what happens; must not block and is never fatal."""

    def notify(self, event: LcmEvent) -> None:
        """Something happened."""


class AnswerFormat(Protocol):
    """Builds the message that carries an outcome to where the request's answers go."""

    def answer(self, request: Request, outcome: Outcome) -> Message:
        """The answer of `request`; the same arguments give the same bytes."""
