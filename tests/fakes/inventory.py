"""Inventories in memory."""

from collections.abc import Iterable

from appc.lcm.ports.inventory import Vnf


class NoInventory:
    """Port Inventory where nobody keeps one: any vnf-id is accepted, of type `default` (contract section 2)."""

    def vnf(self, vnf_id: str) -> Vnf | None:
        return Vnf(vnf_id, "default")


class FakeInventory:
    """Port Inventory of the given VNFs; more can be added while it is in use."""

    def __init__(self, vnfs: Iterable[Vnf] = ()) -> None:
        self._vnfs = {vnf.vnf_id: vnf for vnf in vnfs}

    def add(self, vnf: Vnf) -> None:
        """Know this VNF from now on, in place of a former one of the same id."""
        self._vnfs[vnf.vnf_id] = vnf

    def vnf(self, vnf_id: str) -> Vnf | None:
        return self._vnfs.get(vnf_id)
