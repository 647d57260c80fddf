"""Opening the inventory that settings name."""

from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from appc.lcm.ports.clock import Clock
from appc.lcm.ports.inventory import Inventory, VnfcRecords
from appc.lcm.ports.store import Documents
from appc.settings import Settings
from appc.stores.inventory import FileInventory, OpenInventory
from appc.stores.vnfc_records import RecordedVnfcs

if TYPE_CHECKING:
    from appc.stores.aai.inventory import AaiInventory


@dataclass(frozen=True)
class OpenInventories:
    """Who is asked for VNFs, who is told of VNFCs, and what has to be done every second for that."""

    inventory: Inventory
    records: VnfcRecords
    refresh: Callable[[], None] | None = None


def open_inventory(settings: Settings, store: Documents, clock: Clock, opened: ExitStack) -> OpenInventories:
    """The A&AI of INVENTORY_URL, the file of INVENTORY_FILE, or an inventory that knows every VNF.

    `opened` closes what has to be. Raises: Misconfigured.
    """
    if settings.inventory_url:
        aai = opened.enter_context(closing(open_aai(settings.inventory_url, settings.inventory_ca_file, clock)))
        return OpenInventories(aai, aai)
    if settings.inventory_file:
        file = FileInventory(settings.inventory_file)
        return recording(file, store, clock, file.refresh)
    return recording(OpenInventory(), store, clock)


def open_aai(url: str, ca_file: Path | None, clock: Clock) -> "AaiInventory":
    """The inventory on an A&AI; nothing is asked of it yet. Raises: Misconfigured."""
    # Imported here because the HTTP client takes a tenth of a second, and many controllers need none at the start.
    from appc.stores.aai.client import AaiClient
    from appc.stores.aai.inventory import AaiInventory

    return AaiInventory(AaiClient(url, ca_file), clock)


def recording(
    inventory: Inventory, store: Documents, clock: Clock, refresh: Callable[[], None] | None = None
) -> OpenInventories:
    """An inventory that cannot be written to: what becomes of VNFCs is kept in the store."""
    recorded = RecordedVnfcs(inventory, store, clock)
    return OpenInventories(recorded, recorded, refresh)
