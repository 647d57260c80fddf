"""Contract section 7: a controller that sleeps past its lease, and wakes when another has answered for it."""

import signal

import pytest

from tests.crash.points import (
    FINISHING,
    JOURNALLING_A_STEP,
    JOURNALLING_THE_STEPS_END,
    JUDGING,
    PUBLISHING_THE_100,
    PUBLISHING_THE_FINAL,
    AtPoint,
    Point,
)
from tests.crash.scene import Scene, vnf_of
from tests.crash.topics import request


@pytest.mark.parametrize(
    ("point", "code", "operations"),
    [
        pytest.param(Point("before", *JUDGING), 400, ["os-stop", "os-start"], id="with a message in its hands"),
        pytest.param(Point("before", *PUBLISHING_THE_100), 400, ["os-stop", "os-start"], id="before it says 100"),
        pytest.param(Point("after", *JOURNALLING_A_STEP), 405, [], id="just before an outward step"),
        pytest.param(Point("after", *JOURNALLING_THE_STEPS_END), 405, ["os-stop"], id="between two steps"),
        pytest.param(Point("before", *FINISHING), 405, ["os-stop", "os-start"], id="before it stores the outcome"),
        pytest.param(Point("before", *PUBLISHING_THE_FINAL), 400, ["os-stop", "os-start"], id="before it says so"),
    ],
)
def test_it_takes_no_further_step_and_gives_no_other_answer(
    scene: Scene, point: Point, code: int, operations: list[str]
) -> None:
    """It finds out by itself before its next outward step; what it still says is what was said already."""
    vm = scene.vms()[0]
    restart = request("Restart", vnf_of(vm), vm)
    sleeper = scene.fleet.controller(0, AtPoint(point, signal.SIGSTOP))
    sleeper.ready()
    scene.topics.send([restart])
    sleeper.wait_for_sleep()
    other = scene.fleet.controller(1)
    scene.wait_until_all_answered()
    sleeper.wake()
    scene.topics.send([request("CheckLock", vnf_of(vm)) for _ in range(20)])
    scene.wait_until_all_answered()
    other.ready()
    scene.end(sleeper, other)  # it has come to the end of everything that it had begun
    assert scene.topics.codes(restart) == [100, code]
    assert [effect["operation"] for effect in scene.effects()] == operations
