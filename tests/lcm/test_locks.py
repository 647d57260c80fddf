"""Contract section 4: Lock, Unlock and CheckLock; guide, "Lock", "Unlock", "CheckLock"."""

import pytest

from appc.lcm.errors import Aborted, DgFailure, ExpiredRequestFailure
from appc.lcm.outcome import Outcome
from appc.lcm.request import Mode, Request
from tests.fakes.desk import LEASE, Circle, Desk
from tests.fakes.requests import VM_A, VM_B, a_request, ids

SUCCESS = Outcome.success()
ENDS = [
    pytest.param(SUCCESS, id="success"),
    pytest.param(Outcome.of(DgFailure("no host")), id="failure"),
    pytest.param(Outcome.of(Aborted("stopped")), id="abort"),
]
A, B = ids(vserver_id=VM_A), ids(vserver_id=VM_B)


def lock(desk: Desk, request_id: str = "owner", vnf_id: str = "vnf-1") -> int:
    """Lock, by a fresh message: the code."""
    return code(desk, a_request("Lock", vnf_id, request_id=request_id, sub_request_id=vnf_id, sent_at=desk.clock.now()))


def unlock(desk: Desk, request_id: str = "owner", payload: str | None = None) -> int:
    """Unlock, by a fresh message: the code."""
    return code(
        desk, a_request("Unlock", request_id=request_id, sub_request_id="u", sent_at=desk.clock.now(), payload=payload)
    )


def locked(desk: Desk) -> str:
    """What CheckLock says."""
    answer = desk.submit(a_request("CheckLock", sent_at=desk.clock.now()))
    assert answer["code"] == 400
    return str(answer["locked"])


def code(desk: Desk, request: Request) -> int:
    """The code of the first answer."""
    return int(desk.submit(request)["code"])


def restart(desk: Desk, request_id: str = "owner", ttl_s: int = 65535, sub_request_id: str | None = None) -> Request:
    """A Restart of a VM, sent now."""
    return a_request(
        "Restart", A, request_id=request_id, ttl_s=ttl_s, sent_at=desk.clock.now(), sub_request_id=sub_request_id or "r"
    )


class TestLock:
    """Lock: exclusive access during a series of commands."""

    def test_succeeds_on_a_free_vnf(self, desk: Desk) -> None:
        """400, and the VNF is locked."""
        assert (locked(desk), lock(desk), locked(desk)) == ("FALSE", 400, "TRUE")

    def test_succeeds_again_for_its_owner(self, desk: Desk) -> None:
        """Owner is the request-id; locking again renews."""
        lock(desk)
        desk.clock.advance(800)
        assert lock(desk) == 400
        desk.clock.advance(899)
        refused = desk.submit(a_request("Lock", request_id="other", sent_at=desk.clock.now()))
        assert "since 2026-08-03T08:50:20Z" in refused["message"]
        desk.clock.advance(1)
        assert locked(desk) == "FALSE"

    def test_is_310_where_another_holds_it(self, desk: Desk) -> None:
        """And changes nothing: the first owner's time runs on."""
        lock(desk)
        desk.clock.advance(899)
        answer = desk.submit(a_request("Lock", request_id="late", sent_at=desk.clock.now()))
        assert answer["code"] == 310
        assert all(word in answer["message"] for word in ("owner", "08:50:20Z", "09:05:20Z"))
        desk.clock.advance(1)
        assert lock(desk, "late") == 400

    def test_is_310_while_an_asynchronous_request_of_another_is_in_progress(self, desk: Desk) -> None:
        """Accepted or begun; the answer says which."""
        running = restart(desk, "worker")
        desk.submit(running)
        answer = desk.submit(a_request("Lock"))
        assert answer["code"] == 310
        assert all(word in answer["message"] for word in ("worker", "Restart", "08:50:20Z"))
        desk.begin(running)
        assert lock(desk) == 310
        desk.finish(running, SUCCESS)
        assert lock(desk) == 400

    def test_succeeds_while_only_the_owners_requests_are_in_progress(self, desk: Desk) -> None:
        """The other request-id is what counts."""
        desk.submit(restart(desk))
        assert lock(desk) == 400

    def test_is_not_stopped_by_mode_force_or_state(self, desk: Desk) -> None:
        """Checks 7 and 9 to 13 are not for it: force does not take another's lock, EXCLUSIVE needs no free VNF."""
        desk.submit(restart(desk))
        assert code(desk, a_request("Lock", request_id="owner", mode=Mode.EXCLUSIVE)) == 400
        assert code(desk, a_request("Lock", request_id="other", force=True)) == 310

    def test_is_of_one_vnf(self, desk: Desk) -> None:
        """The same or another request-id may lock another VNF."""
        assert [lock(desk, "a", "vnf-1"), lock(desk, "b", "vnf-2"), lock(desk, "b", "vnf-3")] == [400, 400, 400]

    def test_never_answers_401(self, desk: Desk) -> None:
        """The guide's 401 for Lock is not used."""
        lock(desk)
        assert lock(desk, "other") == 310


