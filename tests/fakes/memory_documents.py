"""Documents in memory."""

import json
import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from appc.lcm.ports.clock import Clock
from appc.lcm.ports.failures import Unavailable


class MemoryDocuments:
    """Port Documents. `down` makes every call raise Unavailable, `fail_puts` those that write; `puts` counts them.

    Until `open_to_puts` is set, those that write hang.
    """

    def __init__(self, clock: Clock) -> None:
        self.down = False
        self.fail_puts = False
        self.puts = 0
        self.open_to_puts = threading.Event()
        self.open_to_puts.set()
        self._clock = clock
        self._lock = threading.Lock()
        self._stored: dict[tuple[str, str], tuple[str, int, datetime]] = {}

    def get(self, kind: str, id: str) -> tuple[dict[str, Any], int] | None:
        self._check()
        with self._lock:
            found = self._stored.get((kind, id))
            return (json.loads(found[0]), found[1]) if found else None

    def put(self, kind: str, id: str, document: Mapping[str, Any], expected: int | None = None) -> int | None:
        self._check(self.fail_puts)
        self.open_to_puts.wait()
        with self._lock:
            _, version, _ = self._stored.get((kind, id), ("", 0, None))
            if expected not in (None, version):
                return None
            self.puts += 1
            self._stored[kind, id] = (json.dumps(document), version + 1, self._clock.now())
            return version + 1

    def delete(self, kind: str, id: str) -> None:
        self._check()
        with self._lock:
            self._stored.pop((kind, id), None)

    def ids(self, kind: str, untouched_since: datetime | None = None) -> list[str]:
        self._check()
        with self._lock:
            return sorted(
                id
                for (each, id), (_, _, put_at) in self._stored.items()
                if each == kind and (untouched_since is None or put_at < untouched_since)
            )

    def _check(self, fails: bool = False) -> None:
        if self.down or fails:
            raise Unavailable("the store is down")
