"""One SQLite file of the state directory: how it is opened, and one transaction at a time on it."""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from appc.lcm.ports.failures import Unavailable

#: SQLite's own wait for a lock, in seconds. It looks ever more rarely, up to every 100 ms, and so starves
#: beside a busy writer; a short wait, begun again and again, gets its turn.
_TRY_S = 0.005


@dataclass(frozen=True)
class Schema:
    """What a file holds. `version` changes with every change of the tables; a file of another one is refused."""

    holds: str
    version: int
    tables: str


class SqliteFile:
    """A connection that threads take turns on; processes take turns by SQLite's own locks.

    `path` None keeps everything in memory. `busy_s`: how long a writer of another process is waited for.
    Raises: Unavailable if the file cannot be opened or has another schema version.
    """

    def __init__(self, path: Path | None, schema: Schema, busy_s: float) -> None:
        self._path = path
        self._schema = schema
        self._busy_s = busy_s
        self._lock = threading.RLock()
        with self._unavailable():
            if path:
                _make_private(path)
            self._db = sqlite3.connect(
                path or ":memory:", timeout=_TRY_S, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare()
            except BaseException:
                self._db.close()
                raise

    def _prepare(self) -> None:
        self._patiently("PRAGMA journal_mode = WAL")
        # FULL: what is committed survives a power cut. secure_delete: what is redacted is overwritten.
        # The limit gives back what a burst of large messages took.
        for setting in ("synchronous = FULL", "secure_delete = ON", "journal_size_limit = 16777216"):
            self._db.execute(f"PRAGMA {setting}")
        with self.writing() as db:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                for statement in self._schema.tables.split(";"):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {self._schema.version}")
            elif version != self._schema.version:
                raise Unavailable(
                    f"{self._path} has {self._schema.holds} version {version}, this controller knows "
                    f"{self._schema.version}: start the newer controller, or name another STATE_DIR"
                )

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Everything inside is stored, durably, or nothing. Raises: Unavailable."""
        with self._lock, self._unavailable(), self._db:
            self._patiently("BEGIN IMMEDIATE")
            yield self._db

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Everything inside sees the file as of one moment. Raises: Unavailable."""
        with self._lock, self._unavailable(), self._db:
            self._db.execute("BEGIN")
            self._patiently("PRAGMA user_version")  # any reading takes the lock that the rest is read under
            yield self._db

    def data_version(self) -> int:
        """A number that is another one after each change by another process. Raises: Unavailable."""
        with self._lock, self._unavailable():
            return int(self._db.execute("PRAGMA data_version").fetchone()[0])

    def checkpoint(self) -> None:
        """Move everything from the log into the file, and empty the log: what was overwritten is gone from both."""
        with self._lock, self._unavailable():
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Release the file; idempotent."""
        with self._lock:
            self._db.close()

    def _patiently(self, statement: str) -> None:
        deadline = time.monotonic() + self._busy_s
        while True:
            try:
                self._db.execute(statement).fetchall()
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise

    @contextmanager
    def _unavailable(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            where = self._path or "in memory"
            raise Unavailable(f"the {self._schema.holds} {where} does not answer: {error}") from error


def _make_private(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # The file is made first, so that it is never readable by others. One that is there is not opened:
    # closing it would drop the locks of this process's other connections (POSIX).
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    path.chmod(0o600)
    path.chmod(0o600)
