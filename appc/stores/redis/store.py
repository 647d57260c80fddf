"""Ledger, RequestQueue, Outbox, Leases and Documents on Redis: what several machines share.

Each VNF is a slot of its own, read, decided on in Python, and written if it is unchanged; whatever spans VNFs is an
index that may hold too much for a moment, never too little. What an index says counts only as far as the VNF agrees.
"""

import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import redis
from redis.backoff import ExponentialWithJitterBackoff, NoBackoff
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    NoScriptError,
    RedisClusterException,
    RedisError,
    ResponseError,
)
from redis.retry import Retry

from appc.lcm.ports.bus import Message, Offsets
from appc.lcm.ports.clock import Clock
from appc.lcm.ports.failures import Misconfigured, Unavailable
from appc.lcm.ports.store import Change, Stored, Waiting
from appc.lcm.record import RequestRecord
from appc.stores.redis.documents import RedisDocuments
from appc.stores.redis.keys import Keys
from appc.stores.redis.leases import RedisLeases
from appc.stores.redis.ledger import Decisions
from appc.stores.redis.outbox import RedisOutbox
from appc.stores.redis.persistence import NAMES, lacks
from appc.stores.redis.queue import Queue
from appc.stores.redis.records import Records
from appc.stores.redis.rounds import Command, Replies
from appc.stores.redis.scripts import SCRIPTS
from appc.stores.redis.time import StoreClock

#: Changes with every change of what is kept; a store of a newer version is refused.
FORMAT = 1

#: How long Redis may take to accept a connection, and to answer, in seconds.
_CONNECT_S, _ANSWER_S = 2.0, 5.0
#: How often something is sent again after a lost connection; the pauses grow from the first to the last, in seconds.
_AGAIN, _FIRST_PAUSE_S, _LAST_PAUSE_S = 3, 0.05, 0.5

#: redis-py puts the command into the error's text: it may hold a payload.
_COMMAND = re.compile(r"^Command # .* of pipeline caused error: ", re.DOTALL)

#: What a URL may say besides the address.
_OPTIONS = frozenset(
    {"client_name", "db", "health_check_interval", "max_connections", "password", "username"}
    | {"socket_connect_timeout", "socket_keepalive", "socket_timeout"}
    | {"ssl_ca_certs", "ssl_ca_path", "ssl_certfile", "ssl_cert_reqs", "ssl_check_hostname", "ssl_keyfile"}
)
#: What is the same for every connection; a URL's timeouts take the place of these.
_CONNECTION: dict[str, Any] = {
    "socket_connect_timeout": _CONNECT_S,
    "socket_timeout": _ANSWER_S,
    "protocol": 2,  # known to every server; the replies of raw commands differ in the next one
    "retry": Retry(NoBackoff(), 0),  # what may be sent again is known here, not there
}

_Client = redis.Redis | redis.RedisCluster


