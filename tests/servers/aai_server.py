"""An A&AI on loopback: as much of its REST interface as a client of the inventory sees, with its rules.

Objects are kept by their paths below the version. Reading wants A&AI's headers; nested lists come with `depth=all`
only; PUT creates, or replaces with the right resource-version (412 without); PATCH merges; what is created must
have what the schema requires, and be related to objects that exist.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from tests.servers.web_service import Asked, Reply, WebService

USER, PASSWORD = "appc", "aai/canary"
VERSION = "/aai/v24"
_REQUIRED = {"vnfcs": {"vnfc-name", "nfc-naming-code", "nfc-function", "in-maint", "is-closed-loop-disabled"}}
_NESTED = frozenset({"vf-modules", "l-interfaces"})
_MERGE = "application/merge-patch+json"


class AaiServer:
    """`objects`: by path below the version. `failing`: what every request is answered while it is set."""

    def __init__(self, keystore: Path | None = None) -> None:
        self.objects: dict[str, dict[str, Any]] = {}
        self.failing: Reply | None = None
        self.service = WebService(self._answer, keystore)
        self._scheme = "https" if keystore else "http"

    @property
    def url(self) -> str:
        """What INVENTORY_URL says of it."""
        return f"{self._scheme}://{USER}:{quote(PASSWORD, safe='')}@127.0.0.1:{self.service.port}{VERSION}"

    @property
    def asked(self) -> list[str]:
        """Method and path below the version of each request, in order."""
        return [f"{each.method} {_place(each)}" for each in self.service.asked]

    def add(self, path: str, **members: Any) -> None:
        """An object; its members with `_` for `-`."""
        self.objects[path] = {name.replace("_", "-"): value for name, value in members.items()} | {
            "resource-version": "1"
        }

    def _answer(self, asked: Asked) -> Reply:
        if self.failing:
            return self.failing
        if refusal := _refused(asked):
            return refusal
        path = _place(asked)
        if asked.method == "GET":
            return self._read(path, "depth=all" in urlsplit(asked.path).query)
        content = json.loads(asked.body)
        if asked.method == "PUT":
            return self._put(path, content)
        if asked.method == "PATCH" and asked.headers.get("content-type") == _MERGE:
            return self._patch(path, content)
        return _fault(405 if asked.method != "PATCH" else 415, "not allowed")

    def _read(self, path: str, deep: bool) -> Reply:
        found = self.objects.get(path)
        if found is None:
            return _fault(404, "Resource not found for %1 using id %2 (msg=%3) (ec=%4)")
        shown = {name: value for name, value in found.items() if deep or name not in _NESTED}
        return Reply(200, json.dumps(shown).encode())

    def _put(self, path: str, content: dict[str, Any]) -> Reply:
        old = self.objects.get(path)
        if old and content.get("resource-version") != old["resource-version"]:
            return _fault(412, "Precondition Failed")
        missing = _REQUIRED.get(path.split("/")[2], set()) - content.keys()
        if missing:
            return _fault(400, f"Missing required property: {', '.join(sorted(missing))}")
        related = content.get("relationship-list", {}).get("relationship", [])
        if not all(self._exists(each) for each in related):
            return _fault(404, "Relationship target not found")
        self.objects[path] = content | {"resource-version": str(len(self.service.asked))}
        return Reply(200 if old else 201)

    def _patch(self, path: str, content: Mapping[str, Any]) -> Reply:
        if path not in self.objects:
            return _fault(404, "Resource not found")
        self.objects[path] |= {**content, "resource-version": str(len(self.service.asked))}
        return Reply(200)

    def _exists(self, relationship: Mapping[str, Any]) -> bool:
        if link := relationship.get("related-link"):
            return str(link).removeprefix(VERSION) in self.objects
        keys = {each["relationship-key"]: each["relationship-value"] for each in relationship["relationship-data"]}
        return f"/network/generic-vnfs/generic-vnf/{keys.get('generic-vnf.vnf-id')}" in self.objects


def relationship(kind: str, path: str, **keys: str) -> dict[str, Any]:
    """As A&AI shows it; keys with `__` for `.` and `_` for `-`."""
    data = [
        {"relationship-key": name.replace("__", ".").replace("_", "-"), "relationship-value": value}
        for name, value in keys.items()
    ]
    return {"related-to": kind, "related-link": f"{VERSION}{path}", "relationship-data": data}


def related(*relationships: Mapping[str, Any]) -> dict[str, Any]:
    """The member `relationship-list`."""
    return {"relationship": list(relationships)}


@contextmanager
def aai_server(keystore: Path | None = None) -> Iterator[AaiServer]:
    """A running one, without objects."""
    server = AaiServer(keystore)
    server.service.start()
    try:
        yield server
    finally:
        server.service.close()


def _place(asked: Asked) -> str:
    return "/".join(unquote(each) for each in urlsplit(asked.path).path.removeprefix(VERSION).split("/"))


def _refused(asked: Asked) -> Reply | None:
    if not asked.path.startswith(f"{VERSION}/"):
        return _fault(404, "unknown version")
    login = f"Basic {base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"
    if asked.headers.get("authorization") != login:
        return Reply(401, b"<html>unauthorized</html>", "text/html")
    if not {"x-fromappid", "x-transactionid"} <= asked.headers.keys():
        return _fault(400, "Missing X-FromAppId or X-TransactionId")
    return None if asked.headers.get("accept") == "application/json" else _fault(406, "Not Acceptable")


def _fault(status: int, text: str) -> Reply:
    fault = {"requestError": {"serviceException": {"messageId": "SVC3000", "text": text, "variables": []}}}
    return Reply(status, json.dumps(fault).encode())
