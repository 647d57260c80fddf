"""The file of the embedded bus: its tables, and one transaction at a time on them."""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from appc.lcm.ports import Delivery, Offsets, Unavailable
from appc.lcm.record import Position

#: Into how many partitions each topic is split: as many members of a group can share it.
PARTITIONS = 4

#: Changes with every change of the tables; a file of another version is refused.
SCHEMA_VERSION = 1

#: SQLite's own wait for a lock, in seconds. It looks ever more rarely, up to every 100 ms, and so starves
#: beside a busy writer; a short wait, begun again and again, gets its turn.
_TRY_S = 0.005

_TABLES = """
CREATE TABLE message (
    seq INTEGER PRIMARY KEY, -- the order of publishing, over all partitions
    topic TEXT NOT NULL, partition INTEGER NOT NULL, "offset" INTEGER NOT NULL,
    received_at REAL NOT NULL, key TEXT, value BLOB NOT NULL,
    UNIQUE (topic, partition, "offset")
);

-- where the next message goes: outlives the messages, so that no offset is used twice
CREATE TABLE topic_end (
    topic TEXT, partition INTEGER, "offset" INTEGER NOT NULL, PRIMARY KEY (topic, partition)
) WITHOUT ROWID;

CREATE TABLE committed (
    topic TEXT, consumer_group TEXT, partition INTEGER, "offset" INTEGER NOT NULL,
    PRIMARY KEY (topic, consumer_group, partition)
) WITHOUT ROWID;

CREATE TABLE member (
    seniority INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT,
    topic TEXT NOT NULL, consumer_group TEXT NOT NULL, seen REAL NOT NULL, lease_s REAL NOT NULL
);

CREATE TABLE owner (
    topic TEXT, consumer_group TEXT, partition INTEGER, member TEXT NOT NULL,
    PRIMARY KEY (topic, consumer_group, partition)
) WITHOUT ROWID;
"""


class TopicFile:
    """A connection that threads take turns on; processes take turns by SQLite's own locks.

    `busy_s`: how long a writer of another process is waited for. Raises: Unavailable if the file
    cannot be opened or has another schema version.
    """

    def __init__(self, path: Path, busy_s: float) -> None:
        self._path = path
        self._busy_s = busy_s
        self._lock = threading.RLock()
        with self._unavailable():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # The file is made first, so that it is never readable by others. One that is there is not opened:
            # closing it would drop the locks of this process's other connections (POSIX).
            with suppress(FileExistsError):
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            self._db = sqlite3.connect(path, timeout=_TRY_S, isolation_level=None, check_same_thread=False)
            try:
                self._prepare()
            except BaseException:
                self._db.close()
                raise

    def _prepare(self) -> None:
        self._patiently("PRAGMA journal_mode = WAL")
        # FULL: what is committed survives a power cut. The limit gives back what a burst of large messages took.
        for setting in ("synchronous = FULL", "journal_size_limit = 16777216"):
            self._db.execute(f"PRAGMA {setting}")
        with self.writing() as db:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                for statement in _TABLES.split(";"):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            elif version != SCHEMA_VERSION:
                raise Unavailable(
                    f"{self._path} has bus version {version}, this controller knows {SCHEMA_VERSION}: "
                    "start the newer controller, or name another STATE_DIR"
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

    def version(self) -> int:
        """A number that is another one after each change by another process. Raises: Unavailable."""
        with self._lock, self._unavailable():
            return int(self._db.execute("PRAGMA data_version").fetchone()[0])

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
            raise Unavailable(f"the bus {self._path} does not answer: {error}") from error


def end_of(db: sqlite3.Connection, topic: str, partition: int) -> int:
    """The offset after the last message."""
    found = db.execute(
        'SELECT "offset" FROM topic_end WHERE topic = ? AND partition = ?', (topic, partition)
    ).fetchone()
    return int(found[0]) if found else 0


def committed_of(db: sqlite3.Connection, topic: str, group: str) -> dict[int, int]:
    """The offsets that the group has committed, by partition."""
    sql = 'SELECT partition, "offset" FROM committed WHERE topic = ? AND consumer_group = ?'
    return dict(db.execute(sql, (topic, group)))


def messages_from(db: sqlite3.Connection, topic: str, offsets: Offsets, limit: int) -> list[Delivery]:
    """Up to `limit` messages from these offsets on, in the order of publishing; partitions not named are left out."""
    heads = 'SELECT seq FROM message WHERE topic = ? AND partition = ? AND "offset" >= ? ORDER BY "offset" LIMIT ?'
    # The index alone answers `heads`, so no value is read that is not delivered.
    seqs = sorted(seq for place in offsets.items() for (seq,) in db.execute(heads, (topic, *place, limit)))
    row = 'SELECT partition, "offset", key, value, received_at FROM message WHERE seq = ?'
    found = [db.execute(row, (seq,)).fetchone() for seq in seqs[:limit]]
    return [
        Delivery(Position(topic, partition, offset), key, value, datetime.fromtimestamp(received_at, UTC))
        for partition, offset, key, value, received_at in found
    ]
