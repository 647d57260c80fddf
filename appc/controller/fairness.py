"""Which waiting requests get a free worker: no cloud and no VNF type may take them all."""

from collections import Counter
from collections.abc import Mapping, Sequence

from appc.lcm.ports.store import Waiting


def lane_limit(workers: int) -> int:
    """At most half of the workers, at least one, serve one lane (contract section 7)."""
    return max(1, workers // 2)


def choose(waiting: Sequence[Waiting], running: Mapping[str, int], workers: int) -> list[Waiting]:
    """The oldest waiting requests that fit, by their lane's limit and the free workers.

    `running`: executions by lane. `waiting` comes oldest first.
    """
    by_lane = Counter(running)
    chosen = []
    for request in waiting:
        if by_lane.total() >= workers:
            break
        if by_lane[request.lane] < lane_limit(workers):
            by_lane[request.lane] += 1
            chosen.append(request)
    return chosen
