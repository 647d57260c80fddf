"""Who this controller is: an id of its own in the state directory, held by a file lock while it lives.

A controller that is started again takes the id of one that died here: so its leases are known to be
over without waiting. Controllers that live side by side take different ids.
"""

import fcntl
import os
from itertools import count
from pathlib import Path
from typing import Self
from uuid import uuid4


class ControllerIdentity:
    """The first free id of `<state_dir>/controllers/`; the kernel gives it back when the process ends."""

    def __init__(self, state_dir: Path) -> None:
        folder = state_dir / "controllers"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for number in count(1):
            descriptor = os.open(folder / f"{number}.id", os.O_CREAT | os.O_RDWR, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                continue
            self._descriptor = descriptor
            break
        self.controller_id = os.read(self._descriptor, 100).decode() or self._written(str(uuid4()))

    def _written(self, controller_id: str) -> str:
        os.write(self._descriptor, controller_id.encode())
        return controller_id

    def close(self) -> None:
        """Give the id back."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
