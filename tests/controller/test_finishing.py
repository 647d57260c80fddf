"""Steps 9 and 10: outcome stored, VNF free, final answer published, in that order (contract section 3.2)."""

import json
import threading
from collections.abc import Sequence
from datetime import timedelta

import pytest

from appc.controller.finisher import Ended
from appc.lcm.errors import Aborted, DgFailure
from appc.lcm.outcome import Outcome
from appc.lcm.ports.bus import Message
from appc.lcm.request import Request
from tests.fakes.answers import code_of
from tests.fakes.clock import START
from tests.fakes.lives import Life, World
from tests.fakes.requests import VM_A, VM_B

ALWAYS = 10**9
#: An outcome that cannot be written: whoever builds its answer stumbles.
UNWRITABLE = Outcome(400, "SUCCESS", extra={"snapshot-id": object()})  # type: ignore[dict-item]


def ended(life: Life, request: Request, outcome: Outcome | None = None) -> Ended:
    """A request that was begun and has come to this."""
    return Ended(life.begin(request).id, request.vnf_id, outcome or Outcome.success())


class TestBeforeAFinalAnswerCanBeRead:
    """Contract section 3.2: what is true already when it is published."""

    def test_its_vnf_is_free_its_lock_renewed_and_its_end_shown(self, world: World, life: Life) -> None:
        """Seen at the moment of publishing."""
        seen: list[tuple[object, ...]] = []
        request = world.request(request_id="owner")

        def look(messages: Sequence[Message]) -> None:
            if code_of(messages[-1]) != 100:
                vnf = world.vnf()
                seen.append((vnf.in_progress, vnf.lock and vnf.lock.until, world.status(request)[0]))

        life.submit(world.request(None, action="Lock", request_id="owner", sub_request_id="lock"))
        world.clock.advance(5)
        life.faults.listen("before publish", look)
        end = ended(life, request)
        world.clock.advance(4)
        life.finisher.finish_now([end])
        assert seen == [((), START + timedelta(seconds=909), "SUCCESSFUL")]

    def test_its_100_has_been_sent(self, world: World) -> None:
        """Whatever the bus does meanwhile."""
        life = world.life().start()
        life.faults.fail("after publish", 2)
        requests = [world.request(vnf_id=f"vnf-{number}") for number in range(5)]
        life.submit(*requests)
        for request in requests:
            world.final(request)
            assert world.codes(request)[0] == 100
            assert sorted(set(world.codes(request))) == [100, 400]

    def test_its_501_has_been_sent(self, world: World, life: Life) -> None:
        """In one call, in order, with the same key."""
        request = world.request()
        partial = Outcome(401, "DG FAILURE - in part", partial=("first", "second"))
        life.finisher.finish_now([ended(life, request, partial)])
        assert world.codes(request) == [100, 501, 501, 401]
        assert len({key for key, _ in world.bus.messages("answers")}) == 1


class TestOutOfReach:
    """An outcome is stored and published as soon as that is possible."""

    @pytest.mark.parametrize(
        "point",
        [
            f"{when} {what}"
            for what in ("update_many", "publish", "published", "unpublished")
            for when in ("before", "after")
        ],
    )
    def test_one_failure_costs_no_answer(self, world: World, life: Life, point: str) -> None:
        """Wherever it is; where it is not known what was done, an answer may come twice."""
        request = world.request()
        end = ended(life, request)
        life.faults.fail(point)
        if "unpublished" in point:
            life.faults.fail("after update_many")
        life.finisher.finish_now([end])
        assert list(dict.fromkeys(world.answers(request))) == world.answers(request)[:2]
        assert world.codes(request)[:2] == [100, 400]
        assert world.store.unpublished([life.ownership.owner]) == []
        assert world.vnf().in_progress == ()

    def test_while_the_store_is_away_a_stop_gives_up(self, world: World, life: Life) -> None:
        """The store has what recovery needs: the request is begun by an owner that is gone."""
        request = world.request()
        end = ended(life, request)
        life.start()
        life.workers.stop(0)
        life.faults.fail("before update_many", ALWAYS)
        life.finisher.finish(end)
        life.finisher.stop(0.2)
        assert world.codes(request) == [100]
        life.faults.mend()
        life.store.leave(life.ownership.owner)
        world.life("second").recover()
        assert world.status(request)[0] == "ABORTED"

    def test_while_the_bus_is_away_a_stop_leaves_the_answer_to_the_next_life(self, world: World, life: Life) -> None:
        """It is stored: the next life publishes it, byte for byte."""
        request = world.request()
        end = ended(life, request)
        life.faults.fail("before publish", ALWAYS)
        life.stopping.set()
        life.finisher.finish_now([end])
        assert world.codes(request) == [100]
        assert world.status(request)[0] == "SUCCESSFUL"
        after = world.life()
        after.recovery.take_over()
        assert world.codes(request) == [100, 400]
        after.recovery.take_over()
        assert world.codes(request) == [100, 400]


