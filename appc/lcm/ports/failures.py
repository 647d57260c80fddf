"""What the outside may fail with, whatever the port."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import ClassVar


class Unavailable(Exception):
    """A bus or a store is out of reach for now; nothing is known of what was under way.

    `what` is out of reach, in words for callers; `about`: the request that waits for it, as log lines name it.
    """

    what: ClassVar[str] = "the bus or the store"
    about: Mapping[str, str | None] = MappingProxyType({})


class InventoryUnavailable(Unavailable):
    """The inventory cannot be asked now: it says neither that there is a VNF nor that there is none."""

    what = "the inventory"


class NoTopic(Unavailable):
    """There is no such topic on the bus, and who asks creates none."""


class Misconfigured(Exception):
    """Settings or a file of the installation are wrong: nothing is started, the command ends with 2.

    `faults`: all of them, one line each, each with the name or the file and the field it is about.
    """

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))