class TestTheTimeOfALock:
    """It lapses after LOCK_TTL_S by the store's clock, unless it is renewed."""

    def test_is_the_setting(self) -> None:
        """To the second."""
        desk = Desk(Circle(lock_ttl_s=60))
        lock(desk)
        desk.clock.advance(59.999)
        assert (locked(desk), code(desk, restart(desk, "other"))) == ("TRUE", 310)
        desk.clock.advance(0.001)
        assert (locked(desk), code(desk, restart(desk, "other"))) == ("FALSE", 100)

    def test_begins_anew_with_every_accepted_request_of_the_owner(self, desk: Desk) -> None:
        """Accepted at 800 s: it would last until 1700 s."""
        lock(desk)
        desk.clock.advance(800)
        request = restart(desk)
        desk.submit(request)
        desk.begin(request)
        desk.finish(request, SUCCESS)
        desk.clock.advance(899)
        assert locked(desk) == "TRUE"
        desk.clock.advance(1)
        assert locked(desk) == "FALSE"

    @pytest.mark.parametrize("outcome", ENDS)
    def test_begins_anew_with_every_finished_request_of_the_owner(self, desk: Desk, outcome: Outcome) -> None:
        """However it ended."""
        lock(desk)
        request = restart(desk)
        desk.submit(request)
        desk.begin(request)
        desk.clock.advance(5000)
        desk.finish(request, outcome)
        desk.clock.advance(899)
        assert locked(desk) == "TRUE"
        desk.clock.advance(1)
        assert locked(desk) == "FALSE"

    def test_begins_anew_with_a_request_of_the_owner_that_expired(self, desk: Desk) -> None:
        """404 is a final answer like any other."""
        lock(desk)
        request = restart(desk, ttl_s=800)
        desk.submit(request)
        desk.clock.advance(800)
        assert desk.finish(request, Outcome.of(ExpiredRequestFailure()))[-1]["code"] == 404
        desk.clock.advance(899)
        assert locked(desk) == "TRUE"

    def test_does_not_run_out_while_a_request_of_the_owner_is_in_progress(self, desk: Desk) -> None:
        """Accepted or begun, for hours."""
        lock(desk)
        request = restart(desk)
        desk.submit(request)
        desk.clock.advance(10_000)
        assert code(desk, a_request("Restart", B, request_id="other", sent_at=desk.clock.now())) == 310
        desk.begin(request)
        desk.clock.advance(10_000)
        answer = desk.submit(a_request("Restart", B, request_id="other", sent_at=desk.clock.now()))
        assert answer["code"] == 310
        assert "until its requests end" in answer["message"]

    def test_is_not_prolonged_by_a_rejected_request_of_the_owner(self, desk: Desk) -> None:
        """Only accepted and finished ones renew."""
        lock(desk)
        desk.submit(restart(desk))
        desk.clock.advance(10)
        other = a_request("Stop", A, request_id="owner", sent_at=desk.clock.now())
        assert code(desk, other) == 316

    def test_is_not_prolonged_by_others(self, desk: Desk) -> None:
        """Nor by questions of the owner, nor by what the owner does elsewhere."""
        lock(desk)
        desk.clock.advance(899)
        code(desk, restart(desk, "other"))
        desk.submit(a_request("CheckLock", request_id="owner", sub_request_id="c", sent_at=desk.clock.now()))
        desk.run(a_request("Configure", "vnf-2", request_id="owner", sub_request_id="d", sent_at=desk.clock.now()))
        desk.clock.advance(1)
        assert locked(desk) == "FALSE"

    def test_does_not_come_back_once_it_has_run_out(self, desk: Desk) -> None:
        """A late request of its former owner is a request like any other: nobody else is locked out by it."""
        lock(desk)
        desk.clock.advance(900)
        late = restart(desk)
        assert code(desk, late) == 100
        assert code(desk, a_request("Restart", B, request_id="other", sent_at=desk.clock.now())) == 100
        desk.begin(late)
        desk.finish(late, SUCCESS)
        assert code(desk, a_request("Restart", A, request_id="another", sent_at=desk.clock.now())) == 100

    def test_does_not_come_back_by_a_request_that_was_begun_by_force(self, desk: Desk) -> None:
        """Nor with the end of such a request."""
        lock(desk)
        desk.clock.advance(900)
        late = a_request("Restart", A, request_id="owner", force=True, sent_at=desk.clock.now())
        desk.run(late)
        assert locked(desk) == "FALSE"


