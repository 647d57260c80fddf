"""Steps 1, 2 and the commit: the bus is read as far as there is room, and nothing stops it (contract section 7)."""

import json
import threading
from collections.abc import Callable

import pytest

from appc.controller.controller import Submission
from appc.lcm.outcome import Outcome
from appc.lcm.ports.bus import Message
from appc.lcm.ports.failures import Unavailable
from appc.lcm.request import Request
from appc.northbound.bus import MessageReader, MessageTopics
from appc.wire.envelope import read_request
from appc.wire.faults import Fault
from appc.wire.schemas import Schemas, installed_schemas
from tests.fakes.answers import TOPIC, PlainAnswers
from tests.fakes.lives import DEAD_LETTERS, GROUP, PATIENCE_S, REQUESTS, Life, World
from tests.fakes.requests import VM_A, VM_B

ALWAYS = 10**9


def requests_for(world: World, number: int) -> list[Request]:
    """So many that do not touch each other."""
    return [world.request(vnf_id=f"vnf-{each}", ttl_s=3600) for each in range(number)]


def accepted(world: World, number: int) -> Callable[[], bool]:
    """Whether so many have their 100."""
    return lambda: world.codes().count(100) == number


def committed(world: World) -> int:
    """How many messages are done with."""
    return sum(world.bus.committed(REQUESTS, GROUP).values())


def dead_letters(world: World) -> list[dict[str, object]]:
    """What was put aside."""
    return [json.loads(value) for _, value in world.bus.messages(DEAD_LETTERS)]


class SelectiveAnswers(PlainAnswers):
    """Port AnswerFormat with a defect: one VNF brings it to light."""

    def answer(self, request: Request, outcome: Outcome) -> Message:
        if request.vnf_id == "broken":
            raise ZeroDivisionError
        return super().answer(request, outcome)


class BrokenSchemas(Schemas):
    """Schemas with a defect: one VNF brings it to light."""

    def faults(self, name: str, document: object) -> list[Fault]:
        if "broken" in json.dumps(document):
            raise ZeroDivisionError
        return super().faults(name, document)


def test_requests_are_answered_executed_and_committed(world: World, life: Life) -> None:
    """The whole way."""
    requests = requests_for(world, 5)
    world.send(*requests)
    life.start().listen()
    assert [world.final(each)["code"] for each in requests] == [400] * 5
    life.stop()
    assert committed(world) == 5
    assert life.faults.passed("after close") == 1


def test_answers_are_out_before_the_offsets_are_committed(world: World, life: Life) -> None:
    """A crash between means a second delivery, and never a lost answer."""
    seen: list[tuple[int, int]] = []
    life.faults.listen("before commit", lambda deliveries: seen.append((len(deliveries), len(world.answers()))))
    world.send(*requests_for(world, 5))
    life.listen()
    world.wait_until(accepted(world, 5))
    life.stop()
    assert [answers for _, answers in seen][-1] == sum(messages for messages, _ in seen) == 5


class TestWhatIsNoRequest:
    """It is answered or put aside, and the next message is handled."""

    MALFORMED = (
        b'{"version": "2.0", "correlation-id": "c-1", "body": {"input": {"common-header": {"request-id": "r-1"}}}}'
    )

    def test_a_malformed_one_has_an_answer_and_a_dead_letter(self, world: World, life: Life) -> None:
        """Of type error, with the code of check 1."""
        self.send(world, life, self.MALFORMED)
        answer = json.loads(world.bus.messages(TOPIC)[0][1])
        assert (answer["type"], answer["correlation-id"]) == ("error", "c-1")
        (letter,) = dead_letters(world)
        assert letter["code"] == answer["body"]["output"]["status"]["code"] == 302
        assert (letter["topic"], letter["message"]) == (REQUESTS, self.MALFORMED.decode())
        assert life.dead_letter_codes == [302]

    @pytest.mark.parametrize(
        ("value", "code"),
        [
            pytest.param(b"", 303, id="nothing"),
            pytest.param(b"\xff\xfe\x00", 303, id="no text"),
            pytest.param(b"[]", 303, id="no object"),
            pytest.param(b"{" * 5000, 303, id="endless"),
            pytest.param(b'{"type": "response", "correlation-id": "c-1"}', None, id="an answer"),
            pytest.param(b'{"type": "error", "correlation-id": "c-1"}', None, id="an error"),
            pytest.param(b'"' + b"x" * 10_000 + b'"', 303, id="too large"),
        ],
    )
    def test_what_nobody_can_recognise_is_only_put_aside(
        self, world: World, life: Life, value: bytes, code: int | None
    ) -> None:
        """Nobody waits for an answer to it."""
        self.send(world, life, value)
        assert [letter["code"] for letter in dead_letters(world)] == [code]
        assert world.codes() == [100]
        assert life.dead_letter_codes == [code]

    def send(self, world: World, life: Life, value: bytes) -> None:
        """The message, and a request behind it; everything is handled and committed."""
        world.bus.publish([Message(REQUESTS, "vnf-1", value)])
        world.send(world.request())
        life.listen()
        world.wait_until(lambda: any(b'"code": 100' in answer for _, answer in world.bus.messages(TOPIC)))
        life.stop()
        assert committed(world) == 2


