"""What the outside may fail with, whatever the port."""

from collections.abc import Iterable


class Unavailable(Exception):
    """A bus or a store is out of reach for now; nothing is known of what was under way."""


class Misconfigured(Exception):
    """Settings or a file of the installation are wrong: nothing is started, the command ends with 2.

    `faults`: all of them, one line each, each with the name or the file and the field it is about.
    """

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))
