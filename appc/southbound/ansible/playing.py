"""Playing a playbook in a process of its own, with progress, time limit and cancellation."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from appc.lcm.errors import DgFailure
from appc.lcm.ports.execution import Run
from appc.lcm.withheld import Secrets
from appc.southbound.ansible.play import Play, PlayReport, TaskFailure
from appc.southbound.ansible.play_process import PlayProcess
from appc.southbound.ansible.run_folder import run_folder, write_play

_log = logging.getLogger(__name__)

#: How often a play that says nothing is looked after, in seconds.
_TICK_S = 0.2
#: How long a process may take to come up, in seconds; loading Ansible takes one or two.
_COMES_UP_S = 60.0
#: So often it is tried to bring a process up: the warm one may be about to die when it is asked.
_TRIES = 3
#: Characters of Ansible's own output that are shown where nothing else says what went wrong.
_LAST_WORDS = 500


class Player(Protocol):
    """Brings up processes that play, one for each play. For many threads."""

    def process(self) -> PlayProcess:
        """A process that is coming up. Raises: OSError if none can be started."""

    def close(self) -> None:
        """Release everything; plays that still run are killed."""


def carried_out(player: Player, parent: Path, play_in: Callable[[Path], Play], run: Run, limit_s: float) -> PlayReport:
    """Play it to its end. `play_in`: what is to be played, in a folder made for it below `parent`; `limit_s`: seconds.

    Raises: DgFailure (401) if it cannot be begun or takes too long; what the run raises. Nothing that belongs to the
    play runs then any more on this machine.
    """
    with run_folder(parent) as folder:
        play = play_in(folder)
        write_play(play, folder)
        with _come_up(player, run) as process, run.step(f"playing {play.playbook.name}"):
            process.begin({"playbook": str(play.playbook), "folder": str(folder)})
            report = _watched(process, play, run, limit_s)
            if report is None:
                last_words = play.secrets.taken_out_of(_last_words(folder) or "its process was killed")
                raise DgFailure(f"playbook {play.playbook.name} ended without a result: {last_words}")
            return report if report.problem else replace(report, problem=_last_words(folder) or "it does not say why")


def _come_up(player: Player, run: Run) -> PlayProcess:
    for _ in range(_TRIES):
        try:
            process = player.process()
        except OSError as error:
            _log.warning("Ansible could not be started: %s", error)
            continue
        ends_at = time.monotonic() + _COMES_UP_S
        try:
            while time.monotonic() < ends_at:
                run.progress("starting Ansible")
                come = process.has_come(_TICK_S)
                if come:
                    return process
                if come is False:
                    break
        except BaseException:
            process.__exit__(None, None, None)
            raise
        process.__exit__(None, None, None)
    raise DgFailure("Ansible did not start; the controller's log says more")


def _watched(process: PlayProcess, play: Play, run: Run, limit_s: float) -> PlayReport | None:
    """How it ended; None if the process went without saying so."""
    story = _Story(play.secrets)
    ends_at = time.monotonic() + limit_s
    while not story.ended:
        run.progress(story.now)
        left_s = ends_at - time.monotonic()
        if left_s <= 0:
            raise DgFailure(f"playbook {play.playbook.name} timed out after {limit_s:g} s, {story.now}")
        event = process.next(min(_TICK_S, left_s))
        if event and event["event"] == "gone":
            return None
        if event:
            story.hear(event)
    return story.report()


class _Story:
    """What a play has said so far."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self.now = "beginning"
        self.ended = False
        self._code = 1
        self._problem = ""
        self._failures: dict[str, TaskFailure] = {}
        self._stats: Mapping[str, Mapping[str, int]] = {}
        self._data: Mapping[str, Any] = {}

    def hear(self, event: Mapping[str, Any]) -> None:
        """One more event."""
        match event["event"]:
            case "task":
                self.now = self._secrets.taken_out_of(f"task {event['name']}")
            case "failed":
                failure = TaskFailure(event["host"], event["task"], event["message"], event["unreachable"])
                self._failures[failure.host] = failure  # the last one of a host is what ended it there
            case "stats":
                self._stats, self._data = event["hosts"], event["data"]
            case "problem":
                self._problem = event["message"]
            case "end":
                self._code, self.ended = event["code"], True

    def report(self) -> PlayReport:
        """How it ended. What a playbook rescued is no failure."""
        broken = {host for host, stats in self._stats.items() if stats["failures"] or stats["unreachable"]}
        failures = tuple(failure for host, failure in self._failures.items() if host in broken)
        return PlayReport(self._code, failures, self._problem, self._data, len(self._stats))


def _last_words(folder: Path) -> str:
    try:
        text = (folder / "output.txt").read_text(errors="replace").strip()
    except FileNotFoundError:
        text = ""
    return text[-_LAST_WORDS:]
