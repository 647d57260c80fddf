"""A demonstration cloud behind a proxy that remembers every call and can spoil some of them."""

import http.client
import random
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from appc.demo.cloud import DemoCloud

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host", "date", "server"}


@dataclass(frozen=True)
class Call:
    """A call as it came; the names of its headers are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Response:
    """What is answered."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


#: What becomes of a call: it may be passed on to the cloud or not; None drops the connection without an answer.
Fate = Callable[[Callable[[], Response]], Response | None]


def answering(status: int, body: str = "", **headers: str) -> Fate:
    """The cloud never sees the call; this is answered instead."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda forward: Response(status, body.encode(), named)


def lost_before(forward: Callable[[], Response]) -> None:
    """The connection breaks before the cloud sees the call."""


def lost_after(forward: Callable[[], Response]) -> None:
    """The cloud does what it is asked for, and the answer is lost."""
    forward()


def as_admin(forward: Callable[[], Response]) -> Response:
    """Keystone's token, with the role of an administrator."""
    answer = forward()
    return replace(answer, body=answer.body.replace(b'"member"', b'"admin"'))


def first(happening: Callable[[], object]) -> Fate:
    """Something else happens just before the cloud sees the call."""

    def fate(forward: Callable[[], Response]) -> Response:
        happening()
        return forward()

    return fate


def then(happening: Callable[[], object]) -> Fate:
    """Something else happens just after the cloud has answered, before the answer arrives."""

    def fate(forward: Callable[[], Response]) -> Response:
        response = forward()
        happening()
        return response

    return fate


@dataclass(eq=False)
class _Rule:
    method: str
    pattern: re.Pattern[str]
    fate: Fate
    left: int


class Silence:
    """Half-open connections: the call is taken, or even carried out, and nothing ever comes back."""

    def __init__(self) -> None:
        self._ended = threading.Event()

    def before(self, forward: Callable[[], Response]) -> None:
        """The cloud never sees the call."""
        self._ended.wait()

    def after(self, forward: Callable[[], Response]) -> None:
        """The cloud does what it is asked for."""
        forward()
        self._ended.wait()

    def end(self) -> None:
        """Close them all."""
        self._ended.set()


class FaultyCloud:
    """The same cloud at another address; as a context manager it listens inside."""

    def __init__(self, cloud: DemoCloud, tls: SSLContext | None = None) -> None:
        self._cloud = cloud
        self._scheme = "https" if tls else "http"
        self._weather: Callable[[], Fate | None] = lambda: None
        self.spoiled = 0
        self._rules: list[_Rule] = []
        self._lock = threading.Lock()
        self._calls: list[Call] = []
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        if tls:  # the handshake is left to the connection's own thread
            self._server.socket = tls.wrap_socket(self._server.socket, True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}"

    @property
    def calls(self) -> list[Call]:
        """Every call so far, the spoiled ones too."""
        with self._lock:
            return list(self._calls)

    def calls_of(self, method: str, pattern: str) -> list[Call]:
        """The calls of this method whose path has this pattern."""
        return [call for call in self.calls if call.method == method and re.search(pattern, call.path)]

    def clouds_yaml(self) -> str:
        """The cloud's clouds.yaml with the proxy's address."""
        return self._cloud.clouds_yaml().replace(self._cloud.url.removesuffix("/v3"), self.origin)

    def spoil(self, method: str, pattern: str, fate: Fate, times: int = 1) -> None:
        """The next `times` calls of this method whose path has this pattern meet this fate."""
        with self._lock:
            self._rules.append(_Rule(method, re.compile(pattern), fate, times))

    def spoil_some(self, share: float, fates: Sequence[Fate], seed: int = 1) -> None:
        """From now on this share of all calls (0 to 1) meets one of these fates, drawn anew for each."""
        draw = random.Random(seed)
        self._weather = lambda: draw.choice(fates) if draw.random() < share else None

    def handle(self, call: Call) -> Response | None:
        """What is answered to a call."""
        with self._lock:
            self._calls.append(call)
            fate = self._fate(call)
        return fate(lambda: self._forward(call)) if fate else self._forward(call)

    def _fate(self, call: Call) -> Fate | None:
        for rule in self._rules:
            if rule.left > 0 and rule.method == call.method and rule.pattern.search(call.path):
                rule.left -= 1
                return rule.fate
        fate = self._weather()
        self.spoiled += fate is not None
        return fate

    def _forward(self, call: Call) -> Response:
        origin = self._cloud.url.removesuffix("/v3")
        connection = http.client.HTTPConnection("127.0.0.1", urlsplit(origin).port or 0, timeout=30)
        try:
            headers = {name: value for name, value in call.headers.items() if name not in _HOP_BY_HOP}
            connection.request(call.method, call.path, call.body or None, headers)
            answer = connection.getresponse()
            body = answer.read().replace(origin.encode(), self.origin.encode())
            kept = {name: value for name, value in answer.getheaders() if name.lower() not in _HOP_BY_HOP}
            return Response(answer.status, body, kept)
        finally:
            connection.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that does not trust the certificate leaves."""


def _handler(cloud: FaultyCloud) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            response = cloud.handle(Call(self.command, self.path, headers, body))
            if response is None:
                self.close_connection = True
                return
            self.send_response(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(response.body)))
            self.end_headers()
            with suppress(OSError):  # the caller has lost its patience
                self.wfile.write(response.body)

        do_GET = do_POST = do_PUT = do_DELETE = _serve

        def log_message(self, format: str, *args: object) -> None:
            """A test that fails shows `calls`."""

    return Handler
