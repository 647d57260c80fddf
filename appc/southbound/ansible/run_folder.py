"""The folder of one play: for its owner only, and gone afterwards."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from appc.southbound.ansible.play import Play, as_data

#: What all folders of plays begin with.
_PREFIX = "run-"


@contextmanager
def run_folder(parent: Path) -> Iterator[Path]:
    """A new folder below `parent`, of mode 0700; it and all that is in it are removed at the end.

    While it is in use it is locked, so that `remove_abandoned` leaves it alone, whoever calls it.
    """
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def remove_abandoned(parent: Path) -> None:
    """Remove folders that a controller left behind when it was killed: there may be secrets in them."""
    for folder in parent.glob(f"{_PREFIX}*"):
        try:
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError:  # another controller was faster
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:  # in use
            pass
        finally:
            os.close(handle)


def write_play(play: Play, folder: Path) -> None:
    """Write what Ansible reads: inventory, variables and files."""
    (folder / "tmp").mkdir(mode=0o700)
    (folder / "files").mkdir(mode=0o700)
    (folder / "inventory.yml").write_text(as_data(play.inventory), encoding="utf-8")
    (folder / "variables.yml").write_text(as_data(play.variables), encoding="utf-8")
    for name, content in play.files.items():
        (folder / "files" / name).write_text(content, encoding="utf-8")