class RedisStore:
    """All store ports. The store's clock is Redis' own; `clock` takes its place in tests.

    Nothing is connected before it is needed. `prefix` begins every key. Raises: Misconfigured for a URL with
    an option that is not known.
    """

    def __init__(self, url: str, clock: Clock | None = None, prefix: str = "appc") -> None:
        self._link = RedisLink(url, Keys(prefix), StoreClock(clock))
        self._decisions = Decisions(self._link)
        self._records = Records(self._link)
        self._queue = Queue(self._link)
        self._outbox = RedisOutbox(self._link)
        self._leases = RedisLeases(self._link, self._records, self._outbox)
        self._documents = RedisDocuments(self._link)

    def close(self) -> None:
        """Release all connections; idempotent."""
        self._link.close()

    def persistence_warnings(self) -> tuple[str, ...]:
        """What can be lost by how Redis is configured, one line each (contract section 7). Raises: Unavailable."""
        return lacks(self._link.configurations())

    def update_many(self, changes: Sequence[Change], owner: str) -> list[Stored]:
        """See Ledger."""
        return self._decisions.update_many(changes, owner)

    def begun_by(self, owners: Sequence[str]) -> list[RequestRecord]:
        """See Ledger."""
        return self._records.begun_by(owners)

    def prune(self, finished_before: datetime) -> int:
        """See Ledger."""
        self._leases.tidy()
        return self._records.prune(finished_before)

    def waiting(self, per_lane: int) -> list[Waiting]:
        """See RequestQueue."""
        return self._queue.waiting(per_lane)

    def expired(self) -> list[Waiting]:
        """See RequestQueue."""
        return self._queue.expired()

    def length(self) -> int:
        """See RequestQueue."""
        return self._queue.length()

    def unpublished(self, owners: Sequence[str]) -> list[tuple[int, Message]]:
        """See Outbox."""
        return self._outbox.unpublished(owners)

    def published(self, answer_ids: Sequence[int]) -> None:
        """See Outbox."""
        self._outbox.published(answer_ids)

    def forget(self, topic: str, committed: Offsets) -> None:
        """See Outbox."""
        self._outbox.forget(topic, committed)

    def join(self, controller_id: str, lease: timedelta) -> str:
        """See Leases."""
        return self._leases.join(controller_id, lease)

    def renew(self, owner: str, lease: timedelta) -> bool:
        """See Leases."""
        return self._leases.renew(owner, lease)

    def leave(self, owner: str) -> None:
        """See Leases."""
        self._leases.leave(owner)

    def dead(self) -> list[str]:
        """See Leases."""
        return self._leases.dead()

    def get(self, kind: str, id: str) -> tuple[dict[str, Any], int] | None:
        """See Documents."""
        return self._documents.get(kind, id)

    def put(self, kind: str, id: str, document: Mapping[str, Any], expected: int | None = None) -> int | None:
        """See Documents."""
        return self._documents.put(kind, id, document, expected)

    def delete(self, kind: str, id: str) -> None:
        """See Documents."""
        self._documents.delete(kind, id)

    def ids(self, kind: str, untouched_since: datetime | None = None) -> list[str]:
        """See Documents."""
        return self._documents.ids(kind, untouched_since)


