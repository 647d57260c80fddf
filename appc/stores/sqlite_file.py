"""One SQLite file: how it is opened, and one transaction at a time on it."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from appc.lcm.ports import Unavailable

#: Changes with every change of the tables; a store of a newer version is refused.
SCHEMA_VERSION = 1

#: How long a writer of another process is waited for, in seconds.
_BUSY_S = 10.0

_TABLES = """
CREATE TABLE vnf (vnf_id TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE record (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE, vnf_id TEXT NOT NULL,
    originator_id TEXT NOT NULL, request_id TEXT NOT NULL, sub_request_id TEXT,
    action TEXT NOT NULL, timestamp TEXT NOT NULL, phase TEXT NOT NULL, lane TEXT NOT NULL,
    ready INTEGER NOT NULL DEFAULT 0, owner TEXT,
    accepted_at REAL NOT NULL, expires_at REAL NOT NULL, finished_at REAL,
    document TEXT NOT NULL
);
CREATE INDEX record_by_request ON record (request_id, originator_id);
CREATE INDEX record_accepted ON record (lane, seq) WHERE phase = 'accepted';
CREATE INDEX record_expiring ON record (expires_at) WHERE phase = 'accepted';
CREATE INDEX record_begun ON record (vnf_id, owner) WHERE phase = 'begun';
CREATE INDEX record_finished ON record (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE answer (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    topic TEXT, partition INTEGER, "offset" INTEGER,
    owner TEXT NOT NULL, readies TEXT, published INTEGER NOT NULL DEFAULT 0,
    to_topic TEXT NOT NULL, key TEXT, value BLOB NOT NULL
);
CREATE INDEX answer_by_position ON answer (topic, partition, "offset");
CREATE INDEX answer_unpublished ON answer (owner, id) WHERE published = 0;

CREATE TABLE lease (controller_id TEXT PRIMARY KEY, incarnation INTEGER NOT NULL, until REAL NOT NULL);

CREATE TABLE document (
    kind TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL, put_at REAL NOT NULL,
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;
"""


class SqliteFile:
    """A connection that threads take turns on; processes take turns by SQLite's own locks.

    `path` None keeps everything in memory. Raises: Unavailable if the file cannot be opened, or is
    of a newer version.
    """

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.RLock()
        if path:
            # the file is made first, so that it is never readable by others, not even for a moment
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._path = path
        self._connection = sqlite3.connect(
            path or ":memory:", timeout=_BUSY_S, isolation_level=None, check_same_thread=False
        )
        with self._unavailable():
            # FULL: what is committed survives a power cut. secure_delete: redacted payloads are overwritten.
            for setting in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
                self._connection.execute(f"PRAGMA {setting}")
        self._create()

    def _create(self) -> None:
        with self.transaction() as db:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                for statement in _TABLES.split(";"):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            elif version != SCHEMA_VERSION:
                raise Unavailable(
                    f"{self._path} has store version {version}, this controller knows {SCHEMA_VERSION}: "
                    "start the newer controller, or name another STATE_DIR"
                )

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Everything inside is stored, durably, or nothing. Raises: Unavailable."""
        with self._lock, self._unavailable():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Single statements that change nothing. Raises: Unavailable."""
        with self._lock, self._unavailable():
            yield self._connection

    @contextmanager
    def _unavailable(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise Unavailable(f"the store {self._path or 'in memory'} does not answer: {error}") from error

    def close(self) -> None:
        """Release the file; idempotent."""
        with self._lock:
            self._connection.close()
