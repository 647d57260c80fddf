"""Commands for Redis, asked in rounds: everything that a round asks goes out at once."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from appc.stores.redis.keys import Keys
from appc.stores.redis.time import StoreClock

Argument = str | bytes | int
Command = tuple[Argument, ...]


@dataclass(frozen=True)
class Replies:
    """What Redis said, by stage and command. `repeated`: an answer was lost, so that everything was sent again."""

    stages: list[list[Any]]
    repeated: bool = False


class Server(Protocol):
    """The Redis server or cluster behind a store."""

    @property
    def keys(self) -> Keys:
        """The names of the store's keys."""

    @property
    def clock(self) -> StoreClock:
        """The store's clock."""

    def run(self, *stages: Sequence[Command], repeatable: bool = True) -> Replies:
        """Everything in one round trip; on a cluster, where keys live on several servers, one for each stage.

        A stage is done before the next begins. `repeatable`: it may be sent again where an answer was lost.
        Raises: Unavailable.
        """

    def later(self, commands: Iterable[Command]) -> None:
        """Send these with whatever is run next: tidying that may wait, come twice, or never come."""


class Round:
    """One round trip of questions."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._commands: list[Command] = []
        self._replies: list[Any] = []

    def ask(self, command: Command) -> Callable[[], Any]:
        """Add a question; what is returned gives the reply once the round has run."""
        place = len(self._commands)
        self._commands.append(command)
        return lambda: self._replies[place]

    def run(self) -> None:
        """Ask; nothing goes out where there is no question. Raises: Unavailable."""
        if self._commands:
            (self._replies,) = self._server.run(self._commands).stages


#: Commands that take any number of values for a key.
_MERGED = frozenset({"HDEL", "HSET", "SADD", "ZADD", "ZREM"})


def merged(commands: Iterable[Command]) -> list[Command]:
    """The same in fewer commands: those that write to one key become one. Their order among each other is lost."""
    found: dict[tuple[Argument, Argument], list[Argument]] = {}
    others: list[Command] = []
    for command in commands:
        if command[0] in _MERGED:
            name, key, *values = command
            found.setdefault((name, key), []).extend(values)
        else:
            others.append(command)
    return [*((name, key, *values) for (name, key), values in found.items()), *others]
