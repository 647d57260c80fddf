"""How the demo shows itself: a table that a person understands at a glance."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from appc.demo.acts import Ask
from appc.wire.envelope import Answer


@dataclass(frozen=True)
class Played:
    """What was asked and what came back, each answer with the seconds since it was sent."""

    ask: Ask
    answers: tuple[tuple[Answer, float], ...]

    @property
    def as_expected(self) -> bool:
        """The codes are those expected, and the last answer shows what it must."""
        codes = tuple(answer.code for answer, _ in self.answers)
        last = self.answers[-1][0].text if self.answers else ""
        return codes == self.ask.codes and self.ask.shows in last


def heading(title: str) -> Text:
    """The line that says what is going on."""
    return Text(f"… {title}", style="dim")


def table(played: Sequence[Played]) -> Table:
    """One row for each request: asked, its answers with their codes and texts, and the time they took."""
    view = Table(title="What was asked, and what the controller answered", title_style="bold", header_style="bold")
    view.add_column("")
    view.add_column("asked", ratio=2)
    view.add_column("answers", ratio=5)
    view.add_column("after", justify="right", no_wrap=True)
    for one in played:
        answers, times = Text(), Text()
        for answer, after_s in one.answers or ():
            answers.append("\n" if answers else "").append_text(_answer(answer))
            times.append("\n" * (1 if times else 0) + f"{after_s:.2f} s")
        if not one.answers:
            answers = Text("no answer", style="bold red")
        mark = Text("✓", style="green") if one.as_expected else Text("✗ expected " + str(one.ask.codes), style="bold red")
        view.add_row(mark, one.ask.what, answers, times, end_section=True)
    return view


def _answer(answer: Answer) -> Text:
    colour = {1: "cyan", 4: "green" if answer.code == 400 else "red"}.get(answer.code // 100, "yellow")
    text = Text(f"{answer.code} ", style=f"bold {colour}").append(answer.message, style="default")
    for name, value in answer.members.items():
        text.append(f"\n    {name}: {value}", style="dim")
    return text


def verdict(played: Sequence[Played]) -> Text:
    """The last line."""
    wrong = [one for one in played if not one.as_expected]
    if wrong:
        return Text(f"{len(wrong)} of {len(played)} requests were not answered as expected.", style="bold red")
    return Text(f"All {len(played)} requests were answered as expected.", style="bold green")
