"""What the workflows on clouds are given, and how they remember what they made.

They carry no action of the LCM API: a door that offers them gives them a `Run`, and finds their memory in Documents.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import NAMESPACE_URL, uuid5

from appc.lcm.ports.clock import Clock
from appc.lcm.ports.cloud import Cloud, Clouds
from appc.lcm.ports.execution import Run
from appc.lcm.ports.failures import Unavailable
from appc.lcm.ports.store import Documents

T = TypeVar("T")

#: How long it is waited before a store that did not answer is asked again, in seconds.
_STORE_PAUSE_S = 1.0


@dataclass(frozen=True)
class CloudJob:
    """The ports, and the run of one order."""

    clouds: Clouds
    documents: Documents
    clock: Clock
    run: Run

    def cloud(self, name: str | None, order_id: str) -> Cloud:
        """The way to the order's cloud. Raises: DgFailure (401)."""
        return self.clouds.open(name, self.run, f"req-{uuid5(NAMESPACE_URL, order_id)}")

    def recall(self, kind: str, id: str) -> dict[str, Any] | None:
        """What is remembered; None if nothing is. Raises: what the run raises while the store is away."""
        found = self._asked(lambda: self.documents.get(kind, id))
        return found[0] if found else None

    def remember(self, kind: str, id: str, document: Mapping[str, Any]) -> None:
        """Remember this from now on. Raises: as `recall`."""
        self._asked(lambda: self.documents.put(kind, id, document))

    def forget(self, kind: str, id: str) -> None:
        """Remember nothing any more. Raises: as `recall`."""
        self._asked(lambda: self.documents.delete(kind, id))

    def _asked(self, call: Callable[[], T]) -> T:
        while True:
            try:
                return call()
            except Unavailable:
                self.run.wait(_STORE_PAUSE_S)
