"""LcmClient: sends requests over the bus and hands each answer to whoever waits for it."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from appc.client.message_router import MessageRouter, NoController
from appc.lcm.request import Request
from appc.wire.answers import Answer, read_answer
from appc.wire.envelope import build_request

#: How long a controller that is away is left alone, in seconds.
_AWAY_S = 0.5


@dataclass(frozen=True)
class Topics:
    """As in ONAP: clients write what the controller reads."""

    request: str = "APPC-LCM-READ"
    response: str = "APPC-LCM-WRITE"


class AnswerTimeout(Exception):
    """No final answer came in time."""


class LcmClient:
    """One subscription to the response topic; answers are matched by correlation-id. Not for several threads.

    Raises: NoController, here and from every method.
    """

    def __init__(self, router: MessageRouter, topics: Topics | None = None) -> None:
        self._router = router
        self._topics = topics or Topics()
        self._arrived: list[Answer] = []
        # before anything is sent: what is answered from now on will be seen
        router.subscribe(self._topics.response)

    def send(self, request: Request) -> None:
        """Publish the request."""
        self.publish(build_request(request))

    def publish(self, message: bytes) -> None:
        """Publish any bytes, as a client with a mistake of its own would."""
        self._router.publish(self._topics.request, message)

    def answers(self, *correlation_ids: str, timeout_s: float) -> Iterator[Answer]:
        """Each answer with one of these correlation-ids as it comes, until all have had their final one.

        Raises: AnswerTimeout if they have not within `timeout_s` seconds of the call.
        """
        ends_at = time.monotonic() + timeout_s
        awaited = set(correlation_ids)
        while awaited:
            answer = self._next_of(awaited)
            if answer:
                if answer.final:
                    awaited.discard(answer.correlation_id)
                yield answer
                continue
            left_s = ends_at - time.monotonic()
            if left_s <= 0:
                raise AnswerTimeout(f"no final answer to {', '.join(sorted(awaited))} within {timeout_s:g} s")
            self._arrived += map(read_answer, self._read(left_s))

    def _read(self, timeout_s: float) -> list[bytes]:
        """What has come; [] while the controller is away: it, or another, may come back in time."""
        try:
            return [text.encode() for text in self._router.read(self._topics.response, timeout_s)]
        except NoController:
            if timeout_s <= _AWAY_S:
                raise
            time.sleep(_AWAY_S)
            return []

    def _next_of(self, awaited: set[str]) -> Answer | None:
        """The first arrived answer that somebody waits for; the others stay for whoever asks for them."""
        for place, answer in enumerate(self._arrived):
            if answer.correlation_id in awaited:
                del self._arrived[place]
                return answer
        return None
