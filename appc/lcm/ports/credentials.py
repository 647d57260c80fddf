"""Port Credentials: passwords and keys of the installation, by the names that artifacts give."""

from pathlib import Path
from typing import Protocol

#: The form of a credential's name: a plain file name, nothing that leads out of the folder.
FILE_NAME = r"(?!\.)[A-Za-z0-9._-]{1,100}"


class Credentials(Protocol):
    """Passwords and keys that the installation keeps; nothing in a request or an artifact says more than a name."""

    def secret(self, name: str) -> str:
        """What the file of this name holds, without the line end. Raises: DgFailure (401)."""

    def file(self, name: str) -> Path:
        """The file of this name, for libraries that read it themselves. Raises: DgFailure (401)."""
