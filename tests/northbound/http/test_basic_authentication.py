"""Contract section 2, HTTP_USERS_FILE."""

import time
from pathlib import Path

import bcrypt
import pytest

from appc.northbound.http.authentication import Users, UsersFileError
from tests.northbound.http.site import PASSWORD, READ, USER, Site, basic, one_user


def hashed(password: bytes, cost: int = 4) -> bytes:
    """A hash as `htpasswd -B` writes it."""
    return bcrypt.hashpw(password, bcrypt.gensalt(cost)).replace(b"$2b$", b"$2y$")


WHOLE = hashed(b"x").decode()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param(basic(USER, PASSWORD), 200, id="right"),
        pytest.param(
            {"Authorization": basic(USER, PASSWORD)["Authorization"].replace("Basic", "bAsIc")}, 200, id="case"
        ),
        pytest.param({}, 401, id="none"),
        pytest.param(basic(USER, "wrong"), 401, id="wrong password"),
        pytest.param(basic(USER, ""), 401, id="empty password"),
        pytest.param(basic("", PASSWORD), 401, id="empty user"),
        pytest.param(basic("nobody", PASSWORD), 401, id="unknown user"),
        pytest.param(basic(USER.upper(), PASSWORD), 401, id="user in other letters"),
        pytest.param(basic(USER, "パスワード"), 401, id="Unicode password"),
        pytest.param(basic(USER, b"\xff\xfe"), 401, id="password that is no text"),
        pytest.param(basic(USER, PASSWORD + "\0"), 401, id="NUL after the right password"),
        pytest.param(basic(USER, "x" * 200_000), 401, id="200 kB password"),
        pytest.param(basic(USER * 20_000, PASSWORD), 401, id="long user"),
        pytest.param({"Authorization": "Basic"}, 401, id="scheme alone"),
        pytest.param({"Authorization": "Basic ?!"}, 401, id="no base64"),
        pytest.param({"Authorization": "Basic b3BlcmF0b3I="}, 401, id="no colon"),
        pytest.param({"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."}, 401, id="another scheme"),
        pytest.param({"Cookie": "Authorization=" + basic(USER, PASSWORD)["Authorization"]}, 401, id="a cookie"),
    ],
)
def test_only_the_right_user_and_password_come_in(site: Site, headers: dict[str, str], status: int) -> None:
    """S17: 401 with a challenge, in the form of the API that was asked."""
    with site.client(one_user()) as client:
        answer = client.get("/topics", headers=headers)
    assert answer.status_code == status
    if status == 401:
        assert answer.headers["www-authenticate"].startswith("Basic realm=")
        assert answer.json()["mrstatus"] == 4001


def test_two_authorization_headers_are_refused(site: Site) -> None:
    """Nobody can tell which of them a proxy looked at."""
    with site.client(one_user()) as client:
        right = ("Authorization", basic(USER, PASSWORD)["Authorization"])
        assert client.send(client.build_request("GET", "/topics", headers=[right, right])).status_code == 401


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("/healthz", 200, id="alive"),
        pytest.param("/readyz", 200, id="ready"),
        pytest.param("/metrics", 401, id="metrics"),
        pytest.param("/topics", 401, id="topics"),
        pytest.param("/nowhere", 401, id="what is not there is not told"),
        pytest.param("//healthz", 401, id="two slashes"),
        pytest.param("/healthz/", 200, id="slash behind"),
        pytest.param("/healthz//", 401, id="two slashes behind"),
        pytest.param("/HEALTHZ", 401, id="other letters"),
        pytest.param("/healthz%0A", 401, id="newline behind"),
        pytest.param("/healthz;x", 401, id="parameter"),
        pytest.param("/healthz%2F..%2Ftopics", 401, id="dots, escaped"),
        pytest.param("/%2Ftopics", 401, id="slash, escaped"),
        pytest.param("/topics%3F/healthz", 401, id="question mark, escaped"),
    ],
)
def test_without_a_password_there_are_two_paths(site: Site, path: str, status: int) -> None:
    """What is let through and what is routed is judged by the same path (S18)."""
    with site.client(one_user()) as client:
        assert client.get(path).status_code == status


