"""The outbox: an answer is stored with its decision first, published then, marked published last."""

import logging
import threading
from collections.abc import Callable, Sequence
from itertools import chain, repeat

from appc.lcm.ports.bus import Bus, Message, Refused
from appc.lcm.ports.failures import Unavailable
from appc.lcm.ports.store import Outbox, Stored

_log = logging.getLogger(__name__)

#: Pauses between tries while bus or store are out of reach, in seconds.
_BACK_OFF_S = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class Replies:
    """Publishes stored answers. `stopping` ends the tries; what is left is published by whoever recovers it."""

    def __init__(self, bus: Bus, outbox: Outbox, stopping: threading.Event) -> None:
        self._bus = bus
        self._outbox = outbox
        self._stopping = stopping

    def publish(self, stored: Sequence[Stored]) -> bool:
        """Publish the answers of these decisions, in order; False if the controller stops before it could."""
        return self.publish_answers([answer for each in stored for answer in each.answers])

    def try_once(self, answers: Sequence[tuple[int, Message]]) -> None:
        """Publish them and mark them, without waiting for anything. Raises: Unavailable."""
        self._send([message for _, message in answers])
        self._outbox.published([answer_id for answer_id, _ in answers])

    def publish_answers(self, answers: Sequence[tuple[int, Message]]) -> bool:
        """Publish them and mark them; tries again until bus and store answer."""
        if not answers:
            return True
        messages = [message for _, message in answers]
        ids = [answer_id for answer_id, _ in answers]
        return until_available(lambda: self._send(messages), self._stopping) and until_available(
            lambda: self._outbox.published(ids), self._stopping
        )

    def delivered(self, answer_ids: Sequence[int]) -> bool:
        """These reached their caller another way: only mark them; False if the controller stops before it could."""
        return not answer_ids or until_available(lambda: self._outbox.published(answer_ids), self._stopping)

    def _send(self, messages: Sequence[Message]) -> None:
        try:
            self._bus.publish(messages)
        except Refused as refused:  # only operators can mend this, and nothing else must wait for them
            _log.error("answers are lost: %s; raise the limits of these topics", refused)


def until_available(call: Callable[[], None], stopping: threading.Event) -> bool:
    """Call until bus and store answer; False if `stopping` is set before they do."""
    for pause_s in chain(_BACK_OFF_S, repeat(_BACK_OFF_S[-1])):
        try:
            call()
        except Unavailable as error:
            _log.warning("%s; next try in %s s", error, pause_s, extra={**error.about})
            if stopping.wait(pause_s):
                break
        else:
            return True
    return False
