"""A store on Redis, for one test: a prefix of its own on a server that others use as well."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

import redis

from appc.stores.redis.store import RedisStore
from tests.contracts.store_place import Store
from tests.fakes.clock import FakeClock


def open_store(url: str, prefix: str) -> Store:
    """A handle in another process, on a clock of its own."""
    return RedisStore(url, FakeClock(), prefix)


class RedisPlace:
    """See StorePlace."""

    def __init__(self, url: str) -> None:
        self.clock = FakeClock()
        self.url = url
        self.prefix = f"test-{uuid4()}"
        self._handles: list[RedisStore] = []

    @property
    def opener(self) -> Callable[[], Store]:
        return partial(open_store, self.url, self.prefix)

    def open(self, url: str | None = None) -> RedisStore:
        """One more handle; `url`: another way to the same server."""
        store = RedisStore(url or self.url, self.clock, self.prefix)
        self._handles.append(store)
        return store

    def names(self) -> list[str]:
        """The names of the store's keys, without its prefix."""
        with redis.Redis.from_url(self.url) as client:
            return [key.decode().removeprefix(f"{self.prefix}:") for key in client.scan_iter(f"{self.prefix}:*")]

    def values(self) -> bytes:
        """All that the store holds."""
        with redis.Redis.from_url(self.url) as client:
            return b"\n".join(_value(client, key) for key in client.scan_iter(f"{self.prefix}:*"))

    def close_handles(self) -> None:
        """Close every handle."""
        for store in self._handles:
            store.close()

    def close(self) -> None:
        """Close every handle and leave nothing behind."""
        self.close_handles()
        with redis.Redis.from_url(self.url) as client:
            for key in client.scan_iter(f"{self.prefix}:*"):
                client.delete(key)


def _value(client: redis.Redis, key: bytes) -> bytes:
    read: dict[bytes, Callable[[], object]] = {
        b"string": lambda: client.get(key),
        b"hash": lambda: client.hgetall(key),
        b"list": lambda: client.lrange(key, 0, -1),
        b"set": lambda: client.smembers(key),
        b"zset": lambda: client.zrange(key, 0, -1),
    }
    kind: Any = client.type(key)
    return repr(read[kind]()).encode()
