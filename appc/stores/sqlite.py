"""Ledger, RequestQueue, Outbox, Leases and Documents on one SQLite file: the embedded default.

With a path of None everything is kept in memory: what unit tests use.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from appc.lcm.admission import Claim
from appc.lcm.phases import Phase
from appc.lcm.ports.bus import Message, Offsets
from appc.lcm.ports.clock import Clock
from appc.lcm.ports.store import Change, Decision, Stored, View, Waiting
from appc.lcm.record import Position, RequestRecord
from appc.lcm.request import RequestKey
from appc.lcm.vnf import VnfState
from appc.sqlite_file import SqliteFile
from appc.stores.serialisation import record_from_json, record_to_json, vnf_from_json, vnf_to_json
from appc.stores.sqlite_tables import SCHEMA

#: How many records with different ids ActionStatus looks at, at the most: two are already "several".
_SEARCH_LIMIT = 2

_CLAIM = "id, originator_id, request_id, sub_request_id, vnf_id, action, timestamp, phase, accepted_at, expires_at"

#: How long a writer of another process is waited for, in seconds.
_BUSY_S = 10.0


class SqliteStore:
    """All store ports. The store's clock is the machine's, given as `clock`."""

    def __init__(self, path: Path | None, clock: Clock) -> None:
        self._file = SqliteFile(path, SCHEMA, _BUSY_S)
        self._clock = clock

    def close(self) -> None:
        """Release the file; idempotent."""
        self._file.close()

    def persistence_warnings(self) -> tuple[str, ...]:
        """What can be lost by how the store is configured: nothing, every change is synchronised."""
        return ()

    # ------------------------------------------------------------ Ledger

    def update_many(self, changes: Sequence[Change], owner: str) -> list[Stored]:
        """See Ledger."""
        with self._file.writing() as db:
            batch = _Batch(db, self._clock.now(), owner)
            stored = [batch.apply(change) for change in changes]
            batch.save_states()
            return stored

    def begun_by(self, owners: Sequence[str]) -> list[RequestRecord]:
        """See Ledger."""
        with self._file.reading() as db:
            rows = db.execute(
                f"SELECT document FROM record WHERE phase = 'begun' AND owner IN ({_marks(owners)}) ORDER BY seq",
                owners,
            )
            return [record_from_json(document) for (document,) in rows]

    def prune(self, finished_before: datetime) -> int:
        """See Ledger."""
        with self._file.writing() as db:
            # within its TTL a finished request still keeps copies of its message off
            times = (finished_before.timestamp(), self._clock.now().timestamp())
            pruned = db.execute("DELETE FROM record WHERE finished_at < ? AND expires_at <= ?", times).rowcount
        self._file.checkpoint()  # payloads that were redacted since the last time are gone from the log, too
        return pruned

    # ------------------------------------------------------------ RequestQueue

    def waiting(self, per_lane: int) -> list[Waiting]:
        """See RequestQueue."""
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT id, vnf_id, lane, expires_at FROM (SELECT *, row_number() OVER (PARTITION BY lane ORDER BY seq)"
                " AS place FROM record WHERE phase = 'accepted' AND ready = 1) WHERE place <= ? ORDER BY seq",
                (per_lane,),
            )
            return [Waiting(id, vnf_id, lane, _moment(until)) for id, vnf_id, lane, until in rows]

    def expired(self) -> list[Waiting]:
        """See RequestQueue."""
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT id, vnf_id, lane, expires_at FROM record"
                " WHERE phase = 'accepted' AND ready = 1 AND expires_at <= ? ORDER BY seq",
                (self._clock.now().timestamp(),),
            )
            return [Waiting(id, vnf_id, lane, _moment(until)) for id, vnf_id, lane, until in rows]

    def length(self) -> int:
        """See RequestQueue."""
        with self._file.reading() as db:
            return int(db.execute("SELECT count(*) FROM record WHERE phase = 'accepted'").fetchone()[0])

    # ------------------------------------------------------------ Outbox

    def unpublished(self, owners: Sequence[str]) -> list[tuple[int, Message]]:
        """See Outbox."""
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT id, to_topic, key, value FROM answer"
                f" WHERE published = 0 AND owner IN ({_marks(owners)}) ORDER BY id",
                owners,
            )
            return [(row[0], Message(*row[1:])) for row in rows]

    def published(self, answer_ids: Sequence[int]) -> None:
        """See Outbox."""
        ids = (json.dumps(list(answer_ids)),)  # one parameter: there may be more answers than SQLite takes parameters
        these = "(SELECT value FROM json_each(?))"
        with self._file.writing() as db:
            db.execute(f"UPDATE record SET ready = 1 WHERE id IN (SELECT readies FROM answer WHERE id IN {these})", ids)
            db.execute(f"UPDATE answer SET published = 1 WHERE id IN {these}", ids)
            # without a position nobody can ask for it again
            db.execute(f"DELETE FROM answer WHERE id IN {these} AND topic IS NULL", ids)

    def forget(self, topic: str, committed: Offsets) -> None:
        """See Outbox."""
        with self._file.writing() as db:
            db.executemany(
                'DELETE FROM answer WHERE topic = ? AND partition = ? AND "offset" < ? AND published = 1',
                [(topic, partition, offset) for partition, offset in committed.items()],
            )

    # ------------------------------------------------------------ Leases

    def join(self, controller_id: str, lease: timedelta) -> str:
        """See Leases."""
        with self._file.writing() as db:
            (incarnation,) = db.execute(
                "INSERT INTO lease VALUES (?, 1, ?) ON CONFLICT (controller_id) DO UPDATE"
                " SET incarnation = incarnation + 1, until = excluded.until RETURNING incarnation",
                (controller_id, (self._clock.now() + lease).timestamp()),
            ).fetchone()
            return f"{controller_id}#{incarnation}"

    def renew(self, owner: str, lease: timedelta) -> bool:
        """See Leases."""
        controller_id, _, incarnation = owner.rpartition("#")
        with self._file.writing() as db:
            now = self._clock.now()  # taken inside: a lease may lapse while others write
            renewed = db.execute(
                "UPDATE lease SET until = ? WHERE controller_id = ? AND incarnation = ? AND until > ?",
                ((now + lease).timestamp(), controller_id, int(incarnation), now.timestamp()),
            )
            return renewed.rowcount == 1

    def leave(self, owner: str) -> None:
        """See Leases."""
        controller_id, _, incarnation = owner.rpartition("#")
        with self._file.writing() as db:
            db.execute(
                "UPDATE lease SET until = 0 WHERE controller_id = ? AND incarnation = ?",
                (controller_id, int(incarnation)),
            )

    def dead(self) -> list[str]:
        """See Leases."""
        with self._file.reading() as db:
            owners = db.execute(
                "SELECT owner FROM record WHERE phase = 'begun' UNION SELECT owner FROM answer WHERE published = 0"
            ).fetchall()
            alive = _alive(db, self._clock.now())
            return [owner for (owner,) in owners if owner not in alive]

    # ------------------------------------------------------------ Documents

    def get(self, kind: str, id: str) -> tuple[dict[str, Any], int] | None:
        """See Documents."""
        with self._file.reading() as db:
            row = db.execute("SELECT body, version FROM document WHERE kind = ? AND id = ?", (kind, id)).fetchone()
            return (json.loads(row[0]), row[1]) if row else None

    def put(self, kind: str, id: str, document: Mapping[str, Any], expected: int | None = None) -> int | None:
        """See Documents."""
        with self._file.writing() as db:
            row = db.execute("SELECT version FROM document WHERE kind = ? AND id = ?", (kind, id)).fetchone()
            present = row[0] if row else 0
            if expected is not None and expected != present:
                return None
            body = json.dumps(document)
            now = self._clock.now().timestamp()
            db.execute("REPLACE INTO document VALUES (?, ?, ?, ?, ?)", (kind, id, present + 1, body, now))
            return int(present + 1)

    def delete(self, kind: str, id: str) -> None:
        """See Documents."""
        with self._file.writing() as db:
            db.execute("DELETE FROM document WHERE kind = ? AND id = ?", (kind, id))

    def ids(self, kind: str, untouched_since: datetime | None = None) -> list[str]:
        """See Documents."""
        before = untouched_since.timestamp() if untouched_since else float("inf")
        with self._file.reading() as db:
            rows = db.execute("SELECT id FROM document WHERE kind = ? AND put_at < ? ORDER BY id", (kind, before))
            return [id for (id,) in rows]


class _Batch:
    """The changes of one `update_many`, inside its transaction: each VNF is read once and written once."""

    def __init__(self, db: sqlite3.Connection, now: datetime, owner: str) -> None:
        self._db = db
        self._now = now
        self._owner = owner
        self._alive = _alive(db, now)
        self._states: dict[str, VnfState] = {}
        self._changed: set[str] = set()

    def apply(self, change: Change) -> Stored:
        if change.position and (answers := self._answers_at(change.position)):
            return Stored(answers, redelivered=True)
        view = self._view(change)
        decision = change.decide(view)
        if decision.vnf is not view.vnf:
            self._states[change.vnf_id] = decision.vnf
            self._changed.add(change.vnf_id)
        if decision.record:
            self._save_record(decision.record)
        return Stored(self._save_answers(change, decision), decision.record)

    def save_states(self) -> None:
        self._db.executemany(
            "REPLACE INTO vnf VALUES (?, ?)", [(id, vnf_to_json(self._states[id])) for id in self._changed]
        )

    def _answers_at(self, at: Position) -> tuple[tuple[int, Message], ...]:
        rows = self._db.execute(
            "SELECT id, to_topic, key, value FROM answer"
            ' WHERE topic = ? AND partition = ? AND "offset" = ? ORDER BY id',
            (at.topic, at.partition, at.offset),
        )
        return tuple((row[0], Message(*row[1:])) for row in rows)

    def _view(self, change: Change) -> View:
        vnf = self._vnf(change.vnf_id)
        return View(
            vnf,
            self._now,
            claims=self._claims(change.key) if change.key else (),
            record=self._record(change.record_id) if change.record_id else None,
            found=self._found(change) if change.search else (),
            orphans=self._orphans(change.vnf_id) if vnf.in_progress else frozenset(),
            alive=self._owner in self._alive,
        )

    def _vnf(self, vnf_id: str) -> VnfState:
        if vnf_id not in self._states:
            row = self._db.execute("SELECT state FROM vnf WHERE vnf_id = ?", (vnf_id,)).fetchone()
            self._states[vnf_id] = vnf_from_json(row[0]) if row else VnfState(vnf_id)
        return self._states[vnf_id]

    def _claims(self, key: RequestKey) -> tuple[Claim, ...]:
        rows = self._db.execute(
            f"SELECT {_CLAIM} FROM record WHERE request_id = ? AND originator_id = ? AND sub_request_id IS ?"
            " AND (finished_at IS NULL OR expires_at > ?)",
            (key.request_id, key.originator_id, key.sub_request_id, self._now.timestamp()),
        )
        return tuple(
            Claim(id, RequestKey(*ids), vnf_id, action, timestamp, Phase(phase), _moment(accepted), _moment(expires))
            for id, *ids, vnf_id, action, timestamp, phase, accepted, expires in rows
        )

    def _record(self, record_id: str) -> RequestRecord | None:
        row = self._db.execute("SELECT document FROM record WHERE id = ?", (record_id,)).fetchone()
        return record_from_json(row[0]) if row else None

    def _found(self, change: Change) -> tuple[RequestRecord, ...]:
        search = change.search
        assert search is not None
        rows = self._db.execute(
            "SELECT document, max(seq) AS newest FROM record WHERE request_id = ?1 AND vnf_id = ?2"
            " AND (?3 IS NULL OR sub_request_id = ?3) AND (?4 IS NULL OR originator_id = ?4)"
            " GROUP BY originator_id, sub_request_id ORDER BY newest DESC LIMIT ?5",
            (search.request_id, change.vnf_id, search.sub_request_id, search.originator_id, _SEARCH_LIMIT),
        )
        return tuple(record_from_json(document) for document, _ in rows)

    def _orphans(self, vnf_id: str) -> frozenset[str]:
        rows = self._db.execute("SELECT id, owner FROM record WHERE vnf_id = ? AND phase = 'begun'", (vnf_id,))
        return frozenset(id for id, owner in rows if owner not in self._alive)

    def _save_record(self, record: RequestRecord) -> None:
        key = record.request.key
        self._db.execute(
            "INSERT INTO record (id, vnf_id, originator_id, request_id, sub_request_id, action, timestamp, phase, lane,"
            " owner, accepted_at, expires_at, finished_at, document) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET phase = excluded.phase, owner = excluded.owner,"
            " finished_at = excluded.finished_at, document = excluded.document",
            (
                *(record.id, record.request.vnf_id, key.originator_id, key.request_id, key.sub_request_id),
                *(record.request.action, record.request.header.timestamp, record.phase.value, record.task.lane),
                *(record.owner, record.accepted_at.timestamp(), record.expires_at.timestamp()),
                *(record.finished_at.timestamp() if record.finished_at else None, record_to_json(record)),
            ),
        )

    def _save_answers(self, change: Change, decision: Decision) -> tuple[tuple[int, Message], ...]:
        # A final answer is kept at the position of its request, so that a redelivery finds it too.
        at = change.position or (decision.record.position if decision.record else None)
        place = (at.topic, at.partition, at.offset) if at else (None, None, None)
        stored = []
        for answer in decision.answers:
            message = answer.message
            cursor = self._db.execute(
                'INSERT INTO answer (topic, partition, "offset", owner, readies, to_topic, key, value)'
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (*place, self._owner, answer.readies, message.topic, message.key, message.value),
            )
            stored.append((int(cursor.lastrowid or 0), message))
        return tuple(stored)


def _alive(db: sqlite3.Connection, now: datetime) -> frozenset[str]:
    rows = db.execute("SELECT controller_id || '#' || incarnation FROM lease WHERE until > ?", (now.timestamp(),))
    return frozenset(owner for (owner,) in rows)


def _marks(values: Iterable[object]) -> str:
    return ", ".join("?" for _ in values)


def _moment(timestamp: float) -> datetime:
    return datetime.fromtimestamp(timestamp, UTC)
