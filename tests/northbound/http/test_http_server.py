"""The listener of contract section 2, and what it stands (S20)."""

import datetime
import gzip
import socket
import ssl
import time
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from appc.northbound.http.server import HttpServer, TlsFiles
from tests.northbound.http.site import PASSWORD, READ, USER, Site, basic, one_user

MIB = 1024 * 1024
PATIENCE_S = 30.0


def connect(server: HttpServer) -> socket.socket:
    """A plain connection."""
    address = urlsplit(server.url)
    return socket.create_connection((address.hostname, address.port or 0), timeout=PATIENCE_S)


def everything(connection: socket.socket) -> bytes:
    """What comes until the server closes."""
    found = b""
    while chunk := connection.recv(65536):
        found += chunk
    return found


def test_port_0_is_any_free_one(site: Site) -> None:
    """The URL says which; it listens when the start returns, and no more when the stop does."""
    with site.server() as one, site.server() as other:
        assert one.url != other.url
        assert site.http.get(f"{one.url}/healthz").status_code == 200
        assert site.http.get(f"{other.url}/healthz").status_code == 200
    with pytest.raises(httpx.ConnectError):
        site.http.get(f"{one.url}/healthz")


def test_a_taken_port_is_told_with_its_address(site: Site, server: HttpServer) -> None:
    """At the start, not later in a log."""
    port = urlsplit(server.url).port or 0
    with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1 port {port}: Address already in use"):
        HttpServer(site.application(), "127.0.0.1", port).start()


def test_a_host_that_is_not_this_machine_is_told(site: Site) -> None:
    """TEST-NET-1 is nobody's."""
    with pytest.raises(OSError, match=r"cannot listen on 192\.0\.2\.1 port 0"):
        HttpServer(site.application(), "192.0.2.1", 0).start()


def test_a_stop_without_a_start_does_nothing(site: Site) -> None:
    """Nor does a second one."""
    server = HttpServer(site.application(), "127.0.0.1", 0)
    server.stop(1)
    server.start()
    server.stop(1)
    server.stop(1)


def test_a_stop_waits_no_longer_than_it_may(site: Site) -> None:
    """A connection that is open and idle holds nothing up; nor does half a request."""
    with site.server() as server, connect(server) as idle, connect(server) as half:
        half.sendall(b"GET /healthz HTTP/1.1\r\nHost:")
        assert site.http.get(f"{server.url}/healthz").status_code == 200
        began = time.monotonic()
        server.stop(PATIENCE_S)
        assert time.monotonic() - began < PATIENCE_S / 2
        assert everything(idle) == b""


def test_ipv6_is_listened_on(site: Site) -> None:
    """And written in brackets."""
    server = HttpServer(site.application(), "::1", 0)
    server.start()
    try:
        assert server.url.startswith("http://[::1]:")
        assert site.http.get(f"{server.url}/healthz").status_code == 200
    finally:
        server.stop(5)


def test_nothing_is_written_to_standard_output(site: Site, capfd: pytest.CaptureFixture[str]) -> None:
    """The first line there is the ready line of the command."""
    with site.server() as server:
        site.http.get(f"{server.url}/topics")
        site.http.get(f"{server.url}/broken")
    assert capfd.readouterr().out == ""


def test_a_defect_is_logged_with_its_trace(site: Site, server: HttpServer, caplog: pytest.LogCaptureFixture) -> None:
    """Once, by the server."""
    assert site.http.get(f"{server.url}/broken").status_code == 500
    server.stop(PATIENCE_S)
    assert [record.exc_info is not None for record in caplog.records] == [True]


