"""Chores: again and again, each in its own time."""

import logging
import threading

import pytest

from appc.controller.housekeeping import Chore, Housekeeping
from appc.lcm.ports.failures import Unavailable
from appc.system_clock import SystemClock
from tests.fakes.clock import FakeClock


class Diary:
    """What was done, and when."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.entries: list[tuple[str, float]] = []

    def chore(self, name: str, every_s: float, *troubles: Exception) -> Chore:
        """One that is written down; its first times come to these troubles."""
        left = list(troubles)

        def do() -> None:
            self.entries.append((name, self.clock.monotonic()))
            if left:
                raise left.pop(0)

        return Chore(name, every_s, do)

    def run(self, *chores: Chore, seconds: int) -> list[tuple[str, float]]:
        """Look every second."""
        housekeeping = Housekeeping(chores, self.clock)
        for _ in range(seconds):
            self.clock.advance(1)
            housekeeping.do_due()
        return self.entries


@pytest.fixture
def diary() -> Diary:
    """An empty one."""
    return Diary()


def test_each_chore_is_done_in_its_own_time(diary: Diary) -> None:
    """First after that time, not at the start."""
    done = diary.run(diary.chore("often", 2), diary.chore("seldom", 5), seconds=6)
    assert done == [("often", 2), ("often", 4), ("seldom", 5), ("often", 6)]


def test_a_late_look_does_it_once(diary: Diary) -> None:
    """What was missed is not made up for."""
    housekeeping = Housekeeping([diary.chore("often", 2)], diary.clock)
    diary.clock.advance(100)
    housekeeping.do_due()
    housekeeping.do_due()
    assert diary.entries == [("often", 100)]


@pytest.mark.parametrize(
    ("trouble", "level"),
    [
        pytest.param(Unavailable("the store is away"), logging.WARNING, id="out of reach"),
        pytest.param(KeyError("defect"), logging.ERROR, id="defect"),
    ],
)
def test_one_that_fails_is_logged_and_tried_when_it_is_due_again(
    diary: Diary, caplog: pytest.LogCaptureFixture, trouble: Exception, level: int
) -> None:
    """The others are done all the same."""
    done = diary.run(diary.chore("troubled", 2, trouble), diary.chore("other", 2), seconds=4)
    assert done == [("troubled", 2), ("other", 2), ("troubled", 4), ("other", 4)]
    assert [(record.levelno, "troubled" in record.getMessage()) for record in caplog.records] == [(level, True)]


def test_a_thread_does_them_until_it_is_stopped() -> None:
    """It looks every second."""
    done = threading.Event()
    housekeeping = Housekeeping([Chore("at once", 0, done.set)], SystemClock())
    housekeeping.start()
    assert done.wait(20)
    housekeeping.stop()
