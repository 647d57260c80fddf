"""Leases on Redis."""

from datetime import timedelta

from appc.stores.redis.indexes import Moment, Scored, ask_moment, drop, moment_of, scored
from appc.stores.redis.outbox import RedisOutbox
from appc.stores.redis.records import Records
from appc.stores.redis.rounds import Command, Server
from appc.stores.redis.scripts import JOIN, LEAVE, RENEW
from appc.stores.redis.time import microseconds


class RedisLeases:
    """Who is alive, and what the dead still own."""

    def __init__(self, server: Server, records: Records, outbox: RedisOutbox) -> None:
        self._server = server
        self._records = records
        self._outbox = outbox

    def join(self, controller_id: str, lease: timedelta) -> str:
        """See Leases."""
        keys, now = [self._server.keys.leases], self._server.clock.argument
        # should it be sent twice, the first of two lives is over before anybody knows it
        life = self._ask(JOIN.call(keys, now, controller_id, microseconds(lease)))
        return f"{controller_id}#{life}"

    def renew(self, owner: str, lease: timedelta) -> bool:
        """See Leases."""
        controller_id, _, life = owner.rpartition("#")
        keys, now = [self._server.keys.leases], self._server.clock.argument
        return self._ask(RENEW.call(keys, now, controller_id, microseconds(lease), life)) == 1

    def leave(self, owner: str) -> None:
        """See Leases."""
        controller_id, _, life = owner.rpartition("#")
        self._ask(LEAVE.call([self._server.keys.leases], controller_id, life))

    def dead(self) -> list[str]:
        """See Leases."""
        at, owners = self._owners()
        dead: list[str] = []
        nothing: list[Scored] = []
        for member, written_by_us in owners:
            owner = member.decode()
            if owner in at.alive:
                continue
            if self._owns(owner):
                dead.append(owner)
            elif at.over(written_by_us):
                nothing.append((member, written_by_us))
        drop(self._server, self._server.keys.owners, nothing)
        return sorted(dead)

    def tidy(self) -> None:
        """Clear away what the indexes of all owners hold too much. Raises: Unavailable."""
        for member, _ in self._owners()[1]:
            self._owns(member.decode())

    def _owners(self) -> tuple[Moment, list[Scored]]:
        question: Command = ("ZRANGE", self._server.keys.owners, 0, -1, "WITHSCORES")
        now, owners = self._server.run([ask_moment(self._server), question]).stages[0]
        return moment_of(self._server, now), scored(owners)

    def _owns(self, owner: str) -> bool:
        # both are asked: each clears its index away
        return any([*self._records.begun_by([owner]), *self._outbox.unpublished([owner])])

    def _ask(self, question: Command) -> int | None:
        reply: int | None = self._server.run([question]).stages[0][0]
        return reply