class TestUnlock:
    """Unlock: the lock is given back."""

    def test_frees_the_vnf(self, desk: Desk) -> None:
        """400, and others may come."""
        lock(desk)
        assert (unlock(desk), locked(desk), code(desk, restart(desk, "other"))) == (400, "FALSE", 100)

    def test_is_400_also_where_nothing_was_locked(self, desk: Desk) -> None:
        """Never locked, or lapsed meanwhile."""
        assert unlock(desk, "anybody") == 400
        lock(desk)
        desk.clock.advance(900)
        assert unlock(desk, "somebody") == 400

    def test_is_310_where_another_holds_the_lock(self, desk: Desk) -> None:
        """And the lock stays."""
        lock(desk)
        assert (unlock(desk, "other"), locked(desk)) == (310, "TRUE")

    def test_is_310_while_an_asynchronous_request_of_another_is_in_progress(self, desk: Desk) -> None:
        """Also where nothing is locked explicitly."""
        desk.submit(restart(desk, "worker"))
        assert unlock(desk, "other") == 310

    def test_is_400_while_only_the_owners_requests_are_in_progress(self, desk: Desk) -> None:
        """They go on; their end does not lock again."""
        lock(desk)
        request = restart(desk)
        desk.submit(request)
        desk.begin(request)
        assert unlock(desk) == 400
        desk.finish(request, SUCCESS)
        assert locked(desk) == "FALSE"

    @pytest.mark.parametrize(
        ("payload", "expected"),
        [
            pytest.param(None, 400, id="no payload"),
            pytest.param("{}", 400, id="no request-id"),
            pytest.param('{"request-id": ""}', 400, id="empty request-id"),
            pytest.param('{"request-id": "owner"}', 400, id="the header's"),
            pytest.param('{"request_id": "owner"}', 400, id="the header's, with underscore"),
            pytest.param('{"request-id": "other"}', 301, id="another"),
            pytest.param('{"request-id": "OWNER"}', 301, id="in other letters"),
        ],
    )
    def test_a_payload_request_id_must_be_the_headers(self, desk: Desk, payload: str | None, expected: int) -> None:
        """If given; else 301, and the lock stays."""
        lock(desk)
        assert unlock(desk, payload=payload) == expected
        assert locked(desk) == ("FALSE" if expected == 400 else "TRUE")


class TestCheckLock:
    """CheckLock: one answer with its final status, whether the VNF is locked or not."""

    def test_says_true_while_a_request_is_in_progress(self, desk: Desk) -> None:
        """A VNF can be locked although Lock was never called."""
        request = restart(desk)
        desk.submit(request)
        assert locked(desk) == "TRUE"
        desk.begin(request)
        assert locked(desk) == "TRUE"
        desk.finish(request, SUCCESS)
        assert locked(desk) == "FALSE"

    def test_may_be_asked_by_anybody(self, desk: Desk) -> None:
        """The owner, others, and with mode EXCLUSIVE."""
        lock(desk)
        answer = desk.submit(a_request("CheckLock", request_id="other", mode=Mode.EXCLUSIVE))
        assert (answer["code"], answer["locked"]) == (400, "TRUE")

    def test_changes_nothing(self, desk: Desk) -> None:
        """The VNF is as free as before."""
        assert [locked(desk), locked(desk), lock(desk)] == ["FALSE", "FALSE", 400]

    def test_says_true_for_a_request_whose_controller_is_gone(self, desk: Desk) -> None:
        """Until somebody has taken it over."""
        request = restart(desk)
        desk.submit(request)
        desk.begin(request)
        desk.store.leave(desk.owner)
        assert locked(desk) == "TRUE"
        desk.owner = desk.store.join("second", LEASE)
        desk.finish(request, Outcome.of(Aborted("gone")))
        assert locked(desk) == "FALSE"


@pytest.mark.parametrize("action", ["Lock", "Unlock"])
def test_a_payload_with_secrets_is_not_kept(desk: Desk, action: str) -> None:
    """Their only answer is the final one: from then on the record is redacted."""
    request = a_request(action, payload='{"password": "hush"}')
    desk.submit(request)
    record = desk.record_of(request)
    assert record.request.payload == '{"password": "***"}'
