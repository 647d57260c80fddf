"""Contract section 4, check 8; guide, validation rule 2."""

from dataclasses import replace

import pytest

from appc.lcm.errors import DgFailure
from appc.lcm.outcome import Outcome
from tests.fakes.desk import Desk
from tests.fakes.requests import VM_A, VM_B, a_request, ids

FAILURE = Outcome.of(DgFailure("no host"))

A, B = ids(vserver_id=VM_A), ids(vserver_id=VM_B)


class TestADuplicate:
    """Check 8: the same originator-id, request-id and sub-request-id."""

    def test_is_312_while_the_first_is_in_progress(self, desk: Desk) -> None:
        """Accepted or begun; also with another timestamp, on another VNF, by another action."""
        first = a_request("Restart", A)
        again = replace(a_request("Configure", "vnf-2"), header=replace(first.header, timestamp="2026-08-03T08:50:21Z"))
        desk.submit(first)
        assert [desk.submit(first)["code"], desk.submit(again)["code"]] == [312, 312]
        desk.begin(first)
        assert [desk.submit(first)["code"], desk.submit(again)["code"]] == [312, 312]

    @pytest.mark.parametrize(
        "outcome", [pytest.param(Outcome.success(), id="success"), pytest.param(FAILURE, id="401")]
    )
    def test_is_312_as_a_copy_of_a_finished_one_within_its_ttl(self, desk: Desk, outcome: Outcome) -> None:
        """The same timestamp: a copy of the message. After the TTL it is 311 before that."""
        request = a_request("Restart", A, ttl_s=60)
        desk.run(request, outcome)
        desk.clock.advance(59.9)
        assert desk.submit(request)["code"] == 312
        desk.clock.advance(0.1)
        assert desk.submit(request)["code"] == 311

    def test_is_312_as_a_copy_with_a_longer_ttl_only_within_the_first_ones(self, desk: Desk) -> None:
        """The TTL that counts is that of the finished request."""
        short, long = (
            a_request("Restart", A, request_id="r", ttl_s=10),
            a_request("Restart", A, request_id="r", ttl_s=99),
        )
        desk.run(short)
        desk.clock.advance(9)
        assert desk.submit(long)["code"] == 312
        desk.clock.advance(1)
        assert desk.submit(long)["code"] == 100

    def test_with_another_timestamp_is_a_new_request_once_the_first_is_finished(self, desk: Desk) -> None:
        """The ids may be used again."""
        first = a_request("Restart", A)
        desk.run(first)
        desk.clock.advance(1)
        assert (
            desk.submit(a_request("Restart", A, request_id=first.key.request_id, sent_at=desk.clock.now()))["code"]
            == 100
        )

    @pytest.mark.parametrize(
        "other",
        [
            pytest.param({"originator_id": "somebody"}, id="originator-id"),
            pytest.param({"request_id": "another"}, id="request-id"),
            pytest.param({"sub_request_id": "2"}, id="sub-request-id"),
            pytest.param({"sub_request_id": None}, id="no sub-request-id"),
        ],
    )
    def test_must_have_all_three_ids(self, desk: Desk, other: dict[str, str | None]) -> None:
        """Where one of them differs it is another request."""
        desk.submit(a_request("Restart", A, request_id="r"))
        assert desk.submit(a_request("Restart", B, **{"request_id": "r", **other}))["code"] == 100  # type: ignore[arg-type]  # the rows' types

    def test_without_sub_request_ids_is_found_too(self, desk: Desk) -> None:
        """Absent equals absent."""
        desk.submit(a_request("Restart", A, request_id="r", sub_request_id=None))
        assert desk.submit(a_request("Restart", B, request_id="r", sub_request_id=None))["code"] == 312

    @pytest.mark.parametrize("action", ["Lock", "Unlock"])
    def test_of_a_lock_or_unlock_is_312_too(self, desk: Desk, action: str) -> None:
        """They are finished at once; a copy within the TTL is a duplicate."""
        request = a_request(action)
        assert [desk.submit(request)["code"], desk.submit(request)["code"]] == [400, 312]

    @pytest.mark.parametrize(
        ("action", "payload"),
        [
            pytest.param("CheckLock", None, id="CheckLock"),
            pytest.param("ActionStatus", '{"request-id": "x"}', id="ActionStatus"),
        ],
    )
    def test_of_a_question_is_answered_again(self, desk: Desk, action: str, payload: str | None) -> None:
        """CheckLock and ActionStatus leave no trace here."""
        request = a_request(action, payload=payload)
        assert [desk.submit(request)["code"], desk.submit(request)["code"]] == [400, 400]

    @pytest.mark.parametrize(
        ("action", "payload"),
        [
            pytest.param("CheckLock", None, id="CheckLock"),
            pytest.param("ActionStatus", '{"request-id": "r"}', id="ActionStatus"),
            pytest.param("Lock", None, id="Lock"),
            pytest.param("Unlock", None, id="Unlock"),
        ],
    )
    def test_is_looked_for_before_a_controller_action_too(self, desk: Desk, action: str, payload: str | None) -> None:
        """They take checks 1 to 6 and 8: with the ids of a request in progress they are 312."""
        desk.submit(a_request("Restart", A, request_id="r"))
        assert desk.submit(a_request(action, request_id="r", payload=payload))["code"] == 312

    def test_is_not_what_was_rejected(self, desk: Desk) -> None:
        """A rejected message leaves no trace: the same message may come again."""
        desk.submit(a_request("Restart", A, request_id="first"))
        rejected = a_request("Stop", A)
        assert [desk.submit(rejected)["code"], desk.submit(rejected)["code"]] == [316, 316]
        locked_out = a_request("Lock")
        assert [desk.submit(locked_out)["code"], desk.submit(locked_out)["code"]] == [310, 310]

    def test_explains_itself(self, desk: Desk) -> None:
        """The request-id that holds the ids, its action, and since when."""
        request = a_request("Restart", A, request_id="r-7")
        desk.submit(request)
        message = desk.submit(replace(request, action="Stop", reply_to=replace(request.reply_to, rpc_name="stop")))[
            "message"
        ]
        assert message.startswith("DUPLICATE REQUEST: ")
        assert all(word in message for word in ("r-7", "Restart", "vnf-1", "2026-08-03T08:50:20Z"))
