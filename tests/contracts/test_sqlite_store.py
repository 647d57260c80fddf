"""The contract of the store on SQLite: on a file, and in memory."""

import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from appc.lcm.ports.failures import Unavailable
from appc.lcm.ports.store import Change, Decision, View
from appc.stores.sqlite import SqliteStore
from appc.stores.sqlite_tables import SCHEMA
from tests.contracts.store_contract import SharedStoreContract, StoreContract
from tests.contracts.store_place import (
    LEASE,
    Store,
    a_record,
    accept,
    answering,
    begun,
    finish,
    finished,
    publish,
    store_one,
)
from tests.fakes.clock import FakeClock
from tests.fakes.requests import a_request


def open_file(path: Path) -> Store:
    """A handle on the file in another process, on a clock of its own."""
    return SqliteStore(path, FakeClock())


class FilePlace:
    """A store in a file."""

    def __init__(self, path: Path) -> None:
        self.clock = FakeClock()
        self.path = path
        self._handles: list[Store] = []

    @property
    def opener(self) -> Callable[[], Store]:
        return partial(open_file, self.path)

    def open(self) -> Store:
        store = SqliteStore(self.path, self.clock)
        self._handles.append(store)
        return store

    def close(self) -> None:
        """Close every handle."""
        for store in self._handles:
            store.close()


class MemoryPlace:
    """A store in memory: it has one handle only."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self._store = SqliteStore(None, self.clock)

    @property
    def opener(self) -> Callable[[], Store]:
        raise NotImplementedError("memory is not shared between processes")

    def open(self) -> Store:
        return self._store

    def close(self) -> None:
        """Forget everything."""
        self._store.close()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[FilePlace]:
    """An empty store in a file."""
    place = FilePlace(tmp_path / "state" / "store.db")
    yield place
    place.close()


class TestSqliteFile(StoreContract):
    """One handle on a file."""


class TestSqliteFileShared(SharedStoreContract):
    """Several handles on one file."""


class TestSqliteMemory(StoreContract):
    """In memory: what unit tests use."""

    @pytest.fixture
    def place(self) -> Iterator[MemoryPlace]:
        """An empty store in memory."""
        place = MemoryPlace()
        yield place
        place.close()


# ------------------------------------------------------------ the file


def files(place: FilePlace) -> dict[str, bytes]:
    """The store's files and what is in them."""
    return {path.name: path.read_bytes() for path in place.path.parent.iterdir()}


def test_every_file_is_for_its_owner_only(place: FilePlace) -> None:
    """Mode 0600 for the file and for what SQLite puts beside it, 0700 for a new folder."""
    store = place.open()
    accept(store, store.join("c", LEASE), a_record())
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in place.path.parent.iterdir()}
    assert set(modes) == {"store.db", "store.db-wal", "store.db-shm"}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(place.path.parent.stat().st_mode) == 0o700


def test_a_file_that_others_could_read_is_closed_to_them(place: FilePlace) -> None:
    """Whoever has made it."""
    place.path.parent.mkdir()
    place.path.touch(0o644)
    place.open()
    assert stat.S_IMODE(place.path.stat().st_mode) == 0o600


@pytest.mark.parametrize("size", [pytest.param(1, id="short"), pytest.param(20_000, id="of several pages")])
def test_a_secret_is_gone_from_the_disk_after_the_final_answer(place: FilePlace, size: int) -> None:
    """Until then the payload is kept; afterwards no byte of the secret is left, in no file of the store."""
    secret = "hush-4711-" * size
    store = place.open()
    owner = store.join("c", LEASE)
    records = [a_record(a_request("Configure", payload=f'{{"password": "{secret}"}}')) for _ in range(5)]
    for record in records:
        begun(store, owner, record)
    assert any(b"hush-4711" in content for content in files(place).values())
    for record in records:
        publish(store, finish(store, owner, record))
    store.close()
    assert [name for name, content in files(place).items() if b"hush-4711" in content] == []