@pytest.fixture
def tls(tmp_path: Path) -> TlsFiles:
    """A certificate for 127.0.0.1, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "appc")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = TlsFiles(tmp_path / "cert.pem", tmp_path / "key.pem")
    files.cert.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    assert files.key
    files.key.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return files


def test_with_a_certificate_it_speaks_https(site: Site, tls: TlsFiles) -> None:
    """And nothing else, and nothing older than TLS 1.2."""
    trusting = ssl.create_default_context(cafile=str(tls.cert))
    with site.server(one_user(), tls) as server:
        assert server.url.startswith("https://")
        assert httpx.get(f"{server.url}/topics", headers=basic(USER, PASSWORD), verify=trusting).status_code == 200
        with pytest.raises(httpx.RemoteProtocolError):
            site.http.get(server.url.replace("https", "http"))
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        with pytest.warns(DeprecationWarning):
            old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        with connect(server) as plain, pytest.raises(ssl.SSLError):
            old.wrap_socket(plain)


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_tls_files_that_are_none_are_told(site: Site, tls: TlsFiles, content: bytes | None) -> None:
    """By their names, at the start."""
    tls.cert.unlink()
    if content:
        tls.cert.write_bytes(content)
    with pytest.raises(OSError, match=r"no TLS with .*cert\.pem and .*key\.pem"):
        HttpServer(site.application(), "127.0.0.1", 0, tls).start()


@pytest.mark.parametrize("chunked", [pytest.param(False, id="announced"), pytest.param(True, id="in chunks")])
def test_a_body_that_is_too_large_is_refused_before_it_is_read(site: Site, server: HttpServer, chunked: bool) -> None:
    """413 after 16 MiB at the latest; a body of just that is fine."""
    url, sent = f"{server.url}/events/{READ}", 0

    def chunks() -> "object":
        nonlocal sent
        for _ in range(64):
            sent += MIB
            yield b"x" * MIB

    content = chunks() if chunked else b"x" * (16 * MIB + 1)
    answer = site.http.post(url, content=content)  # type: ignore[arg-type]  # an iterator of bytes will do
    assert (answer.status_code, answer.json()["mrstatus"]) == (413, 3008)
    assert site.bus.messages(READ) == []
    lines = (b"x" * (MIB - 1) + b"\n") * 16
    assert site.http.post(url, content=lines, headers={"Content-Type": "text/plain"}).json()["count"] == 16


def test_a_body_that_is_announced_too_large_is_not_waited_for(server: HttpServer) -> None:
    """A gigabyte that never comes is refused at once."""
    with connect(server) as connection:
        connection.sendall(
            f"POST /events/{READ} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000000\r\n\r\n".encode()
        )
        assert connection.recv(1000).startswith(b"HTTP/1.1 413 ")


def test_a_compressed_body_is_not_unpacked(site: Site, server: HttpServer) -> None:
    """A bomb is published as the few bytes it is, or refused; never as what it would become."""
    bomb = gzip.compress(b"\0" * 100 * MIB)
    headers = {"Content-Encoding": "gzip"}
    assert site.http.post(f"{server.url}/events/{READ}", content=bomb, headers=headers).status_code == 200
    assert [value for _, value in site.bus.messages(READ)] == [bomb]


@pytest.mark.parametrize(
    "request_head",
    [
        pytest.param(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"x" * MIB, id="1 MiB in one header"),
        pytest.param(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"X: x\r\n" * 200_000, id="200 000 headers"),
        pytest.param(b"GET /" + b"x" * MIB, id="1 MiB path"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", id="TLS to a plain port"),
        pytest.param(b"GET /healthz HTTP/1.1\r\n\r\n", id="no host"),
        pytest.param(b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", id="two hosts"),
        pytest.param(
            b"POST /topics HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            id="two lengths",
        ),
        pytest.param(b"POST /topics HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n", id="negative length"),
    ],
)
def test_a_head_that_is_none_is_refused(site: Site, server: HttpServer, request_head: bytes) -> None:
    """400, the connection ends, and others are served."""
    with connect(server) as connection:
        connection.sendall(request_head)
        assert connection.recv(1000).startswith(b"HTTP/1.1 400 ")
    assert site.http.get(f"{server.url}/healthz").status_code == 200


def test_a_password_of_200_kb_does_not_get_far(site: Site) -> None:
    """S17: it is a wrong one, and looked at no longer than any other."""
    with site.server(one_user()) as server:
        assert site.http.get(f"{server.url}/topics", headers=basic(USER, "x" * 200_000)).status_code == 401
        assert site.http.get(f"{server.url}/topics", headers=basic(USER, PASSWORD)).status_code == 200


def test_a_length_beside_chunks_smuggles_nothing(site: Site, server: HttpServer) -> None:
    """Both are there: what follows the last chunk is no part of the body, so it cannot hide behind the length."""
    inner = f"POST /events/{READ} HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 1\r\n\r\nx".encode()
    with connect(server) as connection:
        connection.sendall(
            b"POST /topics HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"0\r\n\r\n" + inner
        )
        connection.shutdown(socket.SHUT_WR)
        assert b" 200 " not in everything(connection)
    assert site.bus.messages(READ) == []


@pytest.mark.parametrize(
    "drip",
    [
        pytest.param(b"", id="nothing at all"),
        pytest.param(b"GET /healthz HTTP/1.1\r\nX: x", id="half a head"),
    ],
)
def test_a_client_that_dawdles_over_a_head_is_cut_off(site: Site, drip: bytes) -> None:
    """Slowloris: its connection is needed for others. A client in the middle of a request is not disturbed."""
    with site.server(head_s=0.3) as server, connect(server) as slow:
        slow.sendall(drip)
        began = time.monotonic()
        waiting = site.http.get(f"{server.url}/events/{READ}/g/1?timeout=1000")
        assert (waiting.status_code, waiting.json()) == (200, [])
        assert ended(lambda: everything(slow))
        assert time.monotonic() - began < PATIENCE_S


def ended(read: Callable[[], bytes]) -> bool:
    """Whether the server closed the connection, in whatever way."""
    try:
        read()
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False
    return True


def test_slow_clients_do_not_keep_others_waiting(site: Site, server: HttpServer) -> None:
    """A hundred half requests and half bodies, and the next one is served."""
    slow = [connect(server) for _ in range(100)]
    for number, connection in enumerate(slow):
        body = f"POST /events/{READ} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\nx".encode()
        connection.sendall(body if number % 2 else body[:30])
    assert site.http.get(f"{server.url}/readyz").status_code == 200
    for connection in slow:
        connection.close()
    assert site.bus.messages(READ) == []
