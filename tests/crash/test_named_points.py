"""Contract section 7: a controller that ends before or after each write of a request's state, and its next life."""

import signal
from typing import NamedTuple

import pytest

from tests.crash.points import (
    BEGINNING,
    COMMITTING,
    FINISHING,
    JOURNALLING_A_STEP,
    JOURNALLING_THE_STEPS_END,
    JUDGING,
    MARKING_THE_100,
    MARKING_THE_FINAL,
    PUBLISHING_THE_100,
    PUBLISHING_THE_FINAL,
    AtPoint,
    Point,
)
from tests.crash.scene import Scene, vnf_of
from tests.crash.topics import request


class Row(NamedTuple):
    """A write, and what the request ends with if the controller dies before or after it."""

    name: str
    write: tuple[str, str] | tuple[str, str, int]
    before: set[int]
    after: set[int]


ROWS = [
    Row("judging", JUDGING, {400}, {400}),
    Row("publishing the 100", PUBLISHING_THE_100, {400}, {400}),
    Row("marking the 100", MARKING_THE_100, {400}, {400}),
    Row("committing", COMMITTING, {400, 405}, {400, 405}),  # a worker may have begun it by then
    Row("beginning", BEGINNING, {400}, {405}),
    Row("journalling a step", JOURNALLING_A_STEP, {405}, {405}),
    Row("journalling its end", JOURNALLING_THE_STEPS_END, {405}, {405}),
    Row("finishing", FINISHING, {405}, {400}),
    Row("publishing the final", PUBLISHING_THE_FINAL, {400}, {400}),
    Row("marking the final", MARKING_THE_FINAL, {400}, {400}),
]


@pytest.mark.parametrize(
    ("point", "codes"),
    [
        pytest.param(Point(when, *row.write), getattr(row, when), id=f"{when} {row.name}")
        for row in ROWS
        for when in ("before", "after")
    ],
)
def test_the_next_life_gives_the_one_answer(scene: Scene, point: Point, codes: set[int]) -> None:
    """What was not begun is done, what was finished stays so, what is in doubt ends 405; nothing happens twice."""
    vm = scene.vms()[0]
    stop = request("Stop", vnf_of(vm), vm)
    doomed = scene.fleet.controller(at=AtPoint(point, signal.SIGKILL))
    scene.topics.send([stop])
    doomed.wait_for_death()
    heir = scene.fleet.controller()
    heir.ready()
    scene.wait_until_all_answered()
    assert set(scene.end(heir)) <= codes
    if scene.topics.codes(stop) == [100, 400]:
        assert len(scene.effects()) == 1


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", ["update_many", "publish", "published"])
def test_an_heir_may_die_while_it_answers_for_the_dead(scene: Scene, call: str, when: str) -> None:
    """The next one does it: one 405, the step that was under way is not taken again."""
    vm = scene.vms()[0]
    stop = request("Stop", vnf_of(vm), vm)
    scene.topics.send([stop])
    for point in (Point("after", *JOURNALLING_THE_STEPS_END), Point(when, call, "MainThread")):
        scene.fleet.controller(at=AtPoint(point, signal.SIGKILL)).wait_for_death()
    heir = scene.fleet.controller()
    heir.ready()
    scene.wait_until_all_answered()
    scene.end(heir)
    assert scene.topics.codes(stop) == [100, 405]
    assert len(scene.effects()) <= 1
