"""The only poll loop: one thread for each cloud looks for all who wait there.

One who waits is served by `GET /servers/<id>`, several by one list of the servers that changed since the earliest of
them began to wait. A list is only a short cut: a server it does not show (the clocks of the cloud differ, the list has
more pages, another project) is asked for by itself, so a wait never hangs on how well the list filters.
"""

import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Condition, Event, Thread, current_thread
from typing import TYPE_CHECKING, Any

from appc.southbound.openstack.errors import CloudFailure

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
#: What can be waited for, as it stands in the path.
SERVERS, IMAGES = "servers", "images"
#: How far the clocks of a cloud's hosts may differ, in seconds.
_SKEW_S = 60.0


@dataclass(frozen=True)
class Sighting:
    """The latest look: the JSON of what is waited for (None: it is gone), or why nobody could look."""

    body: Mapping[str, Any] | None = None
    failure: CloudFailure | None = None


@dataclass(eq=False)
class Watch:
    """One wait for a server or an image.

    `since`: the cloud's own time, in seconds since the epoch, from which on changes matter.
    """

    kind: str
    id: str
    request_id: str
    since: float | None = None
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

    def seen(self, body: Mapping[str, Any] | None) -> None:
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
        together = _worth_a_list(due)
        listed: dict[str, Mapping[str, Any]] = {}
        if together:
            try:
                listed = self._list(together)
            except CloudFailure as failure:
                if failure.passing:
                    for watch in together:
                        watch.failed(failure)
                    due = [watch for watch in due if watch not in together]
        for watch in due:
            if watch.id in listed:
                watch.seen(listed[watch.id])
            else:
                self._look_at(watch)

    def _look_at(self, watch: Watch) -> None:
        connection = self._connection
        try:
            service = connection.compute if watch.kind == SERVERS else connection.image
            body = service.get(f"/{watch.kind}/{watch.id}", watch.request_id).body
        except CloudFailure as failure:
            watch.seen(None) if failure.http_status == 404 else watch.failed(failure)
        else:
            watch.seen(body.get("server", body))

    def _list(self, watches: list[Watch]) -> dict[str, Mapping[str, Any]]:
        since = datetime.fromtimestamp(min(watch.since or 0.0 for watch in watches), UTC)
        path = f"/servers/detail?changes-since={since:%Y-%m-%dT%H:%M:%SZ}"
        servers = self._connection.compute.get(path, watches[0].request_id).body.get("servers", [])
        return {server["id"]: server for server in servers}


def _worth_a_list(due: list[Watch]) -> list[Watch]:
    """The servers that one list serves well; none where that is not worth it."""
    servers = [watch for watch in due if watch.kind == SERVERS and watch.since is not None]
    newest = max((watch.since or 0.0 for watch in servers), default=0.0)
    # One that has not changed for long would make the list long: it shows all that changed since then.
    recent = [watch for watch in servers if (watch.since or 0.0) >= newest - 2 * _SKEW_S]
    return recent if len(recent) > 1 else []


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
