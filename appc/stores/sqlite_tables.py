"""The tables of the SQLite store."""

from appc.sqlite_file import Schema

SCHEMA = Schema(
    "store",
    1,
    """
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
""",
)
