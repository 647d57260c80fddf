"""Contract section 7: at most half of the workers serve one cloud or one VNF type while others wait."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appc.controller.fairness import choose, lane_limit
from appc.lcm.ports.store import Waiting
from tests.fakes.clock import START


def queue(lanes: str) -> list[Waiting]:
    """Waiting requests, one for each letter, which is its lane; oldest first."""
    return [Waiting(f"{lane}{n}", "vnf-1", lane, START + timedelta(seconds=30)) for n, lane in enumerate(lanes)]


@pytest.mark.parametrize(
    ("waiting", "running", "workers", "chosen"),
    [
        pytest.param("", {}, 4, "", id="nobody waits"),
        pytest.param("abc", {}, 4, "abc", id="room for all"),
        pytest.param("abcd", {}, 3, "abc", id="the oldest first"),
        pytest.param("aaab", {}, 4, "aab", id="half of the workers for one lane"),
        pytest.param("aaaa", {}, 4, "aa", id="the other half stays for who may come"),
        pytest.param("aab", {"a": 2}, 4, "b", id="what runs counts"),
        pytest.param("ab", {"a": 1, "c": 1}, 2, "", id="all workers are busy"),
        pytest.param("aab", {}, 1, "a", id="at least one worker for a lane"),
        pytest.param("aaab", {}, 2, "ab", id="two workers"),
        pytest.param("aaab", {}, 3, "ab", id="half of three is one"),
        pytest.param("ab", {"a": 9}, 4, "", id="more running than there are workers"),
    ],
)
def test_the_oldest_that_fit_are_chosen(waiting: str, running: dict[str, int], workers: int, chosen: str) -> None:
    """By their lane's share and the free workers."""
    assert "".join(each.lane for each in choose(queue(waiting), running, workers)) == chosen


@given(
    waiting=st.text("abc", max_size=12),
    running=st.dictionaries(st.sampled_from("abc"), st.integers(0, 3)),
    workers=st.integers(1, 8),
)
def test_no_lane_and_not_all_together_take_more_than_they_may(
    waiting: str, running: dict[str, int], workers: int
) -> None:
    """Whatever waits and runs; and nobody who fits is left out."""
    chosen = choose(queue(waiting), running, workers)
    before, after = Counter(running), Counter(running) + Counter(each.lane for each in chosen)
    assert after.total() <= max(workers, before.total())
    for lane in "abc":
        assert after[lane] <= max(lane_limit(workers), before[lane])
    if after.total() < workers:
        left = [each for each in queue(waiting) if each not in chosen]
        assert all(after[each.lane] >= lane_limit(workers) for each in left)
