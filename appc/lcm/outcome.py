"""The result of a request, as a value."""

from dataclasses import dataclass, field
from typing import Self

from appc.lcm.errors import Aborted, LcmError
from appc.lcm.status import ACCEPTED, STATUSES, SUCCESS


@dataclass(frozen=True)
class Outcome:
    """A code, its message and what the RPC's output may carry.

    `payload` is the text of the output's payload (a JSON object); `extra` are output members of
    their own (`locked`, `snapshot-id`). `partial` are texts of intermediate 501 answers that go
    out before this one. `aborted`: ActionStatus says ABORTED and nobody knows the target's state.
    """

    code: int
    message: str
    payload: str | None = None
    extra: dict[str, str] = field(default_factory=dict)
    partial: tuple[str, ...] = ()
    aborted: bool = False

    @classmethod
    def accepted(cls) -> Self:
        """100."""
        return cls(ACCEPTED.code, ACCEPTED.message())

    @classmethod
    def success(cls, explanation: str = "", payload: str | None = None, **extra: str) -> Self:
        """400; `extra` in snake_case becomes the dashed output member."""
        members = {name.replace("_", "-"): value for name, value in extra.items()}
        return cls(SUCCESS.code, SUCCESS.message(explanation), payload, members)

    @classmethod
    def of(cls, error: LcmError) -> Self:
        """The outcome that says what the error says."""
        return cls(error.code, error.message, aborted=isinstance(error, Aborted))

    def intermediates(self) -> tuple["Outcome", ...]:
        """The 501 answers that precede this one."""
        return tuple(Outcome(501, STATUSES[501].message(detail=text)) for text in self.partial)

    @property
    def succeeded(self) -> bool:
        """400 and nothing else."""
        return self.code == SUCCESS.code
