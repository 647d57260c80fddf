"""Observers hear what happens; they are never fatal."""

import logging

import pytest

from appc.controller.observers import Observers
from appc.lcm.events import Accepted, LcmEvent
from tests.fakes.clock import START
from tests.fakes.lives import World
from tests.fakes.requests import a_request


class Ear:
    """Port Observer: remembers."""

    def __init__(self) -> None:
        self.heard: list[LcmEvent] = []

    def notify(self, event: LcmEvent) -> None:
        self.heard.append(event)


class Broken:
    """Port Observer with a defect."""

    def notify(self, event: LcmEvent) -> None:
        raise ZeroDivisionError


def test_each_hears_everything_in_order() -> None:
    """Of several."""
    ears = [Ear(), Ear()]
    events = [Accepted(a_request(), START) for _ in range(3)]
    observers = Observers(ears)
    for event in events:
        observers.notify(event)
    assert [ear.heard for ear in ears] == [events, events]


def test_a_failing_one_is_logged_and_the_others_hear_it(caplog: pytest.LogCaptureFixture) -> None:
    """With its name, the event's and the traceback."""
    ear = Ear()
    Observers([Broken(), ear]).notify(Accepted(a_request(), START))
    assert len(ear.heard) == 1
    (record,) = caplog.records
    assert (record.levelno, record.getMessage()) == (logging.ERROR, "observer Broken failed on Accepted")
    assert record.exc_info


def test_a_failing_one_costs_no_answer(world: World) -> None:
    """Wherever it is told: judging, beginning, a step, the end."""
    life = world.life()
    life.events = DeafList()
    life.start()
    request, rejected = world.request(), world.request()
    life.submit(request, rejected)
    assert world.final(request)["code"] == 400
    assert world.codes(rejected) == [316]


class DeafList(list[LcmEvent]):
    """Takes nothing."""

    def append(self, event: LcmEvent) -> None:
        raise ZeroDivisionError
