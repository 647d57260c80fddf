"""A&AI's REST interface: objects by their paths, as JSON."""

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit
from uuid import uuid4

import httpx

from appc.lcm import strict_json
from appc.lcm.ports.failures import InventoryUnavailable, Misconfigured
from appc.lcm.ports.inventory import NotRecorded
from appc.lcm.redaction import redacted_text

#: What a connection and an answer may take, in seconds; a look-up stops the reading of the bus meanwhile.
_CONNECT_S, _ANSWER_S = 3.0, 5.0
#: Characters of A&AI's words that are passed on.
_LONGEST_WORDS = 300


class AaiClient:
    """For many threads. `url`: up to and with the version, `https://user:password@aai.example:8443/aai/v24`."""

    def __init__(self, url: str, ca_file: Path | None = None) -> None:
        """Raises: Misconfigured if `ca_file` holds no certificates."""
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        self._origin = f"{parts.scheme}://{host}"
        self._root = parts.path.rstrip("/")
        try:
            trusted = ssl.create_default_context(cafile=ca_file)
        except (OSError, ssl.SSLError):
            raise Misconfigured([f"INVENTORY_CA_FILE {ca_file}: holds no certificates"]) from None
        # a redirect would tell the password to somebody else: none is followed
        self._http = httpx.Client(
            base_url=self._origin,
            auth=(unquote(parts.username), unquote(parts.password or "")) if parts.username else None,
            verify=trusted,
            timeout=httpx.Timeout(_ANSWER_S, connect=_CONNECT_S),
            headers={"Accept": "application/json", "X-FromAppId": "appc"},
            trust_env=False,
        )

    def path(self, *segments: str) -> str:
        """The path of an object below the version; nothing in a segment can make it another path."""
        return "/".join([self._root, *(_segment(each) for each in segments)])

    def get(self, path: str) -> dict[str, Any] | None:
        """The object at a path, or where a related-link leads; None if there is none (404).

        Raises: InventoryUnavailable if A&AI cannot be asked, or does not answer with an object.
        """
        what = f"A&AI at {self._origin}"
        try:
            response = self._http.get(
                urlsplit(path).path, params={"depth": "all"}, headers={"X-TransactionId": str(uuid4())}
            )
        except httpx.HTTPError as error:
            raise InventoryUnavailable(
                f"{what} is out of reach: {_words(str(error) or type(error).__name__)}"
            ) from None
        if response.status_code == 404:
            return None
        if response.status_code != 200:
            raise InventoryUnavailable(f"{what} answers {response.status_code}: {_words(response.text)}")
        try:
            return strict_json.parse_object(response.text)
        except ValueError as error:
            raise InventoryUnavailable(f"{what} answers {error}") from None

    def put(self, path: str, content: Mapping[str, Any]) -> None:
        """Create an object. Raises: NotRecorded."""
        self._write("PUT", path, content, "application/json")

    def patch(self, path: str, content: Mapping[str, Any]) -> None:
        """Change members of an object. Raises: NotRecorded."""
        self._write("PATCH", path, content, "application/merge-patch+json")

    def close(self) -> None:
        """Release the connections."""
        self._http.close()

    def _write(self, method: str, path: str, content: Mapping[str, Any], kind: str) -> None:
        headers = {"Content-Type": kind, "X-TransactionId": str(uuid4())}
        what = f"{method} {self._origin}{path}"
        try:
            response = self._http.request(method, path, json=content, headers=headers)
        except httpx.HTTPError as error:
            raise NotRecorded(f"A&AI is out of reach: {_words(str(error) or type(error).__name__)}: {what}") from None
        if not response.is_success:
            raise NotRecorded(f"A&AI answers {response.status_code}: {_words(response.text)}: {what}")


def _segment(text: str) -> str:
    # a dot or two alone would be resolved away
    return quote(text, safe="") if text.strip(".") else text.replace(".", "%2E")


def _words(text: str) -> str:
    line = " ".join(redacted_text(text[: 10 * _LONGEST_WORDS]).split()) or "no explanation"
    return line if len(line) <= _LONGEST_WORDS else f"{line[:_LONGEST_WORDS]}…"
