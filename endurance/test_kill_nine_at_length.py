"""Contract section 7, at length: fifty deaths, five hundred requests in conflict."""

import statistics

import pytest

from tests.crash.scene import Scene, conflict, kill_two_controllers_at_random, seeded

pytestmark = pytest.mark.timeout(1800)


def test_fifty_deaths_of_two_controllers_while_a_thousand_requests_run(scene: Scene) -> None:
    """Nothing is lost and nothing happens twice; the last orphan of each death is answered soon."""
    took_s = kill_two_controllers_at_random(scene, seeded(), requests=1000, kills=50)
    shown = " ".join(f"{seconds:.1f}" for seconds in took_s)
    print(f"from the death to the last orphan's answer: median {statistics.median(took_s):.1f} s of {shown}")


def test_of_five_hundred_conflicting_requests_at_four_controllers_one_is_accepted_at_a_time(scene: Scene) -> None:
    """Restarts of one VM, sent at once: never two under way, all answered."""
    assert set(conflict(scene, controllers=4, requests=500)) <= {316, 400}
