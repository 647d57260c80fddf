"""The store on Redis when something is wrong: with the network, the server, its configuration or the URL."""

import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import redis

from appc.lcm.ports.failures import Misconfigured, Unavailable
from appc.lcm.ports.store import Decision, View
from appc.stores.redis.store import FORMAT, RedisStore
from tests.contracts.redis_place import RedisPlace
from tests.contracts.store_place import (
    LEASE,
    a_record,
    accept,
    accepting,
    answering,
    begin,
    codes,
    finish,
    offset,
    store_one,
    texts,
    view,
)
from tests.fakes.clock import START
from tests.fakes.requests import a_request
from tests.servers.certificates import write_certificates
from tests.servers.redis_server import RedisServer, quick_folder, redis_server
from tests.servers.relay import Relay

SECRET = '{"password": "canary"}'


@pytest.fixture(scope="module")
def lasting_server() -> Iterator[RedisServer]:
    """A server that tests may stop and configure."""
    with quick_folder() as folder, redis_server(folder) as server:
        yield server


@pytest.fixture
def server(lasting_server: RedisServer) -> Iterator[RedisServer]:
    """It, running and configured as usual."""
    yield lasting_server
    lasting_server.kill()
    lasting_server.start()


@pytest.fixture
def place(server: RedisServer) -> Iterator[RedisPlace]:
    """An empty store."""
    place = RedisPlace(server.url())
    yield place
    place.close_handles()


@pytest.fixture
def relay(server: RedisServer) -> Iterator[Relay]:
    """The way to the server, where answers may be lost."""
    with Relay(server.port) as relay:
        yield relay


def through(relay: Relay, place: RedisPlace) -> RedisStore:
    """A handle whose answers may be lost."""
    return place.open(f"redis://127.0.0.1:{relay.port}/0")


# ------------------------------------------------------------ restarts


def test_a_killed_server_comes_back_with_everything(place: RedisPlace, server: RedisServer) -> None:
    """And the handle goes on: it connects anew, and the scripts that the server has forgotten are there again."""
    store = place.open()
    owner = store.join("c", LEASE)
    record = accept(store, owner, replace(a_record(), position=offset(1)))
    server.kill()
    server.start()
    assert [each.record_id for each in store.waiting(9)] == [record.id]
    assert store.renew(owner, LEASE)
    assert begin(store, owner, record)
    assert codes(finish(store, owner, record)) == [400]
    assert codes(store_one(store, owner, answering("new", offset(1)))) == [100, 400]


def test_a_server_that_has_forgotten_the_scripts_is_told_them_again(place: RedisPlace) -> None:
    """In the middle of the work."""
    store = place.open()
    owner = store.join("c", LEASE)
    record = accept(store, owner, a_record())
    with redis.Redis.from_url(place.url) as client:
        client.script_flush()
    assert begin(store, owner, record)
    assert store.length() == 0


def test_a_server_that_is_gone_is_unavailable(place: RedisPlace, server: RedisServer) -> None:
    """With the address; nothing is waited for long."""
    store = place.open()
    store.length()
    server.kill()
    for call in (calls(store)[0], store.length, lambda: store.put("kind", "id", {}), store.persistence_warnings):
        with pytest.raises(Unavailable, match=f"redis://127.0.0.1:{server.port}/0 does not answer"):
            call()


def test_a_server_that_hangs_is_unavailable(place: RedisPlace, server: RedisServer) -> None:
    """After the time that the URL gives it."""
    store = place.open(f"{place.url}?socket_timeout=0.2")
    store.length()
    server.freeze()
    with pytest.raises(Unavailable, match="does not answer"):
        store.length()
    server.thaw()
    assert store.length() == 0


def test_a_closed_store_is_unavailable(place: RedisPlace) -> None:
    """In every port."""
    store = place.open()
    store.length()
    store.close()
    for call in calls(store):
        with pytest.raises(Unavailable, match="closed"):
            call()


def calls(store: RedisStore) -> list[Callable[[], object]]:
    """One call of every method."""
    return [
        lambda: store.update_many([answering("x")], "c#1"),
        lambda: store.begun_by(["c#1"]),
        lambda: store.prune(START),
        lambda: store.waiting(1),
        store.expired,
        store.length,
        lambda: store.unpublished(["c#1"]),
        lambda: store.published([1 << 200]),
        lambda: store.forget("requests", {0: 1}),
        lambda: store.join("c", LEASE),
        lambda: store.renew("c#1", LEASE),
        lambda: store.leave("c#1"),
        store.dead,
        lambda: store.get("kind", "id"),
        lambda: store.put("kind", "id", {}),
        lambda: store.delete("kind", "id"),
        lambda: store.ids("kind"),
        store.persistence_warnings,
    ]


