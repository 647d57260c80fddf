"""How the demo shows itself: a table that a person understands at a glance."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.table import Table
from rich.text import Text

from appc.demo.acts import Ask
from appc.wire.answers import Answer


@dataclass
class Played:
    """What was asked and what came back, each answer with the seconds since it was sent."""

    ask: Ask
    answers: list[tuple[Answer, float]] = field(default_factory=list)

    @property
    def as_expected(self) -> bool:
        """The codes are those expected, and the last answer shows what it must."""
        codes = tuple(answer.code for answer, _ in self.answers)
        last = self.answers[-1][0] if self.answers else None
        # a payload is JSON in a string: its own text has the quotes as they are meant
        shown = f"{last.text}\n{last.payload}" if last else ""
        return codes == self.ask.codes and self.ask.shows in shown


def heading(title: str) -> Text:
    """The line that says what is going on."""
    return Text(f"… {title}", style="dim")


def table(title: str, played: Sequence[Played]) -> Table:
    """A row for each answer: what was asked, the code, the text and the time it took."""
    view = Table(title=title, title_style="bold", header_style="bold")
    view.add_column("")
    view.add_column("asked", ratio=3)
    view.add_column("code")
    view.add_column("answer", ratio=7, overflow="fold")
    view.add_column("after", justify="right", no_wrap=True)
    for one in played:
        mark, asked = _mark(one), one.ask.what
        for answer, after_s in one.answers:
            code = Text(str(answer.code), style=f"bold {_colour(answer)}")
            view.add_row(mark, asked, code, _text(answer), f"{after_s:.2f} s")
            mark, asked = Text(), ""  # once for each request
        if not one.answers:
            view.add_row(mark, asked, "", Text("no answer", style="bold red"), "")
        view.add_section()
    return view


def _mark(one: Played) -> Text:
    if one.as_expected:
        return Text("✓", style="green")
    return Text(f"✗ expected {', '.join(map(str, one.ask.codes))} {one.ask.shows}".strip(), style="bold red")


def _colour(answer: Answer) -> str:
    return {1: "cyan", 4: "green" if answer.code == 400 else "red"}.get(answer.code // 100, "yellow")


def _text(answer: Answer) -> Text:
    text = Text(answer.message)
    for name, value in answer.members.items():
        text.append(f"\n{name}: {value}", style="dim")
    return text


def verdict(played: Sequence[Played]) -> Text:
    """The last line."""
    wrong = [one for one in played if not one.as_expected]
    if wrong:
        return Text(f"{len(wrong)} of {len(played)} requests were not answered as expected.", style="bold red")
    return Text(f"All {len(played)} requests were answered as expected.", style="bold green")