def test_a_pruned_record_is_gone_from_the_disk(place: FilePlace) -> None:
    """Overwritten, not only unlinked."""
    store = place.open()
    finished(store, store.join("c", LEASE), a_record(a_request("Configure", request_id="gone-4711")))
    place.clock.advance(3600)
    assert store.prune(place.clock.now()) == 1
    store.forget("requests", {0: 10**9})
    store.close()
    assert not any(b"gone-4711" in content for content in files(place).values())


def test_what_is_stored_survives_without_being_closed(place: FilePlace, tmp_path: Path) -> None:
    """A copy of the files, as a crash leaves them, has everything."""
    store = place.open()
    accept(store, store.join("c", LEASE), a_record())
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    for name, content in files(place).items():
        (crashed / name).write_bytes(content)
    survivor = SqliteStore(crashed / "store.db", place.clock)
    assert survivor.length() == 1
    survivor.close()


# ------------------------------------------------------------ what cannot be opened or reached


@pytest.mark.parametrize("version", [SCHEMA.version + 1, 999])
def test_a_store_of_a_newer_version_is_refused_and_left_alone(place: FilePlace, version: int) -> None:
    """It says which version, and what to do."""
    place.open().close()
    set_version(place.path, version)
    with pytest.raises(Unavailable, match=rf"version {version}.*newer controller"):
        place.open()
    set_version(place.path, SCHEMA.version)
    place.open()


def set_version(path: Path, version: int) -> None:
    """Make it a store of this version."""
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA user_version = {version}")
    db.close()


def test_a_file_that_is_no_store_is_unavailable(place: FilePlace) -> None:
    """And stays as it is."""
    place.path.parent.mkdir()
    place.path.write_bytes(b"a diary" * 1000)
    with pytest.raises(Unavailable, match=r"store\.db"):
        place.open()
    assert place.path.read_bytes() == b"a diary" * 1000


def test_a_path_that_cannot_be_opened_is_unavailable(place: FilePlace) -> None:
    """A folder stands in its place."""
    place.path.mkdir(parents=True)
    with pytest.raises(Unavailable, match=r"store\.db"):
        place.open()


def test_a_closed_store_is_unavailable(place: FilePlace) -> None:
    """In every port."""
    store = place.open()
    store.close()
    calls: list[Callable[[], object]] = [
        lambda: store.update_many([answering("x")], "c#1"),
        lambda: store.begun_by(["c#1"]),
        lambda: store.prune(place.clock.now()),
        lambda: store.waiting(1),
        store.expired,
        store.length,
        lambda: store.unpublished(["c#1"]),
        lambda: store.published([1]),
        lambda: store.forget("requests", {0: 1}),
        lambda: store.join("c", LEASE),
        lambda: store.renew("c#1", LEASE),
        lambda: store.leave("c#1"),
        store.dead,
        lambda: store.get("kind", "id"),
        lambda: store.put("kind", "id", {}),
        lambda: store.delete("kind", "id"),
        lambda: store.ids("kind"),
    ]
    for call in calls:
        with pytest.raises(Unavailable):
            call()


def test_a_renewal_that_had_to_wait_is_judged_when_it_is_its_turn(place: FilePlace) -> None:
    """A lease that lapses meanwhile is not brought back to life."""
    store, other = place.open(), place.open()
    owner = store.join("c", timedelta(seconds=10))
    inside, go_on = threading.Event(), threading.Event()

    def slow(view: View) -> Decision:
        inside.set()
        assert go_on.wait(30)
        return Decision(view.vnf)

    renewed: list[bool] = []
    writer = threading.Thread(target=lambda: store_one(other, "d#1", Change("vnf-1", slow)))
    writer.start()
    assert inside.wait(30)
    renewer = threading.Thread(target=lambda: renewed.append(store.renew(owner, LEASE)))
    renewer.start()
    renewer.join(0.2)  # it waits for the writer now, or will do so later: either way its turn comes after the lapse
    place.clock.advance(10)
    go_on.set()
    writer.join(30)
    renewer.join(30)
    assert renewed == [False]
