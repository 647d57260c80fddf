"""What all parts of the path share."""

from dataclasses import dataclass
from typing import Protocol

from appc.controller.decisions import Rules
from appc.controller.observers import Observers
from appc.controller.ownership import Ownership
from appc.lcm.ports.clock import Clock
from appc.lcm.ports.store import Ledger, Outbox, RequestQueue


class PathStore(Ledger, RequestQueue, Outbox, Protocol):
    """The store as the path sees it."""


@dataclass(frozen=True)
class Core:
    """The store, this controller's life, the rules, and who is told; built once by bootstrap."""

    store: PathStore
    ownership: Ownership
    rules: Rules
    observers: Observers
    clock: Clock