class RedisLink:
    """The connections to one server, or to a cluster. See Server."""

    def __init__(self, url: str, keys: Keys, clock: StoreClock) -> None:
        self.keys = keys
        self.clock = clock
        self._url = url
        self._name = _shown(url)
        self._pool = _pool(url, self._name)
        self._client: _Client | None = None
        self._later: list[Command] = []
        self._closed = False
        self._lock = threading.Lock()
        self._opening = threading.Lock()

    def run(self, *stages: Sequence[Command], repeatable: bool = True) -> Replies:
        """See Server."""
        with self._lock:
            left, self._later = self._later, []
        try:
            replies = self._sent([left, *stages], repeatable)
        except BaseException:
            self.later(left)
            raise
        return Replies(replies.stages[1:], replies.repeated)

    def later(self, commands: Iterable[Command]) -> None:
        """See Server."""
        with self._lock:
            self._later += commands

    def configurations(self) -> list[dict[str, str]]:
        """The configuration of each server, as far as it tells. Raises: Unavailable."""
        with self._unavailable():
            client = self._connected()
            if isinstance(client, redis.Redis):
                return [_configuration(client)]
            nodes: Any = client.nodes_manager.get_nodes_by_server_type("primary")
            return [_configuration(client.get_redis_connection(node)) for node in nodes]

    def close(self) -> None:
        """Send what was left for later, and disconnect; idempotent."""
        if self._later and not self._closed:
            with suppress(Unavailable):
                self.run()
        self._closed = True
        if isinstance(self._client, redis.RedisCluster):
            self._client.close()
        self._pool.disconnect()

    # ------------------------------------------------------------ sending

    def _sent(self, stages: Sequence[Sequence[Command]], repeatable: bool) -> Replies:
        lost: list[Exception] = []
        retry = Retry(
            ExponentialWithJitterBackoff(_LAST_PAUSE_S, _FIRST_PAUSE_S),
            _AGAIN if repeatable else 0,
            (redis.ConnectionError,),
        )
        with self._unavailable():
            replies = retry.call_with_retry(lambda: self._send(stages), lost.append, _may_pass)
        return Replies(replies, bool(lost))

    def _send(self, stages: Sequence[Sequence[Command]]) -> list[list[Any]]:
        client = self._connected()
        if isinstance(client, redis.RedisCluster):
            return [self._pipelined(client, stage) for stage in stages]
        replies = iter(self._pipelined(client, [command for stage in stages for command in stage]))
        return [[next(replies) for _ in stage] for stage in stages]

    def _pipelined(self, client: _Client, commands: Sequence[Command]) -> list[Any]:
        replies = _execute(client, commands)
        unknown = [number for number, reply in enumerate(replies) if isinstance(reply, NoScriptError)]
        if unknown:  # Redis was restarted, or told to forget them: none of these was executed
            _load_scripts(client)
            again = _execute(client, [commands[number] for number in unknown])
            for number, reply in zip(unknown, again, strict=True):
                replies[number] = reply
        for reply in replies:
            if isinstance(reply, Exception):
                raise reply
        return replies

    def _connected(self) -> _Client:
        """The client; the first call finds out what it talks to."""
        if self._closed:
            raise Unavailable(f"the store {self._name} is closed")
        if self._client is None:
            with self._opening:
                self._client = self._client or self._opened()
        return self._client

    def _opened(self) -> _Client:
        client = self._found()
        _load_scripts(client)
        self._check_format(client)
        return client

    def _found(self) -> _Client:
        client = redis.Redis(connection_pool=self._pool)
        try:
            information: Any = client.info("cluster")
        except ResponseError:  # not allowed to ask: then it is one server
            return client
        if not information.get("cluster_enabled"):
            return client
        return redis.RedisCluster.from_url(self._url, **_CONNECTION)

    def _check_format(self, client: _Client) -> None:
        client.set(self.keys.format, FORMAT, nx=True)
        found: Any = client.get(self.keys.format)
        if found != str(FORMAT).encode():
            raise Unavailable(
                f"the store {self._name} has format {found.decode()}, this controller knows {FORMAT}: "
                "start the newer controller, or name another STORE_URL"
            )

    @contextmanager
    def _unavailable(self) -> Iterator[None]:
        try:
            yield
        except (RedisError, RedisClusterException, OSError) as error:
            text = _COMMAND.sub("", str(error)) or type(error).__name__
            # without its cause, which may hold a payload
            raise Unavailable(f"the store {self._name} does not answer: {text}") from None


def _execute(client: _Client, commands: Sequence[Command]) -> list[Any]:
    if not commands:
        return []
    # One server takes all in one step: one write to its disk, and nobody sees half of it. A cluster cannot.
    pipeline = client.pipeline(transaction=isinstance(client, redis.Redis) and len(commands) > 1)
    for command in commands:
        pipeline.execute_command(*command)
    replies: list[Any] = pipeline.execute(raise_on_error=False)
    return replies


def _load_scripts(client: _Client) -> None:
    if isinstance(client, redis.RedisCluster):
        for script in SCRIPTS:
            client.script_load(script.text)
    else:
        _execute(client, [("SCRIPT LOAD", script.text) for script in SCRIPTS])


def _configuration(server: redis.Redis) -> dict[str, str]:
    try:
        found: Any = [server.config_get(name) for name in NAMES]
    except ResponseError:  # not allowed to ask
        return {}
    return {str(name): str(value) for each in found for name, value in each.items()}


def _may_pass(error: Exception) -> bool:
    return not isinstance(error, AuthenticationError | AuthorizationError)


def _pool(url: str, name: str) -> redis.ConnectionPool:
    try:
        if unknown := sorted({option for option, _ in parse_qsl(urlsplit(url).query)} - _OPTIONS):
            raise ValueError(f"{', '.join(unknown)}: not an option; options are {', '.join(sorted(_OPTIONS))}")
        pool = redis.ConnectionPool.from_url(url, **_CONNECTION)
        pool.connection_class(**pool.connection_kwargs)  # tells what does not fit, connects nothing
    except (TypeError, ValueError) as error:
        raise Misconfigured([f"STORE_URL {name}: {error}"]) from None
    return pool


def _shown(url: str) -> str:
    """The address without user, password and options."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}:{parts.port or 6379}{parts.path if parts.path != '/' else ''}"