# ------------------------------------------------------------ lost answers


def test_a_write_whose_answer_is_lost_is_sent_again_and_known(place: RedisPlace, relay: Relay) -> None:
    """It is decided once and stored once, and the caller gets its result."""
    store = through(relay, place)
    owner = store.join("c", LEASE)
    record = a_record()
    change = accepting(record, offset(1))
    decided: list[View] = []

    def decide(view: View) -> Decision:
        decided.append(view)
        return change.decide(view)

    relay.lose(b"stored")
    stored = store_one(store, owner, replace(change, decide=decide))
    assert relay.lost
    assert (codes(stored), stored.redelivered, len(decided)) == ([100], False, 1)
    assert store.unpublished([owner]) == list(stored.answers)
    assert len(view(store).vnf.in_progress) == 1
    assert [claim.record_id for claim in view(store, "vnf-2", key=record.request.key).claims] == [record.id]


def test_a_write_whose_answer_is_lost_is_in_doubt_once_others_have_written(place: RedisPlace, relay: Relay) -> None:
    """Then nobody can say what became of it: Unavailable, and a redelivery finds it."""
    store, other = through(relay, place), place.open()
    owner = store.join("c", LEASE)
    relay.lose(b"stored", lambda: accept(other, "d#1", a_record()))
    with pytest.raises(Unavailable, match="not known"):
        store_one(store, owner, answering("first", offset(1)))
    again = store_one(store, owner, answering("second", offset(1)))
    assert (texts(again), again.redelivered) == (["first"], True)


def test_a_reading_whose_answer_is_lost_is_repeated(place: RedisPlace, relay: Relay) -> None:
    """Nobody notices."""
    store = through(relay, place)
    record = accept(store, store.join("c", LEASE), a_record())
    relay.lose(record.id.encode())
    assert [each.record_id for each in store.waiting(9)] == [record.id]
    assert relay.lost


def test_a_document_whose_answer_is_lost_is_not_put_twice(place: RedisPlace, relay: Relay) -> None:
    """Its version would change a second time."""
    store = through(relay, place)
    assert store.put("kind", "id", {"n": 1}) == 1
    relay.lose(b":2\r\n")
    with pytest.raises(Unavailable):
        store.put("kind", "id", {"n": 2})
    assert store.get("kind", "id") == ({"n": 2}, 2)


# ------------------------------------------------------------ what the server refuses


def test_a_server_that_is_full_is_unavailable_and_the_payload_stays_out_of_the_text(place: RedisPlace) -> None:
    """Nothing is thrown away for it (noeviction)."""
    store = place.open()
    owner = store.join("c", LEASE)
    record, too_much = accept(store, owner, a_record()), a_record(a_request("Configure", payload=SECRET))
    with redis.Redis.from_url(place.url) as client:
        client.config_set("maxmemory", "1")
        with pytest.raises(Unavailable, match="maxmemory") as raised:
            store_one(store, owner, accepting(too_much))
        client.config_set("maxmemory", "0")
    assert "canary" not in chain_of(raised.value)
    assert [each.record_id for each in store.waiting(9)] == [record.id]


def test_the_password_of_the_url_is_used_and_told_to_nobody(place: RedisPlace, server: RedisServer) -> None:
    """User, password and database."""
    with redis.Redis.from_url(place.url) as client:
        client.execute_command("ACL SETUSER", "appc", "on", ">right/canary", "~*", "+@all", "-CONFIG")
    right = RedisStore(f"redis://appc:right%2Fcanary@127.0.0.1:{server.port}/3", prefix=place.prefix)
    assert right.put("kind", "id", {}) == 1
    assert place.open().get("kind", "id") is None
    wrong = RedisStore(f"redis://appc:wrong-canary@127.0.0.1:{server.port}/3", prefix=place.prefix)
    with pytest.raises(Unavailable, match=f"{server.port}/3 .*invalid username-password pair") as raised:
        wrong.length()
    assert "canary" not in chain_of(raised.value)
    right.close()
    wrong.close()


def chain_of(error: BaseException) -> str:
    """The texts of an error and of what caused it, as a log shows them."""
    return "".join(traceback.format_exception(error))


