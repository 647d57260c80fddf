"""Contract section 4, "Redelivery first", and section 7: what a crash makes the bus deliver again."""

import json
from collections import defaultdict

import pytest

from appc.lcm.ports.bus import Message
from appc.lcm.ports.failures import Unavailable
from appc.lcm.request import Request
from tests.fakes.answers import TOPIC
from tests.fakes.faulty import Died
from tests.fakes.lives import DEAD_LETTERS, World
from tests.fakes.requests import VM_A, VM_B

LETTER = Message(DEAD_LETTERS, None, b"unreadable")
MALFORMED = Message(TOPIC, None, json.dumps({"code": 301, "request-id": "malformed"}).encode())
STORED = ["after update_many", "before publish", "after publish", "before published", "after published"]
OWNERS = [pytest.param("first", id="itself, started again"), pytest.param("second", id="another controller")]


class Batch:
    """Messages of every kind, and what was published for them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.accepted = [world.request(VM_A, ttl_s=65535), world.request(VM_B, ttl_s=65535)]
        self.overlapping = world.request(VM_A, action="Stop")
        self.lock = world.request(None, action="Lock", vnf_id="vnf-2")
        self.locked_out = world.request(vnf_id="vnf-2")
        self.messages: list[Request | tuple[Message, ...]] = [
            *self.accepted,
            self.overlapping,
            (MALFORMED, LETTER),
            self.lock,
            self.locked_out,
        ]

    def codes(self) -> dict[str, list[int]]:
        """The codes of the distinct answers, by request-id, in order."""
        distinct: defaultdict[str, list[bytes]] = defaultdict(list)
        for answer in self.world.answers():
            mine = distinct[json.loads(answer)["request-id"]]
            if answer not in mine:
                mine.append(answer)
        return {id: [json.loads(answer)["code"] for answer in answers] for id, answers in distinct.items()}

    def expected(self) -> dict[str, list[int]]:
        """Every request judged once, everything accepted finished."""
        return {
            **{each.key.request_id: [100, 400] for each in self.accepted},
            self.overlapping.key.request_id: [316],
            "malformed": [301],
            self.lock.key.request_id: [400],
            self.locked_out.key.request_id: [310],
        }


@pytest.mark.parametrize("survivor", OWNERS)
@pytest.mark.parametrize("point", STORED)
def test_a_batch_whose_judge_died_gets_the_same_answers_again(world: World, point: str, survivor: str) -> None:
    """Nothing is judged anew, though by now everything would be judged differently; nothing is executed twice."""
    batch = Batch(world)
    dying = world.life("first")
    dying.faults.die(point)
    with pytest.raises(Died):
        dying.deliver(batch.messages)

    world.clock.advance(1000)  # the lease has lapsed, the lock too; most requests are too old by now
    after = world.life(survivor)
    after.recovery.take_over()
    after.start()
    for request in batch.accepted:
        world.final(request)
    after.events.clear()
    after.deliver(batch.messages)

    assert batch.codes() == batch.expected()
    assert set(after.heard()) == {"Redelivered"}
    assert sorted(effect.request_id for effect in world.executor.effects) == sorted(
        each.key.request_id for each in batch.accepted
    )
    assert {value for _, value in world.bus.messages(DEAD_LETTERS)} == {b"unreadable"}


def test_what_was_not_stored_is_judged_when_it_comes_again(world: World) -> None:
    """The first judge left nothing behind."""
    batch = Batch(world)
    dying = world.life()
    dying.faults.die("before update_many")
    with pytest.raises(Died):
        dying.deliver(batch.messages)
    after = world.life().start()
    after.recovery.take_over()
    assert world.answers() == []
    after.deliver(batch.messages)
    for request in batch.accepted:
        world.final(request)
    assert batch.codes() == batch.expected()


def test_a_redelivery_while_the_first_delivery_is_being_executed_begins_nothing(world: World) -> None:
    """The group gave the partition to another controller in the middle."""
    world.executor.hold()
    first, second = world.life("first").start(), world.life("second").start()
    request = world.request()
    first.deliver([request])
    world.executor.wait_for_executions(1)
    second.deliver([request])
    second.let_pass()
    assert len(world.executor.wait_for_executions(1)) == 1
    world.executor.release()
    world.final(request)
    assert batch_of(world, request) == ([100, 400], 1)


def batch_of(world: World, request: Request) -> tuple[list[int], int]:
    """The distinct codes of a request, and how often it was executed."""
    distinct = dict.fromkeys(world.answers(request))
    return [json.loads(answer)["code"] for answer in distinct], len(world.executor.effects)


def test_a_redelivery_after_the_end_brings_both_answers_again(world: World) -> None:
    """The final is stored at the position of its request, too."""
    life = world.life().start()
    request = world.request()
    life.deliver([request])
    world.final(request)
    before = world.answers()
    world.clock.advance(1000)
    life.deliver([request])
    assert world.answers() == before * 2
    assert len(world.executor.effects) == 1


def test_a_part_of_a_batch_may_be_known(world: World) -> None:
    """The bus makes other batches of the same messages."""
    life = world.life()
    first, second = world.request(VM_A), world.request(VM_B)
    life.deliver([first])
    life.deliver([first, second])
    assert world.codes(first) == [100, 100]
    assert world.codes(second) == [100]
    assert life.heard() == ["Accepted", "Redelivered", "Accepted"]


def test_the_same_message_at_another_position_is_a_duplicate(world: World) -> None:
    """A copy is not a redelivery."""
    life = world.life()
    request = world.request()
    life.deliver([request])
    life.deliver([request], offset=7)
    assert world.codes() == [100, 312]


@pytest.mark.parametrize("point", STORED)
def test_a_store_or_bus_that_fails_there_makes_no_difference(world: World, point: str) -> None:
    """Unavailable: the caller submits the batch again."""
    batch = Batch(world)
    life = world.life().start()
    life.faults.fail(point)
    try:
        life.deliver(batch.messages)
    except Unavailable:
        life.deliver(batch.messages)
    for request in batch.accepted:
        world.final(request)
    assert batch.codes() == batch.expected()
    assert len(world.executor.effects) == 2


def test_judgements_below_the_committed_offset_are_forgotten_once_they_are_out(world: World) -> None:
    """Nobody can deliver them again; what is not published yet is kept."""
    life = world.life()
    life.deliver([world.request(VM_A), world.request(VM_B)])
    life.faults.die("before publish")
    with pytest.raises(Died):
        life.deliver([world.request(vnf_id="vnf-2")], offset=2)
    world.store.forget("requests", {0: 3})
    world.clock.advance(11)
    after = world.life("second")
    after.recovery.take_over()
    assert len(world.answers()) == 3
    assert len(world.store.waiting(9)) == 3
