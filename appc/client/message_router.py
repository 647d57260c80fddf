"""Message Router as a client sees it (facts 9.7): publish to a topic, read a topic as a group of one's own."""

from types import TracebackType
from typing import Self
from uuid import uuid4

import httpx

#: How long one long poll lasts, in milliseconds.
_POLL_MS = 15000


class NoController(Exception):
    """Nobody answers at the controller's address, or not as a controller does."""


class MessageRouter:
    """A connection to one controller's Message Router. Reads see what is published after `subscribe`."""

    def __init__(self, url: str, credentials: tuple[str, str] | None = None) -> None:
        self._url = url
        self._group = str(uuid4())
        self._http = httpx.Client(base_url=url, auth=credentials, timeout=30, trust_env=False)

    def publish(self, topic: str, message: bytes) -> None:
        """Publish one message. Raises: NoController."""
        self._call("POST", f"/events/{topic}", content=message, headers={"Content-Type": "application/json"})

    def subscribe(self, topic: str) -> None:
        """Fix where reading begins: at the topic's present end. Raises: NoController."""
        self.read(topic, 0)

    def read(self, topic: str, timeout_s: float) -> list[str]:
        """The next messages; [] if none comes within `timeout_s`. Raises: NoController."""
        wait_ms = max(0, min(_POLL_MS, round(timeout_s * 1000)))
        response = self._call("GET", f"/events/{topic}/{self._group}/0", params={"timeout": wait_ms})
        return [str(message) for message in response.json()]

    def _call(self, method: str, path: str, **arguments: object) -> httpx.Response:
        try:
            response = self._http.request(method, path, **arguments)  # type: ignore[arg-type]  # httpx' own keywords
        except httpx.HTTPError as error:
            raise NoController(f"no controller at {self._url}: {error}; is `appc serve` running there?") from None
        if response.status_code != httpx.codes.OK:
            raise NoController(f"{self._url}{path} answered {response.status_code}: {response.text[:300]}")
        return response

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()
