"""Steps 3 to 6: a batch is judged, stored and answered (contract sections 4 and 7)."""

import json
import threading
from collections.abc import Iterable, Sequence

import pytest

from appc.controller.controller import Controller, Submission
from appc.controller.replies import until_available
from appc.lcm.planning import Surroundings
from appc.lcm.policy import ParallelPolicy
from appc.lcm.ports.bus import Message
from appc.lcm.ports.failures import InventoryUnavailable, Unavailable
from appc.lcm.ports.inventory import Vnf
from appc.lcm.request import Request, request_fields
from tests.fakes.answers import TOPIC
from tests.fakes.device import ports_of
from tests.fakes.inventory import FakeInventory
from tests.fakes.lives import DEAD_LETTERS, Life, World
from tests.fakes.requests import VM_A, VM_B, a_request

LETTER = Message(DEAD_LETTERS, None, b"unreadable")


class BrokenInventory(FakeInventory):
    """Port Inventory with a defect: some VNFs bring it to light."""

    def vnf(self, vnf_id: str) -> Vnf | None:
        if vnf_id == "broken":
            raise KeyError(vnf_id)
        return Vnf(vnf_id, "default")


class BrokenPolicy(ParallelPolicy):
    """A policy with a defect: whoever asks it, hits it."""

    def __init__(self) -> None:
        super().__init__({})

    def allows(self, received: str, in_progress: Iterable[str]) -> bool:
        raise ZeroDivisionError


def request_ids(answers: Sequence[bytes]) -> list[str]:
    """Whom the answers are for."""
    return [json.loads(answer)["request-id"] for answer in answers]


def test_a_batch_is_answered_in_its_order(world: World, life: Life) -> None:
    """Whatever becomes of each: accepted, rejected, answered at once or unreadable."""
    batch = [
        world.request(VM_A),
        world.request(VM_A),
        world.request(None, action="CheckLock"),
        world.request(VM_B),
        world.request(None, action="Lock"),
    ]
    malformed = Message(TOPIC, None, json.dumps({"code": 301, "request-id": "malformed"}).encode())
    life.deliver([*batch[:2], (malformed, LETTER), *batch[2:]])
    assert world.codes() == [100, 316, 301, 400, 100, 310]
    ids = [each.key.request_id for each in batch]
    assert request_ids(world.answers()) == [*ids[:2], "malformed", *ids[2:]]
    assert world.bus.messages(DEAD_LETTERS) == [(None, b"unreadable")]


def test_each_of_a_batch_sees_what_was_decided_before_it(world: World, life: Life) -> None:
    """Of conflicting requests in one batch one is accepted, and a copy in the same batch is a duplicate."""
    first = world.request()
    life.deliver([first, world.request(), first])
    assert world.codes() == [100, 316, 312]


def test_100_is_out_before_the_request_can_be_begun(world: World, life: Life) -> None:
    """It enters the queue when its 100 is marked published: no final can overtake it."""
    waiting: dict[str, int] = {}

    def look(point: str) -> None:
        waiting[point] = len(world.store.waiting(9))

    for point in ("after update_many", "before publish", "after publish", "before published", "after published"):
        life.faults.listen(point, lambda *_, point=point: look(point))
    life.submit(world.request())
    assert list(waiting.items()) == [
        ("after update_many", 0),
        ("before publish", 0),
        ("after publish", 0),
        ("before published", 0),
        ("after published", 1),
    ]


@pytest.mark.parametrize(
    ("action", "vm_id", "code"),
    [
        pytest.param("Lock", None, 400, id="synchronous"),
        pytest.param("Migrate", None, 302, id="rejected while planning"),
        pytest.param("Restart", VM_A, 310, id="rejected at admission"),
    ],
)
def test_what_is_not_accepted_has_one_answer(world: World, life: Life, action: str, vm_id: str, code: int) -> None:
    """And leaves nothing in the queue."""
    if code == 310:
        life.submit(world.request(None, action="Lock"))
    assert life.submit(world.request(vm_id, action=action)) == [code]
    assert world.store.length() == 0
    assert world.store.dead() == []


class TestADefect:
    """200: it becomes the answer of the request that brings it to light, and of no other."""

    def test_while_judging(self) -> None:
        """Checks 2 to 7."""
        world = World(BrokenInventory())
        life = world.life()
        assert life.submit(world.request(vnf_id="broken"), world.request(vnf_id="vnf-2")) == [200, 100]
        world.close()

    def test_while_deciding(self, world: World) -> None:
        """Checks 9 to 14: the VNF is as it was."""
        life = world.life(policy=BrokenPolicy())
        overlapping = world.request(action="Stop")
        assert life.submit(world.request(), overlapping, world.request(VM_B)) == [100, 200, 100]
        assert len(world.vnf().in_progress) == 2
        assert life.submit(world.request(vnf_id="vnf-2")) == [100]

    def test_leaves_no_trace_for_the_duplicate_check(self, world: World) -> None:
        """The same message is judged afresh."""
        life = world.life(policy=BrokenPolicy())
        first, overlapping = world.request(), world.request()
        assert life.submit(first, overlapping, overlapping) == [100, 200, 200]

    def test_says_what_it_is_without_details(self, world: World) -> None:
        """Those are in the log."""
        life = world.life(policy=BrokenPolicy())
        life.submit(world.request(), world.request())
        message = json.loads(world.answers()[-1])["message"]
        assert message == "UNEXPECTED ERROR - ZeroDivisionError while deciding; the log has the details"


