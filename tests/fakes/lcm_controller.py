"""The other side of a client: reads requests on a bus in memory and answers them as a test wants it."""

from collections.abc import Sequence

from appc.client.transport import Topics
from appc.lcm.outcome import Outcome
from appc.lcm.request import Request
from appc.lcm.status import STATUSES
from appc.wire.answers import LcmAnswers
from appc.wire.envelope import read_request
from tests.fakes.memory_bus import MemoryBus


class ScriptedController:
    """Answers each request at once with `codes`; an empty script leaves that to `answer`."""

    def __init__(self, bus: MemoryBus, codes: Sequence[int] = (100, 400)) -> None:
        self.codes = tuple(codes)
        self.requests: list[Request] = []
        self._bus = bus
        self._answers = LcmAnswers(Topics().response)
        self._read = 0
        bus.watch(Topics().request, self._notice)

    def answer(self, request: Request, *codes: int) -> None:
        """Publish answers with these codes; the message names the VNF, so that crossed answers would be seen."""
        for code in codes:
            outcome = Outcome(code, STATUSES[code].template, request.payload, {"locked": request.vnf_id})
            self._bus.publish([self._answers.answer(request, outcome)])

    def _notice(self) -> None:
        messages = self._bus.messages(Topics().request)
        news, self._read = messages[self._read :], len(messages)
        for _, value in news:
            request = read_request(value).request
            self.requests.append(request)
            self.answer(request, *self.codes)
