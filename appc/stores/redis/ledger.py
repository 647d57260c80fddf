"""Ledger.update_many on Redis: read, decide in Python, write each VNF that is unchanged; the others are tried again."""

import random
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain, count

from appc.lcm.ports.failures import Unavailable
from appc.lcm.ports.store import Change, Stored
from appc.lcm.record import Position
from appc.lcm.request import RequestKey
from appc.stores.redis.draft import VnfDraft, Writer
from appc.stores.redis.reading import BatchReading
from appc.stores.redis.rounds import Command, Server, merged
from appc.stores.redis.time import RisingNumbers, moment

#: How long a VNF or three ids that others change all the time are tried for, in seconds.
_PATIENCE_S = 10.0
#: The pause after the first conflict, and the longest one, in seconds.
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.001, 0.05

Numbered = tuple[int, Change]


class Decisions:
    """Makes changes, in as few round trips as there are conflicts: two where there is none."""

    def __init__(self, server: Server, patience_s: float = _PATIENCE_S) -> None:
        self._server = server
        self._patience_s = patience_s
        self._numbers = RisingNumbers()
        self._name = secrets.token_hex(8)
        self._attempts = count(1)

    def update_many(self, changes: Sequence[Change], owner: str) -> list[Stored]:
        """See Ledger."""
        stored: dict[int, Stored] = {}
        left: list[Numbered] = list(enumerate(changes))
        pauses = _pauses(self._patience_s)
        limit = len(left)
        while left:
            now = _apart(left)[:limit]
            made = _Attempt(self._server, owner, self._numbers, f"{self._name}.{next(self._attempts)}").make(now)
            stored |= made
            left = [each for each in left if each[0] not in stored]
            if not made:
                limit = max(1, limit // 2)  # so much may take longer than a decision may
            if len(made) < len(now):
                time.sleep(next(pauses))
        return [stored[number] for number in range(len(changes))]


def _pauses(patience_s: float) -> Iterator[float]:
    until = time.monotonic() + patience_s
    pause_s = _FIRST_PAUSE_S
    while time.monotonic() < until:
        yield random.uniform(0, pause_s)
        pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
    raise Unavailable(f"the store is too busy: others have changed the same for {patience_s} s")


def _apart(changes: Sequence[Numbered]) -> list[Numbered]:
    """What can be decided at once; the others must see its effect first.

    A position or three ids on several VNFs are decided one VNF after the other: what becomes of the first may
    be overtaken by another controller, and the second must not have been judged by it.
    """
    now: list[Numbered] = []
    users: dict[Position | RequestKey, str] = {}
    waiting: set[str] = set()
    for number, change in changes:
        marks = [mark for mark in (change.position, change.key) if mark]
        if change.vnf_id in waiting or any(users.setdefault(mark, change.vnf_id) != change.vnf_id for mark in marks):
            waiting.add(change.vnf_id)
        else:
            now.append((number, change))
    return now


class _Attempt:
    """One try of some changes. `name` tells what it writes, and the keys it holds, from all others."""

    def __init__(self, server: Server, owner: str, numbers: RisingNumbers, name: str) -> None:
        self._server = server
        self._owner = owner
        self._numbers = numbers
        self._name = name
        self._reading = BatchReading(server, name)

    def make(self, changes: Sequence[Numbered]) -> dict[int, Stored]:
        """Make them; what is missing in the result met with a conflict and is to be tried again."""
        try:
            at = self._reading.read([change for _, change in changes])
            free = self._free(changes)
            self._reading.read_closer([change for _, change in free], moment(at.now_us))
            drafts = self._drafts(Writer(self._owner, at, self._numbers))
            stored = {number: drafts[change.vnf_id].apply(change) for number, change in free}
            commits = self._commits(drafts)
        except Unavailable:
            raise
        except BaseException:  # nothing was written: nobody needs to wait until the keys are free again
            with suppress(Unavailable):
                self._server.run(self._reading.releases(()))
            raise
        written = self._write(drafts, commits)
        return {number: stored[number] for number, change in free if change.vnf_id in written}

    def _free(self, changes: Sequence[Numbered]) -> list[Numbered]:
        """What can be decided now; what comes behind something that cannot, on the same VNF, waits with it."""
        free: list[Numbered] = []
        written: set[str] = set()
        waiting: set[str] = set()
        for number, change in changes:
            if change.vnf_id not in waiting and self._reading.free(change, written):
                free.append((number, change))
                written.add(change.vnf_id)
            else:
                waiting.add(change.vnf_id)
        return free

    def _drafts(self, writer: Writer) -> dict[str, VnfDraft]:
        return {id: VnfDraft(vnf, self._server.keys, writer) for id, vnf in self._reading.vnfs.items()}

    def _commits(self, drafts: Mapping[str, VnfDraft]) -> dict[str, Command]:
        now = self._server.clock.argument
        commits = ((id, draft.commit(now, self._name)) for id, draft in drafts.items())
        return {id: commit for id, commit in commits if commit}

    def _write(self, drafts: Mapping[str, VnfDraft], commits: Mapping[str, Command]) -> set[str]:
        """Write each VNF that is unchanged and give the keys back, in one round trip; the VNFs that need nothing more.

        Where it fails the keys are not given back: what was sent may still arrive. Raises: Unavailable, also
        where nobody can say whether a VNF was written.
        """
        entries = merged(chain.from_iterable(draft.entries.before for draft in drafts.values()))
        entered = {record_id for draft in drafts.values() for record_id in draft.entered}
        replies = self._server.run(entries, list(commits.values()), self._reading.releases(entered))
        refused = {id for id, reply in zip(commits, replies.stages[1], strict=True) if reply != b"stored"}
        if refused and replies.repeated:
            raise Unavailable("an answer of the store was lost, and others have written since: the result is not known")
        written = drafts.keys() - refused
        self._server.later(merged(chain.from_iterable(drafts[id].entries.after for id in written)))
        return written
