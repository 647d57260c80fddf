"""The only poll loop: one thread for each entry of clouds.yaml, a cloud and a project, looks for all who wait there.

One who waits is served by `GET /servers/<id>`, several by one list of the servers that changed since the earliest of
them began to wait.
"""

import math
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from threading import Condition, Event, Thread, current_thread
from typing import TYPE_CHECKING

from appc.southbound.openstack.errors import CloudFailure
from appc.southbound.openstack.looks import SERVERS, Body, Listing, look, look_at_many

if TYPE_CHECKING:
    from appc.southbound.openstack.connection import Answer, CloudConnection

#: The first look, in seconds; every later one waits longer by the factor, up to the longest.
_FIRST_S, _FACTOR, _LONGEST_S = 0.1, 1.5, 2.0
#: Where a look fails, the next one waits twice as long, up to this.
_LONGEST_AFTER_FAILURE_S = 10.0
#: Looks that are due this soon are taken together.
_TOGETHER_S = 0.05
#: The thread ends when nobody has waited for this long.
_IDLE_S = 5.0
#: How far the clocks of a cloud's hosts may differ, in seconds.
_SKEW_S = 60.0


@dataclass(frozen=True)
class Sighting:
    """The latest look: the JSON of what is waited for (None: it is gone), or why nobody could look."""

    body: Body | None = None
    failure: CloudFailure | None = None


@dataclass(eq=False)
class Watch:
    """One wait for a server, an image, a volume or a snapshot of a volume.

    `since`: the cloud's own time, in seconds since the epoch, from which on changes matter; `project`: whose it is,
    without dashes, where that is known.
    """

    kind: str
    id: str
    request_id: str
    since: float | None = None
    project: str | None = None
    due: float = field(default_factory=lambda: time.monotonic() + _FIRST_S)
    pause_s: float = _FIRST_S
    sighting: Sighting = field(default_factory=Sighting)
    _news: Event = field(default_factory=Event)

    def news(self, timeout_s: float) -> Sighting | None:
        """The latest sighting as soon as there is a new one; None at the time-out."""
        if not self._news.wait(timeout_s):
            return None
        self._news.clear()
        return self.sighting

    def seen(self, body: Body | None) -> None:
        """It was looked at."""
        updated = _seconds(body and body.get("updated"))
        if updated is not None:
            self.since = max(self.since or 0.0, updated)
        self._tell(Sighting(body), _FACTOR, _LONGEST_S)

    def failed(self, failure: CloudFailure) -> None:
        """Nobody could look."""
        self._tell(Sighting(failure=failure), 2, _LONGEST_AFTER_FAILURE_S)

    def _tell(self, sighting: Sighting, factor: float, longest_s: float) -> None:
        self.pause_s = min(self.pause_s * factor, longest_s)
        self.due = time.monotonic() + self.pause_s
        self.sighting = sighting
        self._news.set()


class Poller:
    """Looks for everyone who waits on one cloud."""

    def __init__(self, connection: "CloudConnection", idle_s: float = _IDLE_S) -> None:
        self._connection = connection
        self._idle_s = idle_s
        self._changed = Condition()
        self._watches: list[Watch] = []
        self._thread: Thread | None = None

    @contextmanager
    def watch(self, watch: Watch) -> Iterator[Watch]:
        """Look for it, again and again, until the block is left."""
        with self._changed:
            self._watches.append(watch)
            self._changed.notify()
        self.ensure()
        try:
            yield watch
        finally:
            with self._changed:
                self._watches.remove(watch)
                self._changed.notify()

    def ensure(self) -> None:
        """Start the thread where none runs: it ends when idle, or by a defect, which its traceback shows."""
        with self._changed:
            if self._thread is None:
                self._thread = Thread(target=self._serve, name=f"waits-{self._connection.cloud.name}", daemon=True)
                self._thread.start()

    def _serve(self) -> None:
        try:
            while due := self._next():
                self._look(due)
        finally:
            with self._changed:
                if self._thread is current_thread():
                    self._thread = None

    def _next(self) -> list[Watch]:
        """The watches that are due, as soon as there are some; none after an idle time."""
        with self._changed:
            while True:
                now = time.monotonic()
                earliest = min((watch.due for watch in self._watches), default=math.inf)
                if earliest <= now:
                    return [watch for watch in self._watches if watch.due <= now + _TOGETHER_S]
                woken = self._changed.wait(earliest - now if self._watches else self._idle_s)
                if not self._watches and not woken:
                    # Under the lock, so that `ensure` starts a new one for whoever begins to wait from here on.
                    self._thread = None
                    return []

    def _look(self, due: list[Watch]) -> None:
        groups: defaultdict[tuple[str, str | None], list[Watch]] = defaultdict(list)
        for watch in due:
            groups[watch.kind, self._foreign(watch)].append(watch)
        for (kind, foreign), watches in groups.items():
            self._look_at_group(kind, foreign, watches)

    def _foreign(self, watch: Watch) -> str | None:
        """The watch's project, where an administrator looks into that of others."""
        cloud = self._connection.cloud
        return watch.project if cloud.admin and watch.project != cloud.project_id else None

    def _look_at_group(self, kind: str, foreign: str | None, watches: Sequence[Watch]) -> None:
        together = _worth_a_list(kind, watches)
        listed: dict[str, Body] = {}
        if together:
            ids = tuple(watch.id for watch in together)
            listing = Listing(kind, ids, min(watch.since or 0.0 for watch in together), foreign)
            try:
                listed = look_at_many(self._connection, listing, together[0].request_id)
            except CloudFailure as failure:
                if failure.passing:
                    for watch in together:
                        watch.failed(failure)
                    watches = [watch for watch in watches if watch not in together]
        for watch in watches:
            if watch.id in listed:
                watch.seen(listed[watch.id])
            else:
                self._look_at(watch)

    def _look_at(self, watch: Watch) -> None:
        try:
            watch.seen(look(self._connection, watch.kind, watch.id, watch.request_id))
        except CloudFailure as failure:
            watch.seen(None) if failure.http_status == 404 else watch.failed(failure)


def _worth_a_list(kind: str, due: Sequence[Watch]) -> Sequence[Watch]:
    """Those that one list serves well; none where that is not worth it."""
    if kind == SERVERS:
        due = [watch for watch in due if watch.since is not None]
        newest = max((watch.since or 0.0 for watch in due), default=0.0)
        # One that has not changed for long would make the list long: it shows all that changed since then.
        due = [watch for watch in due if (watch.since or 0.0) >= newest - 2 * _SKEW_S]
    return due if len(due) > 1 else []


def from_when(answer: "Answer", updated: object = None) -> float | None:
    """From when on, by the cloud's clock, changes matter to one who got this answer just now and saw it `updated`.

    None where neither says a time.
    """
    try:
        date = parsedate_to_datetime(answer.headers.get("date", "")).timestamp() - _SKEW_S
    except ValueError:
        date = None
    return max((moment for moment in (date, _seconds(updated)) if moment is not None), default=None)


def _seconds(text: object) -> float | None:
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except ValueError:
        return None