class TestAnOutcomeThatCannotBeStored:
    """A defect in one answer harms no other."""

    def test_ends_405(self, world: World, life: Life) -> None:
        """In place of what it should have been."""
        request = world.request()
        life.finisher.finish_now([ended(life, request, UNWRITABLE)])
        assert world.codes(request) == [100, 405]
        assert world.vnf().in_progress == ()

    def test_leaves_the_others_of_its_batch_alone(self, world: World, life: Life) -> None:
        """Each has its own outcome, once."""
        requests = [world.request(vnf_id=f"vnf-{number}") for number in range(3)]
        outcomes = [Outcome.success(), UNWRITABLE, Outcome.of(DgFailure("no host"))]
        ends = [ended(life, request, outcome) for request, outcome in zip(requests, outcomes, strict=True)]
        life.finisher.finish_now(ends)
        assert [world.codes(each) for each in requests] == [[100, 400], [100, 405], [100, 401]]


def test_a_defect_of_the_bus_costs_no_answer(world: World, life: Life) -> None:
    """Stored and not published: they are published one by one."""
    requests = [world.request(vnf_id=f"vnf-{number}") for number in range(3)]
    ends = [ended(life, request) for request in requests]
    life.faults.fail("before publish", error=ZeroDivisionError())
    life.finisher.finish_now(ends)
    assert [world.codes(each) for each in requests] == [[100, 400]] * 3


class TestSeveralOutcomes:
    """Of one request: the first that is stored counts."""

    def test_the_second_is_dropped(self, world: World, life: Life) -> None:
        """It publishes nothing and changes nothing."""
        request = world.request()
        end = ended(life, request, Outcome.of(Aborted("stopped")))
        life.finisher.finish_now([end])
        life.finisher.finish_now([Ended(end.record_id, end.vnf_id, Outcome.success())])
        assert world.codes(request) == [100, 405]
        assert world.status(request)[0] == "ABORTED"
        assert life.heard().count("Finished") == 1

    def test_the_second_of_a_batch_is_dropped(self, world: World, life: Life) -> None:
        """As if it had come later."""
        request = world.request()
        end = ended(life, request)
        life.finisher.finish_now([end, Ended(end.record_id, end.vnf_id, Outcome.of(Aborted("stopped")))])
        assert world.codes(request) == [100, 400]

    def test_what_is_seen_again_and_again_is_handed_over_once(self, world: World, life: Life) -> None:
        """Until it is stored; what would be seen by a blocked finisher's callers must not pile up."""
        first, second = ended(life, world.request(VM_A)), ended(life, world.request(VM_B))
        assert [life.finisher.finish_once(each) for each in (first, second, first)] == [True, True, False]
        life.start()
        life.stop()
        assert sorted(world.codes()) == [100, 100, 400, 400]
        assert life.finisher.finish_once(first)


def test_a_stop_finishes_what_was_handed_over(world: World, life: Life) -> None:
    """However much that is."""
    requests = [world.request(vnf_id=f"vnf-{number}") for number in range(250)]
    ends = [ended(life, request) for request in requests]
    for end in ends:
        life.finisher.finish(end)
    life.start()
    life.stop()
    assert world.codes().count(400) == 250


def test_many_outcomes_take_few_writes(world: World, life: Life) -> None:
    """Two for a batch: one that stores them, one that marks them published."""
    ends = [ended(life, world.request(vnf_id=f"vnf-{number}")) for number in range(100)]
    before = life.faults.passed("before update_many"), life.faults.passed("before published")
    for end in ends:
        life.finisher.finish(end)
    life.start()
    life.stop()
    after = life.faults.passed("before update_many"), life.faults.passed("before published")
    assert (after[0] - before[0], after[1] - before[1]) == (1, 1)


def test_finals_of_one_vnf_are_published_in_the_order_of_their_ends(world: World, life: Life) -> None:
    """Many threads hand them over; each VNF's answers keep their key."""
    requests = [world.request(vnf_id="vnf-1", vm_id=f"aaaaaaaa-0000-4000-8000-{n:012}") for n in range(20)]
    ends = [ended(life, request) for request in requests]
    life.start()
    lock = threading.Lock()
    order: list[str] = []

    def hand_over(number: int) -> None:
        for end, request in list(zip(ends, requests, strict=True))[number::4]:
            with lock:
                order.append(request.key.request_id)
                life.finisher.finish(end)

    threads = [threading.Thread(target=hand_over, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    life.stop()
    finals = [json.loads(answer) for answer in world.answers() if json.loads(answer)["code"] == 400]
    assert [final["request-id"] for final in finals] == order
