"""Requests that come by a call: judged as those of the bus, answered by their door (contract section 5.1)."""

import pytest

from appc.controller.backlog import Backlog, QueueFull
from appc.lcm.ports.failures import Unavailable
from tests.fakes.faulty import Died
from tests.fakes.lives import Life, World
from tests.fakes.requests import VM_B


def test_an_accepted_one_waits_until_its_door_has_answered(world: World, life: Life) -> None:
    """Then it enters the queue; its 100 never goes to the bus."""
    reply = life.controller.submit(world.request())
    assert (reply.outcome.code, world.store.waiting(9)) == (100, [])
    life.controller.replied(reply)
    assert len(world.store.waiting(9)) == 1
    assert world.answers() == []


@pytest.mark.parametrize(("action", "code"), [("Lock", 400), ("Migrate", 302)])
def test_what_nothing_follows_is_answered_and_done(world: World, life: Life, action: str, code: int) -> None:
    """Nobody has to mark anything afterwards."""
    reply = life.controller.submit(world.request(None, action=action))
    assert (reply.outcome.code, reply.owed) == (code, ())
    life.controller.replied(reply)
    assert life.faults.passed("before published") == 0


def test_a_controller_that_dies_before_the_answer_is_out_answers_on_the_bus(world: World, life: Life) -> None:
    """The caller hears nothing; the 100 and the final are on the response topic: nothing accepted is lost."""
    request = world.request(ttl_s=600)
    life.faults.die("after update_many")
    with pytest.raises(Died):
        life.controller.submit(request)
    world.life("first").recover().start()
    assert world.final(request)["code"] == 400
    assert world.codes(request) == [100, 400]


def test_observers_hear_of_it(world: World, life: Life) -> None:
    """As of what comes by the bus."""
    for request in (world.request(), world.request(), world.request(None, action="CheckLock")):
        life.controller.submit(request)
    assert life.heard() == ["Accepted", "Answered", "Answered"]


def test_a_store_out_of_reach_records_nothing(world: World, life: Life) -> None:
    """The caller is told, and may come again."""
    life.faults.fail("before update_many")
    request = world.request()
    with pytest.raises(Unavailable):
        life.controller.submit(request)
    assert life.controller.submit(request).outcome.code == 100


class TestTheStoreDidNotSayWhatBecameOfIt:
    """The caller is told 503: what is recorded all the same is taken back, and never begun."""

    def test_what_was_recorded_ends_aborted(self, world: World, life: Life) -> None:
        """Its VNF is free again, and whoever reads the response topic sees how it ended."""
        request = world.request()
        life.faults.fail("after update_many")
        with pytest.raises(Unavailable):
            life.controller.submit(request)
        assert len(world.vnf().in_progress) == 1
        life.controller.settle_doubts()
        assert world.codes(request) == [100, 405]
        assert world.status(request)[0] == "ABORTED"
        assert (world.vnf().in_progress, world.store.waiting(9)) == ((), [])

    def test_what_was_not_recorded_leaves_no_trace(self, world: World, life: Life) -> None:
        """It is looked for as long as the write may still arrive."""
        request = world.request(ttl_s=600)
        life.faults.fail("before update_many")
        with pytest.raises(Unavailable):
            life.controller.submit(request)
        for _ in range(3):
            life.controller.settle_doubts()
            world.clock.advance(20)
        looks = life.faults.passed("before update_many")
        life.controller.settle_doubts()
        assert life.faults.passed("before update_many") == looks
        assert world.answers() == []
        assert life.controller.submit(request).outcome.code == 100

    def test_a_store_that_is_still_away_is_asked_again(self, world: World, life: Life) -> None:
        """Nothing is forgotten meanwhile."""
        request = world.request()
        life.faults.fail("after update_many")
        with pytest.raises(Unavailable):
            life.controller.submit(request)
        life.faults.fail("before update_many")
        with pytest.raises(Unavailable):
            life.controller.settle_doubts()
        life.controller.settle_doubts()
        assert world.codes(request) == [100, 405]

    def test_what_another_controller_had_begun_meanwhile_goes_on(self, world: World, life: Life) -> None:
        """This one died, and its heir has answered: the doubt is his no longer."""
        request = world.request(ttl_s=600)
        life.faults.fail("after update_many")
        with pytest.raises(Unavailable):
            life.controller.submit(request)
        world.life("first").recover().start()
        assert world.final(request)["code"] == 400
        life.controller.settle_doubts()
        assert world.codes(request) == [100, 400]


class TestTheBacklog:
    """QUEUE_SIZE counts what is accepted and waits."""

    def test_a_full_queue_has_no_place(self, world: World, life: Life) -> None:
        """Nothing may be accepted beyond its size."""
        backlog = Backlog(world.store, 2)
        for vm_id in (None, VM_B):
            with backlog.place():
                life.controller.submit(world.request(vm_id) if vm_id else world.request())
        assert backlog.room() == 0
        with pytest.raises(QueueFull, match="2 requests are waiting"), backlog.place():
            pass

    def test_places_that_are_promised_count(self, world: World) -> None:
        """Of two calls at the same time the second does not get what the first was promised; later it is free again."""
        backlog = Backlog(world.store, 1)
        with backlog.place():
            assert backlog.room() == 0
            with pytest.raises(QueueFull), backlog.place():
                pass
        assert backlog.room() == 1
