"""The line on a terminal that moves while an answer is awaited; in a pipe there is none."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console
from rich.progress import Progress as Display
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Column

from appc.lcm.request import Request
from appc.lcm.visible import visible


class Progress:
    """A spinner, what is being done, and how long already. `accepted`: whether a final answer is to come."""

    def __init__(self, request: Request, stream: TextIO) -> None:
        console = Console(file=stream)
        self.visible = console.is_terminal and not console.is_dumb_terminal
        self.accepted = False
        self._display = Display(
            SpinnerColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis")),
            console=console,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            disable=not self.visible,
        )
        self._task = self._display.add_task(visible(f"{request.action} of {request.vnf_id}"), total=None)

    def say(self, step: str) -> None:
        """What is being done now, in the words of ActionStatus."""
        self._display.update(self._task, description=step)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Off the screen while something else is printed."""
        self._display.stop()
        yield
        self._display.start()

    def __enter__(self) -> Self:
        self._display.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._display.stop()
