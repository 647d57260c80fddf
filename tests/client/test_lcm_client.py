"""LcmClient: three ways to wait, answers by correlation-id, time-outs, and the end."""

import asyncio
import math
import queue
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from appc.bus.embedded import EmbeddedBus
from appc.client import (
    Answer,
    AnswerTimeout,
    CheckLock,
    ClientClosed,
    ClientError,
    InvalidAction,
    LcmClient,
    RawRequest,
    Restart,
    Unreachable,
)
from appc.client.bus_topics import BusTopics
from appc.lcm.ports.bus import Message
from tests.fakes.clock import FakeClock
from tests.fakes.lcm_controller import ScriptedController
from tests.fakes.memory_bus import MemoryBus

#: Any time-out that a test waits out, in seconds.
SOON_S = 0.05
PATIENCE_S = 10.0


def test_a_call_returns_the_final_answer(client: LcmClient, controller: ScriptedController) -> None:
    """What comes before it goes to on_answer, in order, in the caller's thread."""
    controller.codes = (100, 501, 501, 400)
    seen: list[tuple[int, threading.Thread]] = []
    answer = client.call(
        Restart(vnf_id="v"), on_answer=lambda each: seen.append((each.code, threading.current_thread()))
    )
    assert (answer.code, answer.succeeded) == (400, True)
    assert seen == [(code, threading.current_thread()) for code in (100, 501, 501)]


@pytest.mark.parametrize("code", [200, 302, 401, 405], ids=str)
def test_a_rejection_or_failure_is_an_answer(client: LcmClient, controller: ScriptedController, code: int) -> None:
    """Nothing is raised; `succeeded` tells."""
    controller.codes = (code,)
    answer = client.call(Restart(vnf_id="v"))
    assert (answer.code, answer.succeeded, answer.final) == (code, False, True)


def test_answers_come_one_by_one(client: LcmClient, controller: ScriptedController) -> None:
    """The final one is the last; it is sent even if nobody asks for answers."""
    answers = client.answers(Restart(vnf_id="v"))
    assert [answer.code for answer in answers] == [100, 400]
    assert len(controller.requests) == 1


def test_a_handler_hears_everything_in_order(client: LcmClient, controller: ScriptedController) -> None:
    """In a thread of the client; `submit` returns at once."""
    controller.codes = (100, 501, 400)
    seen: queue.SimpleQueue[tuple[int, threading.Thread]] = queue.SimpleQueue()
    client.submit(Restart(vnf_id="v"), lambda answer: seen.put((answer.code, threading.current_thread())))
    heard = [seen.get(timeout=PATIENCE_S) for _ in range(3)]
    assert [code for code, _ in heard] == [100, 501, 400]
    assert threading.current_thread() not in {thread for _, thread in heard}


def test_a_handler_that_raises_harms_nobody(client: LcmClient, controller: ScriptedController) -> None:
    """Neither its own later answers nor those of others."""
    seen: queue.SimpleQueue[int] = queue.SimpleQueue()

    def handler(answer: Answer) -> None:
        seen.put(answer.code)
        raise RuntimeError("a defect of the caller's")

    for _ in range(20):  # more than there are threads for handlers
        client.submit(Restart(vnf_id="v"), handler)
    assert sorted(seen.get(timeout=PATIENCE_S) for _ in range(40)) == [100] * 20 + [400] * 20
    assert client.call(CheckLock(vnf_id="v")).succeeded


def test_a_handler_may_call_the_client_itself(client: LcmClient, controller: ScriptedController) -> None:
    """Even synchronously, and from every handler thread at once."""
    seen: queue.SimpleQueue[bool] = queue.SimpleQueue()
    controller.codes = (400,)
    for _ in range(20):
        client.submit(Restart(vnf_id="v"), lambda _: seen.put(client.call(CheckLock(vnf_id="v")).succeeded))
    assert all(seen.get(timeout=PATIENCE_S) for _ in range(20))


def test_tasks_of_asyncio_need_no_threads(client: LcmClient, controller: ScriptedController) -> None:
    """200 at once: each gets its own answers, and no thread is started for them."""

    async def one(number: int) -> tuple[str, list[int]]:
        before: list[int] = []
        answer = await client.ask(CheckLock(vnf_id=f"v-{number}"), on_answer=lambda each: before.append(each.code))
        return str(answer.members["locked"]), before

    async def crowd() -> list[tuple[str, list[int]]]:
        return await asyncio.gather(*(one(number) for number in range(200)))

    threads = threading.active_count()
    assert asyncio.run(crowd()) == [(f"v-{number}", [100]) for number in range(200)]
    assert threading.active_count() == threads


