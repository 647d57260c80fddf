"""VNFCs recorded as CONFIGURED where the inventory is a file: kept in the store, seen over what the file says."""

from dataclasses import replace

import pytest

from appc.lcm.ports.inventory import NotRecorded, Vm, Vnf, Vnfc
from appc.stores.vnfc_records import FRESH_S, RecordedVnfcs
from tests.fakes.clock import FakeClock
from tests.fakes.inventory import FakeInventory, NoInventory
from tests.fakes.memory_documents import MemoryDocuments
from tests.fakes.requests import VM_A, VM_B

WEB = Vnfc("web", VM_A, "front", "NOT CONFIGURED", "192.0.2.1")
FRESH = Vnfc("vm-b", VM_B, "back", "CONFIGURED", "192.0.2.2")
VNF = Vnf("vnf-1", "vFW", vms=(Vm(VM_A), Vm(VM_B)), vnfcs=(WEB,))


class BusyDocuments(MemoryDocuments):
    """Port Documents where others always write in between."""

    def put(self, *args: object, **kwargs: object) -> None:
        """Too late."""


def away() -> MemoryDocuments:
    """Port Documents of a store that is out of reach."""
    documents = MemoryDocuments(FakeClock())
    documents.down = True
    return documents


def vnfcs(inventory: RecordedVnfcs) -> tuple[Vnfc, ...]:
    """Those of the VNF, as the inventory has them now."""
    vnf = inventory.vnf("vnf-1")
    assert vnf
    return vnf.vnfcs


def test_a_record_is_seen_at_once_and_by_other_controllers() -> None:
    """The state of a known VNFC changes, the rest stays the file's; a new one is added."""
    documents, clock = MemoryDocuments(FakeClock()), FakeClock()
    first, second = (RecordedVnfcs(FakeInventory([VNF]), documents, clock) for _ in range(2))
    assert vnfcs(first) == vnfcs(second) == (WEB,)
    first.record_configured("vnf-1", [Vnfc("web", VM_B, "other", "anything"), replace(FRESH, state=None)])
    expected = (Vnfc("web", VM_A, "front", "CONFIGURED", "192.0.2.1"), FRESH)
    assert vnfcs(first) == expected
    clock.advance(FRESH_S)
    assert vnfcs(second) == expected


def test_records_add_up() -> None:
    """A later one does not take an earlier one away."""
    inventory = RecordedVnfcs(FakeInventory([VNF]), MemoryDocuments(FakeClock()), FakeClock())
    inventory.record_configured("vnf-1", [FRESH])
    inventory.record_configured("vnf-1", [Vnfc("web", state="CONFIGURED")])
    assert [(vnfc.name, vnfc.state) for vnfc in vnfcs(inventory)] == [("web", "CONFIGURED"), ("vm-b", "CONFIGURED")]


def test_a_recorded_vnfc_goes_with_its_vm() -> None:
    """Scaled in: the inventory knows the VM no more."""
    known = FakeInventory([VNF])
    inventory = RecordedVnfcs(known, MemoryDocuments(FakeClock()), FakeClock())
    inventory.record_configured("vnf-1", [FRESH])
    known.add(Vnf("vnf-1", "vFW", vms=(Vm(VM_A),), vnfcs=(WEB,)))
    assert vnfcs(inventory) == (WEB,)


def test_what_the_inventory_does_not_know_stays_unknown() -> None:
    """Records make no VNF; and where nobody keeps an inventory there is nothing to record."""
    inventory = RecordedVnfcs(FakeInventory([]), MemoryDocuments(FakeClock()), FakeClock())
    inventory.record_configured("vnf-1", [FRESH])
    assert inventory.vnf("vnf-1") is None
    assert RecordedVnfcs(NoInventory(), away(), FakeClock()).vnf("any") == Vnf("any", "default")


@pytest.mark.parametrize(
    ("documents", "said"),
    [
        pytest.param(away(), "is down|out of reach|away", id="away"),
        pytest.param(BusyDocuments(FakeClock()), "changed by others again and again", id="busy"),
    ],
)
def test_what_cannot_be_kept_is_told(documents: MemoryDocuments, said: str) -> None:
    """An intermediate 501."""
    inventory = RecordedVnfcs(FakeInventory([VNF]), documents, FakeClock())
    with pytest.raises(NotRecorded, match=said):
        inventory.record_configured("vnf-1", [FRESH])
