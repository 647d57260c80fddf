"""Contract section 5, first sentence: no web page commands VMs."""

import pytest
from starlette.testclient import TestClient

from appc.northbound.http.browser_protection import is_loopback, is_own
from tests.northbound.http.site import PASSWORD, READ, USER, Site, basic, one_user

PUBLISHED = {"serverTimeMs", "count"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 200, id="a program sends none of a browser's headers"),
        pytest.param({"Origin": "http://127.0.0.1:8181"}, 200, id="the operators' page"),
        pytest.param({"Origin": "http://evil.example"}, 403, id="a page of another host"),
        pytest.param({"Origin": "http://127.0.0.1:3000"}, 403, id="a page of another port of this machine"),
        pytest.param({"Origin": "http://localhost:8181"}, 403, id="another name is another origin"),
        pytest.param({"Origin": "null"}, 403, id="a sandboxed frame or a file"),
        pytest.param({"Origin": "http://127.0.0.1:8181.evil.example"}, 403, id="a name that begins like ours"),
        pytest.param({"Origin": "http://127.0.0.1:8181@evil.example"}, 403, id="userinfo that looks like ours"),
        pytest.param({"Origin": ""}, 403, id="an empty origin"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, 403, id="a page of another site, even without Origin"),
        pytest.param({"Sec-Fetch-Site": "Cross-Site "}, 403, id="in other letters"),
        pytest.param({"Sec-Fetch-Site": "same-origin"}, 200, id="our own page"),
        pytest.param({"Sec-Fetch-Site": "none"}, 200, id="typed by the operator"),
        pytest.param(
            {"Sec-Fetch-Site": "same-origin", "Origin": "http://evil.example"}, 403, id="each header counts for itself"
        ),
        pytest.param({"Host": "localhost:9"}, 200, id="localhost, any port"),
        pytest.param({"Host": "127.8.7.6"}, 200, id="all of 127.0.0.0/8"),
        pytest.param({"Host": "[::1]:8181"}, 200, id="IPv6 loopback"),
        pytest.param({"Host": "rebound.evil.example:8181"}, 403, id="DNS rebinding"),
        pytest.param({"Host": "rebound.evil.example", "Origin": "http://rebound.evil.example"}, 403, id="rebound page"),
        pytest.param({"Host": "192.0.2.1"}, 403, id="another address"),
        pytest.param({"Host": ""}, 403, id="no host"),
    ],
)
def test_without_users_only_this_machine_and_no_foreign_page_is_served(
    site: Site, client: TestClient, headers: dict[str, str], status: int
) -> None:
    """A refused request is 403 in the form of its API, and nothing of it happens."""
    answer = client.post(f"/events/{READ}", content=b"x", headers=headers)
    assert answer.status_code == status
    assert answer.json().keys() == (PUBLISHED if status == 200 else {"mrstatus", "helpURL", "message", "status"})
    assert len(site.bus.messages(READ)) == (status == 200)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"Host": "appc.example"}, 200, id="any name will do"),
        pytest.param({"Host": "appc.example", "Origin": "http://appc.example"}, 200, id="its own page"),
        pytest.param({"Host": "appc.example", "Origin": "https://appc.example"}, 200, id="behind a proxy with TLS"),
        pytest.param({"Origin": "http://evil.example"}, 403, id="foreign origin"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, 403, id="cross-site"),
    ],
)
def test_with_users_the_host_is_free_but_pages_are_refused_all_the_same(
    site: Site, headers: dict[str, str], status: int
) -> None:
    """A browser sends the password along, so the password alone proves nothing."""
    with site.client(one_user()) as client:
        answer = client.get("/topics", headers={**basic(USER, PASSWORD), **headers})
    assert answer.status_code == status


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/topics", "/nowhere"])
def test_no_path_is_left_out(client: TestClient, path: str) -> None:
    """What is open to everybody on this machine is not open to pages."""
    assert client.get(path, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.get(path, headers={"Host": "evil.example"}).status_code == 403


def test_a_preflight_is_refused(client: TestClient) -> None:
    """A page is not told that it may ask."""
    answer = client.options(
        "/topics", headers={"Origin": "http://evil.example", "Access-Control-Request-Method": "GET"}
    )
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_two_host_headers_are_none(client: TestClient) -> None:
    """Nobody can tell which of them a proxy believed."""
    request = client.build_request("GET", "/topics", headers=[("Host", "127.0.0.1"), ("Host", "127.0.0.1")])
    assert client.send(request).status_code == 403


@pytest.mark.parametrize("path", ["/healthz", "/nowhere", f"/events/{READ}"])
def test_every_answer_forbids_frames_and_guesses(client: TestClient, path: str) -> None:
    """Faults included (S25)."""
    headers = client.get(path).headers
    assert headers["content-security-policy"] == "frame-ancestors 'none'"
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "host",
    [
        pytest.param("127.1", id="short for 127.0.0.1 to some"),
        pytest.param("0x7f000001", id="hexadecimal"),
        pytest.param("2130706433", id="one number"),
        pytest.param("127.0.0.1.", id="trailing dot"),
        pytest.param("127.0.0.1.nip.io", id="resolves to loopback"),
        pytest.param("localhost.evil.example", id="begins with localhost"),
        pytest.param("evil.example#localhost", id="fragment"),
        pytest.param("user@localhost", id="userinfo"),
        pytest.param("localhost:http", id="a port that is none"),
        pytest.param("[::ffff:127.0.0.1]", id="IPv4 inside IPv6"),
        pytest.param("[::1", id="half a bracket"),
        pytest.param("0.0.0.0", id="any address"),
        pytest.param("localhost, evil.example", id="two names"),
    ],
)
def test_only_plain_loopback_names_are_loopback(host: str) -> None:
    """What needs interpretation is not this machine."""
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("origin", "host", "scheme", "own"),
    [
        pytest.param("http://a", "a:80", "http", True, id="the default port may be left out"),
        pytest.param("https://a", "a:443", "https", True, id="that of https too"),
        pytest.param("HTTP://A", "a", "http", True, id="letters of any case"),
        pytest.param("http://a", "a", "https", False, id="a plain page is foreign to a TLS server"),
        pytest.param("https://a:8443", "a", "https", False, id="another port"),
        pytest.param("ftp://a", "a", "http", False, id="no page at all"),
        pytest.param("http://a/", "a", "http", False, id="an origin has no path"),
        pytest.param("http://a", "", "http", False, id="no host to compare with"),
    ],
)
def test_an_origin_is_own_if_host_and_port_agree(origin: str, host: str, scheme: str, own: bool) -> None:
    """RFC 6454: scheme, host and port."""
    assert is_own(origin, host, scheme) is own
