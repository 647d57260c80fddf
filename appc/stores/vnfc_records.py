"""What became of VNFCs, kept in the controller's own store: for an inventory that belongs to somebody else."""

import threading
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from appc.lcm.ports.clock import Clock
from appc.lcm.ports.failures import Unavailable
from appc.lcm.ports.inventory import CONFIGURED, Inventory, NotRecorded, Vnf, Vnfc
from appc.lcm.ports.store import Documents

_KIND = "vnfcs"
#: How long what the store said of a VNF counts, in seconds; a record of this controller counts at once.
FRESH_S = 2.0
#: How many VNFs are remembered meanwhile.
_REMEMBERED = 10_000
#: How often a record is written again that another controller has changed in between.
_TRIES = 10


class RecordedVnfcs:
    """Ports Inventory and VnfcRecords: an inventory, and over it what Configure and ConfigScaleOut recorded.

    A VNFC that the inventory knows has the recorded state; one that it does not know is there as long as its VM is.
    """

    def __init__(self, inventory: Inventory, documents: Documents, clock: Clock) -> None:
        self._inventory = inventory
        self._documents = documents
        self._clock = clock
        self._lock = threading.Lock()
        self._read: dict[str, tuple[float, dict[str, Vnfc]]] = {}

    def vnf(self, vnf_id: str) -> Vnf | None:
        """See Inventory."""
        vnf = self._inventory.vnf(vnf_id)
        recorded = self._recorded(vnf_id) if vnf and vnf.vms is not None else {}
        return _over(vnf, recorded) if vnf and recorded else vnf

    def record_configured(self, vnf_id: str, vnfcs: Sequence[Vnfc]) -> None:
        """See VnfcRecords."""
        if not vnfcs:
            return
        try:
            written = any(self._write(vnf_id, vnfcs) for _ in range(_TRIES))
        except Unavailable as error:
            raise NotRecorded(str(error)) from None
        if not written:
            raise NotRecorded(f"the VNFCs of VNF {vnf_id} are changed by others again and again")

    def _write(self, vnf_id: str, vnfcs: Sequence[Vnfc]) -> bool:
        found = self._documents.get(_KIND, vnf_id)
        content, version = found or ({}, 0)
        content = content | {vnfc.name: asdict(replace(vnfc, state=CONFIGURED)) for vnfc in vnfcs}
        written = self._documents.put(_KIND, vnf_id, content, expected=version)
        with self._lock:
            self._read.pop(vnf_id, None)
        return written is not None

    def _recorded(self, vnf_id: str) -> dict[str, Vnfc]:
        now = self._clock.monotonic()
        with self._lock:
            at, recorded = self._read.get(vnf_id, (float("-inf"), {}))
        if now - at < FRESH_S:
            return recorded
        found = self._documents.get(_KIND, vnf_id)
        recorded = {name: _vnfc(each) for name, each in found[0].items()} if found else {}
        with self._lock:
            if len(self._read) >= _REMEMBERED:
                self._read.clear()
            self._read[vnf_id] = (now, recorded)
        return recorded


def _over(vnf: Vnf, recorded: dict[str, Vnfc]) -> Vnf:
    known = [replace(vnfc, state=recorded[vnfc.name].state) if vnfc.name in recorded else vnfc for vnfc in vnf.vnfcs]
    names = {vnfc.name for vnfc in known}
    fresh = [each for name, each in recorded.items() if name not in names and vnf.vm(each.vm_id)]
    return replace(vnf, vnfcs=(*known, *fresh))


def _vnfc(content: dict[str, Any]) -> Vnfc:
    return Vnfc(**{name: content.get(name) for name in ("vm_id", "type", "state", "address")}, name=content["name"])
