"""An Ansible server that speaks APPC's REST protocol as the stock one does (facts 7.4), on loopback."""

import base64
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

#: How long GetResult is kept open at most, in seconds.
_PATIENCE_S = 30.0


def finished(results: Mapping[str, Any], **more: Any) -> dict[str, Any]:  # JSON of any shape
    """The answer to GetResult once a play has ended."""
    said = {"StatusCode": 200, "StatusMessage": "FINISHED", "Version": "0.00", "Duration": "0.1"}
    return {**said, "Output": {}, "Results": results, **more}


SUCCESS = {"GroupName": "host", "StatusCode": 200, "StatusMessage": "SUCCESS"}


@dataclass
class Scripted:
    """How a playbook ends. `pending`: so many answers say 100 before; `blocks`: GetResult waits for `released`.

    `raw`: what is answered to GetResult in place of JSON; `http`: the status of that answer.
    """

    answer: Mapping[str, Any] = field(default_factory=lambda: finished({"localhost": SUCCESS}))
    posted: Mapping[str, Any] | None = None
    pending: int = 0
    blocks: bool = False
    raw: bytes | None = None
    http: int = 200
    released: threading.Event = field(default_factory=threading.Event)


class ConformingAnsibleServer:
    """The server; `scripts` by the name of the playbook, `requests` all that was asked: method, query, body."""

    def __init__(self, user: str | None = None, password: str = "") -> None:
        self.scripts: dict[str, Scripted] = {}
        self.requests: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.records: dict[str, Scripted] = {}
        self.deleted = threading.Event()
        self._credentials = f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}" if user else None
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it takes requests."""
        return f"http://127.0.0.1:{self._http.server_port}/Dispatch"

    def close(self) -> None:
        """Stop, also whoever waits."""
        for script in self.records.values():
            script.released.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def answer(self, method: str, query: dict[str, str], body: dict[str, Any]) -> tuple[int, bytes]:
        """The status and body of an answer."""
        self.requests.append((method, query, body))
        if method == "POST":
            return 200, json.dumps(self._posted(body)).encode()
        record = self.records.get(query.get("Id", ""))
        if record is None:
            return 200, json.dumps({"StatusCode": 500, "StatusMessage": "TEST ID UNDEFINED"}).encode()
        if method == "DELETE":
            del self.records[query["Id"]]
            self.deleted.set()
            return 200, json.dumps({"StatusCode": 200, "StatusMessage": "PLAYBOOK EXECUTION RECORDS DELETED"}).encode()
        if query.get("Type") != "GetResult":
            return 200, json.dumps({"StatusCode": 500, "StatusMessage": "RESULTS TYPE UNDEFINED"}).encode()
        return record.http, self._result(record)

    def _posted(self, body: dict[str, Any]) -> Mapping[str, Any]:
        if not {"Id", "PlaybookName", "EnvParameters"} <= body.keys():
            says = "JSON OBJECT MUST INCLUDE: ID, PLAYBOOKNAME, EnvParameters"
            return {"StatusCode": 500, "StatusMessage": says}
        if body["Id"] in self.records:
            return {"StatusCode": 101, "StatusMessage": "TEST ID ALREADY DEFINED"}
        if body["PlaybookName"] not in self.scripts:
            return {"StatusCode": 101, "StatusMessage": "PLAYBOOK NOT FOUND"}
        script = self.scripts[body["PlaybookName"]]
        if script.posted is not None:
            return script.posted
        self.records[body["Id"]] = script
        return {"StatusCode": 100, "StatusMessage": "PENDING", "ExpectedDuration": f"{body['Timeout']}sec"}

    def _result(self, record: Scripted) -> bytes:
        if record.blocks:
            record.released.wait(_PATIENCE_S)
        if record.pending:
            record.pending -= 1
            return json.dumps({"StatusCode": 100, "StatusMessage": "PENDING"}).encode()
        return record.raw if record.raw is not None else json.dumps(record.answer).encode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

            def do_GET(self) -> None:
                self._answer({})

            do_DELETE = do_GET

            def _answer(self, body: dict[str, Any]) -> None:
                if server._credentials and self.headers.get("Authorization") != server._credentials:
                    status, content = 401, b"who are you?"
                else:
                    query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
                    status, content = server.answer(self.command, query, body)
                try:
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)
                except OSError:
                    pass  # who asked has gone

            def log_message(self, *_: object) -> None:
                """Nothing is logged."""

        return Handler
