"""Passwords and keys of devices: one file each in CREDENTIALS_DIR, as secrets of systemd and Kubernetes are."""

import re
from pathlib import Path

from appc.lcm.errors import DgFailure
from appc.lcm.ports.credentials import FILE_NAME

#: Bytes of a password; a larger file is none.
_LONGEST = 4096


class CredentialsFolder:
    """Port Credentials on a folder; a file is read whenever it is used, so that a new password counts at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def secret(self, name: str) -> str:
        """See Credentials."""
        path = self.file(name)
        try:
            with path.open("rb") as file:
                content = file.read(_LONGEST + 1)
            if len(content) > _LONGEST:
                raise DgFailure(f"credential {name}: the file is larger than {_LONGEST} bytes, it holds no password")
            return content.decode().rstrip("\r\n")
        except OSError as error:
            raise DgFailure(
                f"credential {name}: its file in CREDENTIALS_DIR cannot be read: {error.strerror}"
            ) from None
        except UnicodeDecodeError:
            raise DgFailure(f"credential {name}: its file in CREDENTIALS_DIR is not UTF-8") from None

    def file(self, name: str) -> Path:
        """See Credentials."""
        if not re.fullmatch(FILE_NAME, name):
            raise DgFailure(f"credential {name!r} is no name of a file in CREDENTIALS_DIR")
        path = self._folder / name
        if not path.is_file():
            raise DgFailure(f"credential {name}: there is no such file in CREDENTIALS_DIR")
        return path
