"""Documents on Redis: all of a kind in one slot."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from appc.stores.redis.rounds import Server
from appc.stores.redis.scripts import PUT
from appc.stores.redis.time import microseconds


class RedisDocuments:
    """Small JSON documents, each behind a line with its version."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def get(self, kind: str, id: str) -> tuple[dict[str, Any], int] | None:
        """See Documents."""
        documents, _ = self._server.keys.documents(kind)
        kept = self._server.run([("HGET", documents, id)]).stages[0][0]
        if kept is None:
            return None
        version, _, body = kept.partition(b"\n")
        return json.loads(body), int(version)

    def put(self, kind: str, id: str, document: Mapping[str, Any], expected: int | None = None) -> int | None:
        """See Documents."""
        keys, now = self._server.keys.documents(kind), self._server.clock.argument
        put = PUT.call(keys, now, id, json.dumps(document), "" if expected is None else expected)
        # sent twice, it would find its own version and take it for another's
        version: int | None = self._server.run([put], repeatable=False).stages[0][0]
        return version

    def delete(self, kind: str, id: str) -> None:
        """See Documents."""
        self._server.run(
            [
                (command, key, id)
                for command, key in zip(("HDEL", "ZREM"), self._server.keys.documents(kind), strict=True)
            ]
        )

    def ids(self, kind: str, untouched_since: datetime | None = None) -> list[str]:
        """See Documents."""
        _, put = self._server.keys.documents(kind)
        before = f"({microseconds(untouched_since)}" if untouched_since else "+inf"
        ids = self._server.run([("ZRANGEBYSCORE", put, "-inf", before)]).stages[0][0]
        return sorted(id.decode() for id in ids)
