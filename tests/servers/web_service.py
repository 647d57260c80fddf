"""A web service on loopback that answers as a test tells it to, with or without TLS."""

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass(frozen=True)
class Asked:
    """A request as it came. `path` has the query with it; the names of headers are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What is answered."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


#: What a service answers; None leaves the caller waiting until the service is closed.
Answering = Callable[[Asked], Reply | None]


class WebService:
    """`asked`: all requests so far; `silent`: set once one was left without an answer."""

    def __init__(self, answering: Answering, keystore: Path | None = None) -> None:
        self.asked: list[Asked] = []
        self.silent = threading.Event()
        self._closing = threading.Event()
        self._answering = answering
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        if keystore:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(keystore)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    @property
    def port(self) -> int:
        """Where it listens on loopback."""
        return self._server.server_port

    def start(self) -> None:
        """Serve, each request in a thread of its own."""
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        """Serve no more."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                """Nothing on standard error."""

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.command, self.path, headers, body)
                service.asked.append(asked)
                reply = service._answering(asked)
                if reply is None:
                    service.silent.set()
                    service._closing.wait()
                    self.close_connection = True
                    return
                self.send_response(reply.status)
                for name, value in {"Content-Type": reply.content_type, **reply.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                with suppress(OSError):
                    self.wfile.write(reply.body)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

        return Handler


@contextmanager
def web_service(answering: Answering, keystore: Path | None = None) -> Iterator[WebService]:
    """A running one."""
    service = WebService(answering, keystore)
    service.start()
    try:
        yield service
    finally:
        service.close()
