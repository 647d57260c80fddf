"""What observers hear about the life of a request."""

from dataclasses import dataclass
from datetime import datetime

from appc.lcm.outcome import Outcome
from appc.lcm.request import Request


@dataclass(frozen=True)
class LcmEvent:
    """Something happened to a request; `at` is the wall clock's time."""

    request: Request
    at: datetime


@dataclass(frozen=True)
class Answered(LcmEvent):
    """A single answer was given at once: a rejection, or a controller action's result."""

    outcome: Outcome


@dataclass(frozen=True)
class Redelivered(LcmEvent):
    """The bus delivered its message again; it got its stored answers again."""


@dataclass(frozen=True)
class Accepted(LcmEvent):
    """100: recorded, and waiting for a worker."""


@dataclass(frozen=True)
class Started(LcmEvent):
    """A worker has begun it. `waited_s`: seconds since it was accepted."""

    waited_s: float


@dataclass(frozen=True)
class Progressed(LcmEvent):
    """An outward step was begun."""

    step: str


@dataclass(frozen=True)
class Finished(LcmEvent):
    """The final answer is stored. `took_s`: seconds since it was accepted."""

    outcome: Outcome
    took_s: float