class TestTheStoreIsOutOfReach:
    """Unavailable: nothing is decided."""

    def test_nothing_is_published_and_nothing_recorded(self, world: World, life: Life) -> None:
        """The caller may come again with the same batch."""
        life.faults.fail("before update_many")
        batch: list[Request | tuple[Message, ...]] = [world.request(), (LETTER,)]
        with pytest.raises(Unavailable):
            life.deliver(batch)
        assert (world.answers(), world.bus.messages(DEAD_LETTERS), world.store.length()) == ([], [], 0)
        assert life.events == []
        life.deliver(batch)
        assert world.codes() == [100]

    def test_what_it_stored_without_saying_so_is_not_judged_twice(self, world: World, life: Life) -> None:
        """The batch is submitted again: its positions are known."""
        life.faults.fail("after update_many")
        batch = [world.request(), world.request(VM_B)]
        with pytest.raises(Unavailable):
            life.deliver(batch)
        life.deliver(batch)
        assert world.codes() == [100, 100]
        assert world.store.length() == 2


class AwayInventory(FakeInventory):
    """Port Inventory that cannot be asked for some VNFs."""

    def vnf(self, vnf_id: str) -> Vnf | None:
        if vnf_id == "away":
            raise Unavailable("the inventory does not answer")
        return Vnf(vnf_id, "default")


def test_an_inventory_out_of_reach_rejects_nothing() -> None:
    """Nobody knows whether there is such a VNF: nothing is decided, the caller may come again."""
    world = World(AwayInventory())
    life = world.life()
    with pytest.raises(Unavailable) as away:
        life.deliver([world.request(vnf_id="vnf-2"), world.request(vnf_id="away")])
    assert (world.answers(), world.store.length()) == ([], 0)
    assert away.value.about["vnf_id"] == "away"
    world.close()


def test_the_log_names_the_request_that_waits(caplog: pytest.LogCaptureFixture) -> None:
    """By its ids, with each try."""
    away, stopping = InventoryUnavailable("A&AI answers 503"), threading.Event()
    away.about = request_fields(a_request(request_id="r-1"))
    stopping.set()

    def ask() -> None:
        raise away

    assert not until_available(ask, stopping)
    (line,) = caplog.records
    assert line.getMessage().startswith("A&AI answers 503; next try in ")
    assert (line.__dict__["request_id"], line.__dict__["vnf_id"]) == ("r-1", "vnf-1")


class TestTheBusIsOutOfReach:
    """What is decided stays decided; it is published as soon as the bus is back."""

    @pytest.mark.parametrize("point", ["before publish", "after publish", "before published", "after published"])
    def test_it_is_tried_again(self, world: World, life: Life, point: str) -> None:
        """An answer may come twice, byte-identical."""
        life.faults.fail(point)
        life.submit(world.request())
        assert set(world.codes()) == {100}
        assert len(set(world.answers())) == 1
        assert len(world.store.waiting(9)) == 1

    def test_a_stop_leaves_it_to_whoever_recovers(self, world: World, life: Life) -> None:
        """False: not all answers are out. The request is not begun before its 100 is."""
        life.faults.fail("before publish", 1000)
        life.stopping.set()
        assert not life.deliver([world.request()])
        assert (world.answers(), world.store.waiting(9), world.store.length()) == ([], [], 1)
        assert world.life().ownership.owner == "first#2"
        assert [message.topic for _, message in world.store.unpublished(world.store.dead())] == [TOPIC]


def test_observers_hear_of_each_before_any_worker_can_begin_it(world: World, life: Life) -> None:
    """Accepted or answered, in the batch's order; of what is unreadable nothing."""
    heard: list[list[str]] = []
    life.faults.listen("before published", lambda *_: heard.append(life.heard()))
    life.deliver([world.request(), world.request(), (LETTER,), world.request(None, action="CheckLock")])
    assert heard == [["Accepted", "Answered", "Answered"]]


def test_the_workers_are_woken_when_there_is_something_to_do(world: World, life: Life) -> None:
    """Nobody waits for the next look at the queue."""
    waiting: list[int] = []
    around = Surroundings(ports_of(world.executor, world.inventory))
    controller = Controller(life.core, around, life.replies, lambda: waiting.append(len(world.store.waiting(9))))
    controller.submit_many([Submission(world.request())])
    assert waiting == [1]


def test_an_empty_batch_is_no_news(world: World, life: Life) -> None:
    """Nothing happens."""
    assert life.controller.submit_many([])
    assert world.answers() == []