def test_a_refused_message_is_not_published(site: Site) -> None:
    """401 comes before anything else that could be said."""
    with site.client(one_user()) as client:
        assert client.post(f"/events/{READ}", content=b"x").status_code == 401
        assert client.post("/events/no-such-topic", content=b"x").status_code == 401
    assert site.bus.messages(READ) == []


def test_the_users_file_is_as_htpasswd_writes_it(tmp_path: Path) -> None:
    """Lines of user and bcrypt hash; comments and empty lines do not count."""
    file = tmp_path / "users"
    file.write_bytes(b"# ours\n\nanna:" + hashed("sésame".encode()) + b"\r\nbob:" + hashed(b"b:b") + b"\n")
    users = Users.read(file)
    assert users.verify(b"anna", "sésame".encode())
    assert users.verify(b"bob", b"b:b")
    assert not users.verify(b"bob", b"b")
    assert not users.verify(b"anna", b"b:b")


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        pytest.param(["anna:secret"], "line 1: not a bcrypt hash", id="password in the clear"),
        pytest.param([f"anna:{WHOLE}", "bob:$apr1$abc$def"], "line 2: not a bcrypt hash", id="MD5"),
        pytest.param([f"anna:{WHOLE[:-1]}"], "line 1: not a bcrypt hash", id="cut off"),
        pytest.param(["anna"], "line 1: not a bcrypt hash", id="no colon"),
        pytest.param([f":{WHOLE}"], "line 1: not of the form user:hash", id="no user"),
        pytest.param([f"anna:{WHOLE}", "#", f"anna:{WHOLE}"], "line 3: a user that an earlier line", id="twice"),
        pytest.param([f"anna:{WHOLE.replace('$04$', '$31$')}"], "line 1: a bcrypt cost of 31", id="takes a day"),
        pytest.param(["# nobody"], "no user in it", id="empty"),
    ],
)
def test_a_faulty_users_file_is_reported_by_file_and_line(tmp_path: Path, lines: list[str], says: str) -> None:
    """The report says where, and repeats nothing of what stands there."""
    file = tmp_path / "users"
    file.write_text("\n".join(lines))
    with pytest.raises(UsersFileError) as raised:
        Users.read(file)
    assert str(raised.value).startswith(str(file)), raised.value
    assert says in str(raised.value)
    assert "secret" not in str(raised.value)
    assert WHOLE[-20:] not in str(raised.value)


def test_a_missing_users_file_is_reported(tmp_path: Path) -> None:
    """By its name."""
    with pytest.raises(UsersFileError, match="missing: No such file"):
        Users.read(tmp_path / "missing")


def test_a_verified_password_costs_nothing_the_next_time() -> None:
    """What was verified is remembered; what was refused is not."""
    users = one_user()
    assert not users.verify(USER.encode(), b"wrong")
    assert not users.remembers(USER.encode(), b"wrong")
    assert not users.remembers(USER.encode(), PASSWORD.encode())
    assert users.verify(USER.encode(), PASSWORD.encode())
    assert users.remembers(USER.encode(), PASSWORD.encode())
    assert not users.remembers(USER.encode(), b"wrong")
    assert not users.remembers(b"operator:correct", b" horse")


def test_an_unknown_user_takes_as_long_as_a_wrong_password() -> None:
    """Nobody learns by the clock who is in the file."""
    users = Users({USER.encode(): hashed(b"x", cost=9)})
    known, unknown = (min(_seconds(users, name) for _ in range(3)) for name in (USER.encode(), b"nobody"))
    assert unknown > known / 3


def _seconds(users: Users, name: bytes) -> float:
    began = time.perf_counter()
    assert not users.verify(name, b"wrong")
    return time.perf_counter() - began


def test_a_password_counts_as_far_as_bcrypt_looks() -> None:
    """72 bytes: `htpasswd` cuts what is longer, so such a password must still open."""
    users = Users({b"anna": hashed(b"a" * 72)})
    assert users.verify(b"anna", b"a" * 100)
    assert not users.verify(b"anna", b"a" * 71)