def test_a_store_of_a_newer_format_is_refused_and_left_alone(place: RedisPlace) -> None:
    """It says which format, and what to do."""
    place.open().length()
    with redis.Redis.from_url(place.url) as client:
        client.set(f"{place.prefix}:format", FORMAT + 1)
        with pytest.raises(Unavailable, match=rf"format {FORMAT + 1}.*newer controller"):
            place.open().length()
        client.set(f"{place.prefix}:format", FORMAT)
    assert place.open().length() == 0


# ------------------------------------------------------------ what can be lost


@pytest.mark.parametrize(
    ("options", "warnings"),
    [
        pytest.param({}, [], id="as it must be"),
        pytest.param({"appendonly": "no"}, ["appendonly no and not yes"], id="no log of writes"),
        pytest.param({"appendfsync": "everysec"}, ["appendfsync everysec and not always"], id="a second behind"),
        pytest.param({"maxmemory-policy": "allkeys-lru"}, ["maxmemory-policy allkeys-lru and not noev"], id="evicting"),
        pytest.param(
            {"appendonly": "no", "appendfsync": "no", "maxmemory-policy": "volatile-ttl"},
            ["appendonly no", "appendfsync no", "maxmemory-policy volatile-ttl"],
            id="all of it",
        ),
    ],
)
def test_tells_what_can_be_lost(place: RedisPlace, options: dict[str, str], warnings: list[str]) -> None:
    """One line for each setting that the promises rest on (contract section 7)."""
    with redis.Redis.from_url(place.url) as client:
        for name, value in options.items():
            client.config_set(name, value)
    told = place.open().persistence_warnings()
    assert len(told) == len(warnings)
    assert all(expected in line for expected, line in zip(warnings, told, strict=True))


def test_tells_that_it_was_not_told(place: RedisPlace, server: RedisServer) -> None:
    """Where CONFIG is forbidden, as in many a hosted Redis; everything else goes on."""
    with redis.Redis.from_url(place.url) as client:
        client.execute_command("ACL SETUSER", "clerk", "on", ">pw", "~*", "+@all", "-CONFIG", "-INFO")
    store = place.open(f"redis://clerk:pw@127.0.0.1:{server.port}/0")
    assert store.length() == 0
    told = store.persistence_warnings()
    assert [line.split(";")[0] for line in told] == [
        f"Redis does not tell its {name}" for name in ("appendonly", "appendfsync", "maxmemory-policy")
    ]


# ------------------------------------------------------------ URLs and TLS


def test_tls_is_verified(tmp_path: Path) -> None:
    """By the authority that the URL names; where it names none, by those of the machine, which do not know this one."""
    write_certificates(tmp_path / "ca.pem", tmp_path / "server.pem")
    files = {f"tls_{kind}_file": str(tmp_path / "server.pem") for kind in ("cert", "key")}
    authority = str(tmp_path / "ca.pem")
    with redis_server(tmp_path / "data", **files, tls_ca_cert_file=authority, tls_auth_clients="no") as server:
        store = RedisStore(f"{server.url()}?ssl_ca_certs={authority}")
        assert store.put("kind", "id", {}) == 1
        store.close()
        stranger = RedisStore(server.url())
        with pytest.raises(Unavailable, match="certificate verify failed"):
            stranger.length()
        stranger.close()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        pytest.param("nonsense=1", "nonsense: not an option; options are client_name, db,", id="unknown"),
        pytest.param("decode_responses=yes", "decode_responses: not an option", id="one that would spoil the data"),
        pytest.param("socket_timeout=soon", "socket_timeout", id="bad value"),
        pytest.param("ssl_ca_certs=ca.pem", "ssl_ca_certs", id="TLS without TLS"),
    ],
)
def test_an_option_that_does_not_fit_is_refused(options: str, told: str) -> None:
    """When the handle is made; with the name of the setting, without the password."""
    with pytest.raises(Misconfigured) as raised:
        RedisStore(f"redis://u:canary@h:1/0?{options}")
    assert raised.value.faults[0].startswith("STORE_URL redis://h:1/0: ")
    assert told in raised.value.faults[0]
    assert "canary" not in raised.value.faults[0]


def test_nothing_is_connected_before_it_is_needed() -> None:
    """A handle on a server that is not there is no error yet."""
    store = RedisStore("redis://[::1]:1/0?socket_connect_timeout=0.1")
    store.close()
