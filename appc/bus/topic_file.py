"""The tables of the embedded bus, and how they are read."""

import sqlite3
from datetime import UTC, datetime

from appc.lcm.ports.bus import Delivery, Offsets
from appc.lcm.record import Position
from appc.sqlite_file import Schema

#: Into how many partitions each topic is split: as many members of a group can share it.
PARTITIONS = 4

SCHEMA = Schema(
    "bus",
    1,
    """
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
""",
)


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