class TestADefect:
    """One message brings it to light; it is put aside, and the others have their answers."""

    def test_in_deciding_and_answering(self, world: World) -> None:
        """Not even 200 can be said."""
        life = world.life(answers=SelectiveAnswers())
        self.check(world, life.listen)

    def test_in_reading(self, world: World) -> None:
        """Before anything is known of it."""
        life = world.life()
        reader = MessageReader(BrokenSchemas(), MessageTopics(TOPIC, DEAD_LETTERS), 10_000)
        self.check(world, lambda: life.listen(reader))

    def check(self, world: World, listen: Callable[[], Life]) -> None:
        """In the middle of a batch."""
        requests = [world.request(vnf_id=vnf_id) for vnf_id in ("vnf-1", "broken", "vnf-2", "broken", "vnf-3")]
        world.send(*requests)
        life = listen()
        world.wait_until(accepted(world, 3))
        life.stop()
        assert world.codes() == [100, 100, 100]
        assert [letter["code"] for letter in dead_letters(world)] == [200, 200]
        assert all("ZeroDivisionError" in str(letter["reason"]) for letter in dead_letters(world))
        assert committed(world) == 5


class TestAFullQueue:
    """The controller stops reading the bus; it neither rejects nor forgets."""

    def test_stops_the_reading_until_there_is_room(self, world: World) -> None:
        """Still a member, and polling."""
        world.executor.hold()
        life = world.life(queue_size=3, workers=2)
        requests = requests_for(world, 10)
        world.send(*requests)
        life.listen()
        life.faults.wait_for("after pause", 2)
        polls = life.faults.passed("after poll")
        life.faults.wait_for("after poll", polls + 2)
        assert world.codes() == [100] * 3
        assert committed(world) == 3
        world.executor.release()
        life.start()
        assert [world.final(each)["code"] for each in requests] == [400] * 10

    def test_is_that_of_all_controllers_together(self, world: World, life: Life) -> None:
        """They share the store."""
        life.submit(*requests_for(world, 3))
        other = world.life("second", queue_size=3)
        request = world.request(vnf_id="vnf-9")
        world.send(request)
        other.listen()
        other.faults.wait_for("after pause", 2)
        assert world.codes(request) == []
        life.start()
        world.wait_until(lambda: world.codes(request)[:1] == [100])

    def test_leaves_no_room_for_more_than_fit(self, world: World, life: Life) -> None:
        """A poll asks for no more."""
        limited = world.life(queue_size=4)
        limits: list[int] = []
        limited.faults.listen("before poll", lambda limit, timeout_s: limits.append(limit))
        life.submit(world.request(VM_A), world.request(VM_B))
        limited.listen()
        limited.faults.wait_for("before poll", 1)
        assert limits[0] == 2

    def test_does_not_keep_a_stop_waiting(self, world: World) -> None:
        """What is not read is read by the next one."""
        life = world.life(queue_size=1)
        world.send(*requests_for(world, 3))
        life.listen()
        life.faults.wait_for("after pause", 1)
        life.stop()
        assert world.codes() == [100]


class TestOutOfReach:
    """Store or bus are away."""

    def test_what_the_store_cannot_take_is_neither_answered_nor_committed(self, world: World, life: Life) -> None:
        """It is judged when the store is back, once."""
        life.faults.fail("before update_many", ALWAYS)
        requests = requests_for(world, 3)
        world.send(*requests)
        life.listen()
        life.faults.wait_for("before update_many", 2)
        assert (world.answers(), committed(world)) == ([], 0)
        life.faults.mend()
        world.wait_until(accepted(world, 3))
        life.stop()
        assert world.codes() == [100] * 3
        assert committed(world) == 3

    def test_a_stop_meanwhile_leaves_it_on_the_bus(self, world: World, life: Life) -> None:
        """For the next one."""
        life.faults.fail("before update_many", ALWAYS)
        request = world.request()
        world.send(request)
        life.listen()
        life.faults.wait_for("before update_many", 1)
        life.stop()
        assert committed(world) == 0
        world.life("second").start().listen()
        assert world.final(request)["code"] == 400

    def test_while_nobody_knows_the_queues_length_nothing_is_read(self, world: World, life: Life) -> None:
        """A stop is not kept waiting."""
        life.faults.fail("before length", ALWAYS)
        world.send(world.request())
        life.listen()
        life.faults.wait_for("before length", 1)
        life.stop()
        assert world.answers() == []

    def test_an_answer_that_cannot_be_published_is_not_committed(self, world: World, life: Life) -> None:
        """It is stored; who stops leaves both to the next one."""
        life.faults.fail("before publish", ALWAYS)
        request = world.request()
        world.send(request)
        life.listen()
        life.faults.wait_for("before publish", 1)
        life.stop()
        assert (world.answers(), committed(world)) == ([], 0)
        world.life("second").start().recover().listen()
        assert world.final(request)["code"] == 400
        assert set(world.codes(request)) == {100, 400}

    def test_a_group_that_cannot_be_joined_is_joined_later_or_never(self, world: World, life: Life) -> None:
        """The start says so; a stop has nothing to wait for then."""
        request = world.request()
        world.send(request)
        life.faults.fail("before consumer")
        with pytest.raises(Unavailable):
            life.listen()
        life.stop()
        world.life("second").start().listen()
        assert world.final(request)["code"] == 400

    def test_a_bus_that_cannot_be_left_does_not_end_in_a_traceback(self, life: Life) -> None:
        """Membership runs out by itself."""
        life.faults.fail("before close")
        life.listen()
        life.stop()


