"""Steps 1 and 2 and the commit: reads requests from the bus, a batch at a time."""

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from appc.controller.backlog import Backlog
from appc.controller.controller import Controller, Submission, Unreadable
from appc.controller.decisions import LifeOver
from appc.controller.replies import until_available
from appc.lcm.errors import Unexpected
from appc.lcm.ports.bus import Consumer, Delivery
from appc.lcm.ports.failures import Unavailable
from appc.lcm.request import request_fields
from appc.wire.answers import malformed_answer
from appc.wire.envelope import dead_letter, read_request
from appc.wire.malformed import Malformed, NotARequest
from appc.wire.schemas import Schemas

_log = logging.getLogger(__name__)

#: Messages that are judged and stored by one write at the most.
_BATCH = 200
#: How long one poll waits, in seconds: how late a stop is noticed.
_POLL_S = 0.5
#: How long a full queue is left alone before it is looked at again, in seconds.
_FULL_S = 0.05
#: How long nothing is read after bus or store were out of reach, in seconds.
_PAUSE_S = 1.0


@dataclass(frozen=True)
class MessageTopics:
    """Where what a message brings about goes."""

    response: str
    dead_letter: str


class MessageReader:
    """Turns messages into submissions; what is no request is answered and dead-lettered (contract section 3.2)."""

    def __init__(self, schemas: Schemas, topics: MessageTopics, max_message_bytes: int) -> None:
        self._schemas = schemas
        self._topics = topics
        self._max_message_bytes = max_message_bytes

    def read(self, delivery: Delivery) -> Submission | Unreadable:
        """What the message says. Raises nothing: a message that brings a defect to light is put aside."""
        try:
            return self._read(delivery)
        except Exception as error:
            _log.exception("reading the message at %s failed", delivery.position)
            return self.put_aside(delivery, f"{type(error).__name__} while reading; the log has the details")

    def put_aside(self, delivery: Delivery, reason: str) -> Unreadable:
        """The dead letter of a message that brought a defect to light."""
        code = Unexpected.code
        return Unreadable(delivery.position, (dead_letter(delivery, code, reason, self._topics.dead_letter),), code)

    def _read(self, delivery: Delivery) -> Submission | Unreadable:
        try:
            reading = read_request(delivery.value, self._max_message_bytes, self._schemas)
        except Malformed as malformed:
            _log.warning("malformed message at %s: %s", delivery.position, malformed, extra=_legible_fields(malformed))
            error = malformed.error
            letter = dead_letter(delivery, error.code, error.message, self._topics.dead_letter)
            answers = (malformed_answer(malformed, self._topics.response),) if malformed.answerable else ()
            return Unreadable(delivery.position, (*answers, letter), error.code)
        except NotARequest as other:
            _log.warning("no request at %s: %s", delivery.position, other)
            return Unreadable(delivery.position, (dead_letter(delivery, None, str(other), self._topics.dead_letter),))
        if reading.unknown_members:
            names = ", ".join(reading.unknown_members)
            _log.info("unknown members are ignored: %s", names, extra=request_fields(reading.request))
        return Submission(reading.request, delivery.position)


def _legible_fields(malformed: Malformed) -> dict[str, object]:
    header = malformed.legible.header
    ids = {name.replace("-", "_"): header.get(name) for name in ("request-id", "sub-request-id", "originator-id")}
    return {**ids, "vnf_id": malformed.legible.vnf_id}


class BusListener:
    """One thread that feeds the controller; it reads no more than there is room for.

    `join` becomes a member of the consumer group. `dead_lettered` is told the code of each message put aside.
    """

    def __init__(
        self,
        join: Callable[[], Consumer],
        controller: Controller,
        reader: MessageReader,
        backlog: Backlog,
        dead_lettered: Callable[[int | None], None],
    ) -> None:
        self._join = join
        self._controller = controller
        self._reader = reader
        self._backlog = backlog
        self._dead_lettered = dead_lettered
        self._life = ""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="bus-listener", daemon=True)

    def start(self) -> None:
        """Join the group, then begin to read. Raises: Unavailable."""
        self._join_group()
        self._thread.start()

    def stop(self) -> None:
        """Read no more; returns when the batch at hand is answered and committed, and the group is left.

        Nothing happens where the group was out of reach so far, and nothing was read.
        """
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _listen(self) -> None:
        while not self._stopping.is_set():
            try:
                self._handle_next_batch()
            except Unavailable as error:
                _log.warning("reading waits: %s", error)
                self._stopping.wait(_PAUSE_S)
        with suppress(Unavailable):
            self._consumer.close()

    def _join_group(self) -> None:
        self._consumer = self._join()

    def _handle_next_batch(self) -> None:
        self._life = self._controller.life  # before the poll: whoever sleeps after it has read in a former life
        room = self._backlog.room()
        if room:
            self._consumer.resume()
            deliveries = self._consumer.poll(min(_BATCH, room), _POLL_S)
        else:
            self._consumer.pause()  # still a member, and polling, so that nobody takes it for dead
            deliveries = self._consumer.poll(1, _FULL_S)
        if deliveries and self._submit(deliveries):
            self._consumer.commit(deliveries)

    def _submit(self, deliveries: Sequence[Delivery]) -> bool:
        """Whether all are answered; a message that brings a defect to light is put aside, the others are judged."""
        try:
            return self._judged([self._reader.read(delivery) for delivery in deliveries])
        except Exception:
            _log.exception("%d messages could not be judged together", len(deliveries))
        return all([self._submit_alone(delivery) for delivery in deliveries])

    def _submit_alone(self, delivery: Delivery) -> bool:
        try:
            return self._judged([self._reader.read(delivery)])
        except Exception as error:
            _log.exception("judging the message at %s failed", delivery.position)
            reason = f"{type(error).__name__} while judging; the log has the details"
        return self._judged([self._reader.put_aside(delivery, reason)])

    def _judged(self, batch: Sequence[Submission | Unreadable]) -> bool:
        sent: list[bool] = []
        try:
            if not until_available(
                lambda: sent.append(self._controller.submit_many(batch, self._life)), self._stopping
            ):
                return False
        except LifeOver:
            _log.warning("the lease had lapsed before what was read was judged: it is read again from the last commit")
            self._read_again()
            return False
        for each in batch:
            if isinstance(each, Unreadable):
                self._dead_lettered(each.code)
        return all(sent)

    def _read_again(self) -> None:
        """Join the group anew: partitions may be others' by now, and what they have done with is committed."""
        with suppress(Unavailable):
            self._consumer.close()
        until_available(self._join_group, self._stopping)
