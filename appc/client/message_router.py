"""The transport over HTTP: DMaaP Message Router's REST API (facts 9.7), as the controller serves it."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from uuid import uuid4

import httpx

from appc.client.access import Access, out_of_reach
from appc.lcm.ports.bus import Message, Refused
from appc.lcm.ports.failures import Unavailable

#: The longest one long poll lasts, in seconds: what proxies bear.
_POLL_S = 15.0
#: How long an answer is waited for, beyond the length of a poll, in seconds.
_ANSWER_S = 15.0
#: How much of an error's text is repeated, in characters.
_CLIP = 300


class MessageRouter:
    """Port Transport on the Message Router of a controller, or of an ONAP. Raises: Unavailable."""

    def __init__(self, url: str, access: Access) -> None:
        self._options = {**access.over_http(url), "timeout": _ANSWER_S + _POLL_S}
        self._http = httpx.Client(**self._options)

    def publish(self, messages: Sequence[Message]) -> None:
        """See the port: one POST; the messages' own `cambria.partition` keeps their order."""
        values = [message.value for message in messages]
        content = values[0] if len(values) == 1 else b"[" + b",".join(values) + b"]"
        path, headers = f"/events/{messages[0].topic}", {"Content-Type": "application/json"}
        try:
            response = self._http.post(path, content=content, headers=headers)
        except httpx.HTTPError as error:
            raise Unavailable(out_of_reach(self._http.base_url, error)) from error
        if response.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
            self._publish_each(messages)
        else:
            _check(response)

    def subscribe(self, topic: str) -> "LongPolls":
        """See the port."""
        path = f"/events/{topic}/{uuid4()}/0"
        try:
            # the first read of a group fixes where it begins
            _check(self._http.get(path, params={"timeout": 0}))
        except httpx.HTTPError as error:
            raise Unavailable(out_of_reach(self._http.base_url, error)) from error
        return LongPolls(path, httpx.AsyncClient(**self._options))

    def close(self) -> None:
        """See the port."""
        self._http.close()

    def _publish_each(self, messages: Sequence[Message]) -> None:
        """Nothing was published: one of them is too large, or they are together."""
        if len(messages) == 1:
            raise Refused(messages)
        refused: list[Message] = []
        for message in messages:
            try:
                self.publish([message])
            except Refused as error:
                refused += error.messages
        if refused:
            raise Refused(refused)


class LongPolls:
    """Port Subscription: a group of its own. It polls in an event loop, which another thread can interrupt.

    The loop is this one's own: whoever subscribes may run another.
    """

    def __init__(self, path: str, http: httpx.AsyncClient) -> None:
        self._path = path
        self._http = http
        self._runner = asyncio.Runner()
        self._poll: asyncio.Task[Any] | None = None
        self._interrupted = False

    def read(self, timeout_s: float) -> list[bytes]:
        """See the port."""
        try:
            response = self._runner.run(self._get(timeout_s))
        except asyncio.CancelledError:
            return []
        except httpx.HTTPError as error:
            raise Unavailable(out_of_reach(self._http.base_url, error)) from error
        _check(response)
        try:
            return [str(message).encode() for message in response.json()]
        except (ValueError, TypeError):
            raise Unavailable(f"{response.url} answered no array of messages; is that a Message Router?") from None

    def interrupt(self) -> None:
        """See the port."""
        self._interrupted = True
        if self._poll:
            with suppress(RuntimeError):  # it is closed already
                self._poll.get_loop().call_soon_threadsafe(self._poll.cancel)

    def close(self) -> None:
        """See the port."""
        with self._runner:  # closes it
            self._runner.run(self._http.aclose())

    async def _get(self, timeout_s: float) -> httpx.Response:
        self._poll = asyncio.current_task()
        if self._interrupted:
            raise asyncio.CancelledError
        wait_ms = max(0, round(min(_POLL_S, timeout_s) * 1000))
        return await self._http.get(self._path, params={"timeout": wait_ms})


def _check(response: httpx.Response) -> None:
    if response.status_code != httpx.codes.OK:
        raise Unavailable(f"{response.url} answered {response.status_code}: {response.text[:_CLIP]}")