@pytest.mark.parametrize(
    "point",
    [
        "after poll",
        "before update_many",
        "after update_many",
        "after publish",
        "after published",
        "before commit",
        "after commit",
    ],
)
def test_wherever_it_dies_the_next_life_answers_everything_once(world: World, point: str) -> None:
    """Distinct answers: a 100 and a final for each; each executed once."""
    requests = requests_for(world, 6)
    world.send(*requests)
    dying = world.life()
    dying.faults.die(point)
    dying.listen()
    assert dying.faults.died.wait(PATIENCE_S)
    world.life().start().recover().listen()
    for request in requests:
        assert world.final(request)["code"] == 400
    world.wait_until(lambda: committed(world) >= 6 or world.bus.down)
    assert {tuple(dict.fromkeys(world.codes(each))) for each in requests} == {(100, 400)}
    assert len(set(world.answers())) == 12
    assert len(world.executor.effects) == 6


def test_a_commit_that_fails_costs_nothing(world: World, life: Life) -> None:
    """What is delivered again has its answers already."""
    request = world.request()
    world.send(request)
    life.faults.fail("before commit")
    life.start().listen()
    assert world.final(request)["code"] == 400
    life.faults.wait_for("before commit")
    life.stop()
    assert committed(world) == 0
    again = world.life()
    again.listen()
    again.faults.wait_for("after commit")
    assert world.codes(request) == [100, 400, 100, 400]
    assert len(set(world.answers(request))) == 2
    assert len(world.executor.effects) == 1


def test_a_stop_ends_after_the_batch_at_hand(world: World, life: Life) -> None:
    """Answered, committed, and the group is left."""
    at_hand, go_on = threading.Event(), threading.Event()

    def pause(*_: object) -> None:
        at_hand.set()
        go_on.wait(PATIENCE_S)

    life.faults.listen("before update_many", pause)
    world.send(*requests_for(world, 3))
    life.listen()
    assert at_hand.wait(PATIENCE_S)
    stop = threading.Thread(target=life.stop)
    stop.start()
    assert committed(world) == 0
    go_on.set()
    stop.join(PATIENCE_S)
    assert not stop.is_alive()
    answered = len(world.answers())
    assert committed(world) == answered > 0
    assert life.faults.passed("after close") == 1


class TestWhoSleepsPastItsLease:
    """What was read before belongs to others; nothing of it is judged anew."""

    def test_leaves_what_others_have_answered_meanwhile(self, world: World, life: Life) -> None:
        """Even where the others have forgotten that they judged it."""
        request = world.request()
        world.send(request)

        def sleep(*_: object) -> None:
            if life.faults.passed("before update_many") == 0:
                world.clock.advance(life.ownership.lease.total_seconds())
                self.serve(world, world.life("second").start())

        life.faults.listen("before update_many", sleep)
        life.start().listen()
        life.faults.wait_for("after close")
        later = world.request(vnf_id="vnf-2")
        world.send(later)
        assert world.final(later)["code"] == 400
        assert world.codes(request) == [100, 400]
        assert len(world.executor.effects) == 2

    def test_reads_again_what_nobody_has_taken(self, world: World, life: Life) -> None:
        """In a new life; the messages were not committed."""
        requests = requests_for(world, 3)
        world.send(*requests)

        def sleep(*_: object) -> None:
            if life.faults.passed("before update_many") == 0:
                world.clock.advance(life.ownership.lease.total_seconds())

        life.faults.listen("before update_many", sleep)
        before = life.ownership.owner
        life.start().listen()
        assert [world.final(each)["code"] for each in requests] == [400] * 3
        assert life.ownership.owner != before
        life.stop()
        assert committed(world) == 3

    @staticmethod
    def serve(world: World, other: Life) -> None:
        """Another member of the group does everything that there is to do, and forgets it."""
        member = world.bus.consumer(REQUESTS, GROUP)
        (delivery,) = member.poll(9, 0)
        request = read_request(delivery.value, 10_000, installed_schemas()).request
        assert other.controller.submit_many([Submission(request, delivery.position)])
        world.final(request)
        other.faults.wait_for("after published", times=2)  # what is not marked so is not forgotten
        member.commit([delivery])
        world.store.forget(REQUESTS, world.bus.committed(REQUESTS, GROUP))
