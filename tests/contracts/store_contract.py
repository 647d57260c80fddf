"""What every store must do (ports Ledger, RequestQueue, Outbox, Leases, Documents), whatever stands behind it.

A back end passes by a module of its own: a fixture `place` (see StorePlace), and two subclasses, one of
`StoreContract` and, where controllers can share the store, one of `SharedStoreContract`.
"""

import pytest

from tests.contracts.decisions_contract import DecisionsContract, RedeliveryContract
from tests.contracts.documents_contract import DocumentsContract
from tests.contracts.ledger_contract import ClaimsContract, OrphansContract, PruneContract, SearchContract
from tests.contracts.queue_contract import ForgetContract, LeasesContract, OutboxContract, QueueContract
from tests.contracts.shared_store_contract import (
    HandlesContract,
    ProcessesContract,
    ReopeningContract,
    ThreadsContract,
)
from tests.contracts.store_place import LEASE, Store, StorePlace


class _OneHandle:
    """The fixtures that a contract asks for, from the back end's `place`."""

    @pytest.fixture
    def store(self, place: StorePlace) -> Store:
        """A handle on an empty store."""
        return place.open()

    @pytest.fixture
    def owner(self, store: Store) -> str:
        """A living controller."""
        return store.join("controller", LEASE)


class LedgerContract(
    DecisionsContract, RedeliveryContract, ClaimsContract, SearchContract, OrphansContract, PruneContract
):
    """The port Ledger."""


class StoreContract(
    _OneHandle, LedgerContract, QueueContract, OutboxContract, ForgetContract, LeasesContract, DocumentsContract
):
    """What one handle does."""


class SharedStoreContract(_OneHandle, HandlesContract, ThreadsContract, ProcessesContract, ReopeningContract):
    """What several handles do together: of threads, of processes, and one after the other."""