def test_a_stream_yields_each_answer(client: LcmClient, controller: ScriptedController) -> None:
    """As `answers`, for asyncio."""

    async def codes() -> list[int]:
        return [answer.code async for answer in client.stream(Restart(vnf_id="v"))]

    assert asyncio.run(codes()) == [100, 400]


def test_a_task_that_is_cancelled_is_forgotten(client: LcmClient, controller: ScriptedController) -> None:
    """Its late answer goes to nobody, and its ids are free again."""
    controller.codes = (100,)
    action = Restart(vnf_id="v")

    async def impatient() -> None:
        async with asyncio.timeout(SOON_S):
            await client.ask(action)

    with pytest.raises(TimeoutError):
        asyncio.run(impatient())
    controller.answer(controller.requests[0], 400)
    controller.codes = (312,)
    client.call(CheckLock(vnf_id="v"))  # by then the late answer has been read
    assert client.call(action, timeout_s=PATIENCE_S).code == 312


def test_many_threads_get_their_own_answers(client: LcmClient, controller: ScriptedController) -> None:
    """1,600 requests from 16 threads over one client, none lost or crossed."""

    def hundred(thread: int) -> list[bool]:
        names = [f"v-{thread}-{number}" for number in range(100)]
        return [client.call(CheckLock(vnf_id=name)).members["locked"] == name for name in names]

    with ThreadPoolExecutor(16) as pool:
        assert all(all(mine) for mine in pool.map(hundred, range(16)))


@pytest.mark.parametrize("codes", [(), (100,), (100, 501)], ids=["nothing", "a 100", "a 100 and a 501"])
def test_a_time_out_counts_from_the_call(
    client: LcmClient, controller: ScriptedController, codes: tuple[int, ...]
) -> None:
    """Intermediate answers do not extend it; the text names the request."""
    controller.codes = codes
    with pytest.raises(AnswerTimeout, match=r"r-s within 0\.05 s"):
        client.call(Restart(vnf_id="v", request_id="r", sub_request_id="s"), timeout_s=SOON_S)


def test_whoever_waits_for_ever_leaves_others_their_time_outs(
    client: LcmClient, controller: ScriptedController
) -> None:
    """An endless time-out, or one of many years, is no error; one that is no number is."""
    controller.codes = ()
    for timeout_s in (math.inf, 1e300):
        client.submit(Restart(vnf_id="v"), lambda _: None, timeout_s=timeout_s)
    with pytest.raises(AnswerTimeout):
        client.call(Restart(vnf_id="v"), timeout_s=SOON_S)
    with pytest.raises(InvalidAction, match="timeout_s: nan"):
        client.call(Restart(vnf_id="v"), timeout_s=math.nan)


@pytest.mark.parametrize("wait", ["submit", "ask"])
def test_every_way_of_waiting_has_its_time_out(client: LcmClient, controller: ScriptedController, wait: str) -> None:
    """The handler of failures hears it, the task raises it."""
    controller.codes = ()
    if wait == "ask":
        with pytest.raises(TimeoutError):
            asyncio.run(client.ask(Restart(vnf_id="v"), timeout_s=SOON_S))
        return
    failed: queue.SimpleQueue[ClientError] = queue.SimpleQueue()
    client.submit(Restart(vnf_id="v"), lambda _: None, failed.put, timeout_s=SOON_S)
    assert isinstance(failed.get(timeout=PATIENCE_S), AnswerTimeout)


def test_those_who_wait_are_told_of_the_end(client: LcmClient, controller: ScriptedController) -> None:
    """ClientClosed for each; nothing can be sent any longer. To close again is no fault."""
    controller.codes = (100,)
    failed: queue.SimpleQueue[ClientError] = queue.SimpleQueue()
    for _ in range(3):
        client.submit(Restart(vnf_id="v"), lambda _: None, failed.put)
    client.close()
    client.close()
    assert [type(failed.get(timeout=PATIENCE_S)) for _ in range(3)] == [ClientClosed] * 3
    with pytest.raises(ClientClosed):
        client.call(Restart(vnf_id="v"))


