"""LcmClient: sends requests over the bus and hands each answer to whoever waits for it."""

import time
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass

from appc.client.message_router import MessageRouter
from appc.lcm.request import Request
from appc.wire.envelope import Answer, build_request, read_answer


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
        self._arrived: defaultdict[str, deque[Answer]] = defaultdict(deque)
        # before anything is sent: what is answered from now on will be seen
        router.subscribe(self._topics.response)

    def send(self, request: Request) -> None:
        """Publish the request."""
        self.publish(build_request(request))

    def publish(self, message: bytes) -> None:
        """Publish any bytes, as a client with a mistake of its own would."""
        self._router.publish(self._topics.request, message)

    def answers(self, correlation_id: str, timeout_s: float) -> Iterator[Answer]:
        """Each answer with this correlation-id as it comes, up to the final one.

        Raises: AnswerTimeout if the final one has not come `timeout_s` seconds after the call.
        """
        ends_at = time.monotonic() + timeout_s
        while True:
            answer = self.next_answer(correlation_id, ends_at - time.monotonic())
            yield answer
            if answer.final:
                return

    def next_answer(self, correlation_id: str, timeout_s: float) -> Answer:
        """The next answer with this correlation-id. Raises: AnswerTimeout."""
        ends_at = time.monotonic() + timeout_s
        mine = self._arrived[correlation_id]
        while not mine:
            left_s = ends_at - time.monotonic()
            if left_s <= 0:
                raise AnswerTimeout(f"no answer to {correlation_id} within {timeout_s:.0f} s")
            for text in self._router.read(self._topics.response, left_s):
                answer = read_answer(text.encode())
                self._arrived[answer.correlation_id].append(answer)
        return mine.popleft()
