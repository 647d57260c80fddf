"""The inventory on A&AI: VNFs with what is related to them, remembered for a few seconds."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import TypeVar

from appc.lcm.ports.clock import Clock
from appc.lcm.ports.failures import Unavailable
from appc.lcm.ports.inventory import CONFIGURED, NotRecorded, Vnf, Vnfc
from appc.stores.aai.client import AaiClient
from appc.stores.aai.look_up import LookUp, generic_vnf
from appc.stores.aai.objects import server_id, vnfc_content

#: How long what A&AI said of a VNF counts, in seconds; that it knows none of that id counts as long.
FRESH_S = 10.0
#: How many VNFs, and how many names of models, are remembered.
_REMEMBERED = 10_000

K = TypeVar("K")
V = TypeVar("V")


class AaiInventory:
    """Ports Inventory and VnfcRecords on A&AI. For many threads."""

    def __init__(self, client: AaiClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._lock = threading.Lock()
        self._known: OrderedDict[str, tuple[float, Vnf | None]] = OrderedDict()
        self._models: OrderedDict[tuple[str, str], str | None] = OrderedDict()

    def vnf(self, vnf_id: str) -> Vnf | None:
        """See Inventory."""
        now = self._clock.monotonic()
        with self._lock:
            at, vnf = self._known.get(vnf_id, (float("-inf"), None))
        if now - at < FRESH_S:
            return vnf
        vnf = LookUp(self._client, self._clock, self._model_name).vnf(vnf_id)
        self._remember(self._known, vnf_id, (now, vnf))
        return vnf

    def record_configured(self, vnf_id: str, vnfcs: Sequence[Vnfc]) -> None:
        """See VnfcRecords."""
        try:
            for vnfc in vnfcs:
                self._record(vnf_id, vnfc)
        except Unavailable as error:
            raise NotRecorded(str(error)) from None
        finally:
            with self._lock:
                self._known.pop(vnf_id, None)

    def probe(self) -> None:
        """Whether A&AI answers at all. Raises: Unavailable."""
        generic_vnf(self._client, "appc-probe")

    def close(self) -> None:
        """Release the connections."""
        self._client.close()

    def _record(self, vnf_id: str, vnfc: Vnfc) -> None:
        path = self._client.path("network", "vnfcs", "vnfc", vnfc.name)
        if self._client.get(path) is not None:
            self._client.patch(path, {"vnfc-name": vnfc.name, "orchestration-status": CONFIGURED})
            return
        vnf = generic_vnf(self._client, vnf_id)
        hosts = vnf.related("vserver") if vnf else []
        host = next((link for link in hosts if server_id(link.value("vserver.vserver-id") or "") == vnfc.vm_id), None)
        self._client.put(path, vnfc_content(vnfc, vnf_id, host))

    def _model_name(self, invariant: str, version: str) -> str | None:
        """The name of a model's version, which never changes once it is there."""
        with self._lock:
            if name := self._models.get((invariant, version)):
                return name
        place = ("service-design-and-creation", "models", "model", invariant, "model-vers", "model-ver", version)
        found = self._client.get(self._client.path(*place))
        said = found.get("model-name") if found else None
        name = said if isinstance(said, str) and said else None
        if name:
            self._remember(self._models, (invariant, version), name)
        return name

    def _remember(self, where: OrderedDict[K, V], key: K, value: V) -> None:
        with self._lock:
            where[key] = value
            where.move_to_end(key)
            if len(where) > _REMEMBERED:
                where.popitem(last=False)