def test_a_close_waits_for_what_is_under_way(client: LcmClient, controller: ScriptedController) -> None:
    """As long as it is told to; what is answered meanwhile is delivered before it returns."""
    controller.codes = (100,)
    seen: list[int] = []
    accepted = threading.Event()

    def handler(answer: Answer) -> None:
        seen.append(answer.code)
        accepted.set()

    client.submit(Restart(vnf_id="v"), handler)
    assert accepted.wait(PATIENCE_S)
    finishing = threading.Thread(target=lambda: controller.answer(controller.requests[0], 400))
    finishing.start()
    client.close(wait_s=PATIENCE_S)
    finishing.join()
    assert seen == [100, 400]


def test_two_with_the_same_ids_are_told_apart_before_they_are_sent(
    client: LcmClient, controller: ScriptedController
) -> None:
    """Their answers could not be; afterwards the ids are free again."""
    controller.codes = ()
    action = Restart(vnf_id="v")
    client.submit(action, lambda _: None)
    with pytest.raises(InvalidAction, match="under way"):
        client.call(action)
    assert len(controller.requests) <= 1


def test_a_bus_that_is_down_is_told(bus: MemoryBus) -> None:
    """From the beginning by the constructor, later by each call; when it is back, it works again."""
    client = LcmClient(BusTopics(bus))
    controller = ScriptedController(bus)
    bus.down = True
    with pytest.raises(Unreachable, match="the bus is down"):
        client.call(Restart(vnf_id="v"))
    with pytest.raises(Unreachable):
        LcmClient(BusTopics(bus))
    bus.down = False
    assert client.call(Restart(vnf_id="v"), timeout_s=PATIENCE_S).succeeded
    assert len(controller.requests) == 1
    client.close()


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(b"\xff", id="no text"),
        pytest.param(b"[]", id="no object"),
        pytest.param(b'{"correlation-id": "c", "body": {}}', id="no output"),
        pytest.param(b'{"correlation-id": 7, "body": {"output": {"status": {"code": "x"}}}}', id="no code"),
    ],
)
def test_what_is_no_answer_is_passed_over(
    bus: MemoryBus, client: LcmClient, controller: ScriptedController, value: bytes
) -> None:
    """Whatever others publish on the response topic."""
    bus.publish([Message("APPC-LCM-WRITE", None, value)])
    assert client.call(Restart(vnf_id="v")).succeeded


def test_bytes_are_sent_as_they_are(bus: MemoryBus, client: LcmClient) -> None:
    """For whoever builds messages by other means; malformed ones too."""
    sent: list[bytes] = []
    bus.watch("APPC-LCM-READ", lambda: sent.extend(value for _, value in bus.messages("APPC-LCM-READ")))
    with pytest.raises(AnswerTimeout):
        client.call(RawRequest("c", "v", b"no JSON"), timeout_s=SOON_S)
    assert sent == [b"no JSON"]


def test_a_message_that_no_transport_takes_harms_nobody(tmp_path: Path) -> None:
    """Whoever sent it is told; the next one is sent."""
    clock = FakeClock()
    bus = EmbeddedBus(tmp_path / "bus.sqlite3", clock)
    with LcmClient(BusTopics(bus), clock=clock) as client:
        with pytest.raises(Unreachable, match="surrogates not allowed"):
            client.call(RawRequest("c", "v\ud800", b"no JSON"), timeout_s=PATIENCE_S)
        client.submit(Restart(vnf_id="v"), lambda _: None)
    with closing(EmbeddedBus(tmp_path / "bus.sqlite3", clock)) as after:
        assert sum(after.end("APPC-LCM-READ").values()) == 1


def test_messages_are_published_in_the_order_they_were_sent(client: LcmClient, controller: ScriptedController) -> None:
    """From one thread; several at once, if they come faster than the bus takes them."""
    controller.codes = (400,)
    got: queue.SimpleQueue[Answer] = queue.SimpleQueue()
    for number in range(500):
        client.submit(CheckLock(vnf_id="v", request_id=str(number)), got.put)
    assert {got.get(timeout=PATIENCE_S).code for _ in range(500)} == {400}
    assert [request.key.request_id for request in controller.requests] == [str(number) for number in range(500)]
