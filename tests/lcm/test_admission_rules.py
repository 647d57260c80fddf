"""Contract section 4, checks 9 to 14, and the order of checks 8 to 13."""

import itertools
from dataclasses import dataclass, replace

import pytest

from appc.lcm.errors import Aborted, DgFailure
from appc.lcm.outcome import Outcome
from appc.lcm.policy import ParallelPolicy, ParallelRule, Verdict
from appc.lcm.ports.inventory import Vm, Vnf
from appc.lcm.request import Mode, Request
from tests.fakes.desk import LEASE, Circle, Desk
from tests.fakes.inventory import FakeInventory
from tests.fakes.requests import VM_A, VM_B, VM_C, a_request, ids

FAILURE = Outcome.of(DgFailure("no host"))
ABORT = Outcome.of(Aborted("stopped"))

A, B = ids(vserver_id=VM_A), ids(vserver_id=VM_B)


def since(desk: Desk) -> str:
    """The present time, as messages for people show it."""
    return f"{desk.clock.now():%Y-%m-%dT%H:%M:%SZ}"


# ------------------------------------------------------------ the order


@dataclass(frozen=True)
class Obstacle:
    """Something that stands in the way of the candidate, the code it gives, and whether `force` passes it."""

    name: str
    code: int
    forced: bool


OBSTACLES = (
    Obstacle("duplicate", 312, forced=False),
    Obstacle("locked", 310, forced=False),
    Obstacle("no transition", 304, forced=True),
    Obstacle("unstable", 309, forced=True),
    Obstacle("exclusive", 300, forced=True),
    Obstacle("overlap", 316, forced=True),
)

COMBINATIONS = [
    pytest.param(set(chosen), id=" + ".join(chosen) or "nothing")
    for size in range(len(OBSTACLES) + 1)
    for chosen in itertools.combinations([each.name for each in OBSTACLES], size)
]


def obstructed_desk(names: set[str]) -> tuple[Desk, Request]:
    """A desk where exactly these obstacles stand in the way of the request that comes with it."""
    state = "Not_Instantiated" if "no transition" in names else "Running"
    inventory = FakeInventory(
        [Vnf(id, "vFW", state, tuple(Vm(vm, state=state) for vm in (VM_A, VM_B, VM_C))) for id in ("vnf-1", "vnf-2")]
    )
    desk = Desk(Circle(inventory))
    candidate = a_request("Restart", A, request_id="candidate")
    if "locked" in names:
        assert desk.submit(a_request("Lock", request_id="other"))["code"] == 400
    if "duplicate" in names:  # the three ids, on another VNF
        assert desk.submit(replace(candidate, identifiers=ids("vnf-2", VM_B), header=forced(candidate).header))
    if "unstable" in names:
        orphan = forced(a_request("Restart", A, request_id="other", sub_request_id="orphan"))
        assert desk.submit(orphan)["code"] == 100
        assert desk.begin(orphan)
        desk.store.leave(desk.owner)
    if "exclusive" in names:  # on another VM: it would not overlap
        assert desk.submit(forced(a_request("Stop", B, request_id="other", sub_request_id="x"), Mode.EXCLUSIVE))
    if "overlap" in names:
        assert desk.submit(forced(a_request("Stop", A, request_id="other", sub_request_id="o")))["code"] == 100
    return desk, candidate


def forced(request: Request, mode: Mode = Mode.NORMAL) -> Request:
    """The same request with flag force."""
    flags = a_request(force=True, mode=mode).header.flags
    return replace(request, header=replace(request.header, flags=flags))


@pytest.mark.parametrize("names", COMBINATIONS)
def test_the_first_check_that_fails_decides(names: set[str]) -> None:
    """Every combination of obstacles gives the code of the first one, and 100 if there is none."""
    desk, candidate = obstructed_desk(names)
    # an orphan's target is also in progress, so it stands in the way of an overlap as well
    expected = next((each.code for each in OBSTACLES if each.name in names), 100)
    assert desk.submit(candidate)["code"] == expected


@pytest.mark.parametrize("names", COMBINATIONS)
def test_force_passes_everything_but_a_duplicate_and_a_lock(names: set[str]) -> None:
    """`force` does not open a lock; it passes 304, 309, 300 and 316."""
    desk, candidate = obstructed_desk(names)
    expected = next((each.code for each in OBSTACLES if each.name in names and not each.forced), 100)
    assert desk.submit(forced(candidate))["code"] == expected


# ------------------------------------------------------------ 9: locks


class TestALock:
    """Check 9: an explicit lock of another request-id is 310."""

    def test_keeps_other_request_ids_out(self, desk: Desk) -> None:
        """Also with force, in any mode, at any scope, by the same originator."""
        desk.submit(a_request("Lock", request_id="owner"))
        others = [a_request("Restart", A), a_request("HealthCheck"), forced(a_request("Restart", B), Mode.EXCLUSIVE)]
        assert [desk.submit(each)["code"] for each in others] == [310, 310, 310]

    def test_lets_the_owner_in(self, desk: Desk) -> None:
        """The owner is the request-id: sub-request-id and originator-id do not matter."""
        desk.submit(a_request("Lock", request_id="owner"))
        request = a_request("Restart", A, request_id="owner", sub_request_id="9", originator_id="somebody else")
        assert desk.submit(request)["code"] == 100

    def test_is_of_one_vnf(self, desk: Desk) -> None:
        """Others are free."""
        desk.submit(a_request("Lock", "vnf-1"))
        assert desk.submit(a_request("Configure", "vnf-2"))["code"] == 100

    def test_explains_itself(self, desk: Desk) -> None:
        """The request-id that holds it, since when, and until when."""
        began = since(desk)
        desk.submit(a_request("Lock", request_id="owner-7"))
        desk.clock.advance(1)
        message = desk.submit(a_request("Restart", A))["message"]
        assert message.startswith("LOCKING FAILURE - ")
        assert all(word in message for word in ("owner-7", "Lock", began, "2026-08-03T09:05:20Z"))


# ------------------------------------------------------------ 12: EXCLUSIVE


class TestModeExclusive:
    """Check 12."""

    def test_keeps_others_off_while_in_progress(self, desk: Desk) -> None:
        """300, also where they would not overlap, and where the policy would allow it."""
        desk.submit(a_request("Restart", A, mode=Mode.EXCLUSIVE))
        assert desk.submit(a_request("Restart", B))["code"] == 300
        desk.submit(a_request("Audit", "vnf-2", mode=Mode.EXCLUSIVE, payload='{"publish-config": "N"}'))
        assert desk.submit(a_request("HealthCheck", "vnf-2"))["code"] == 300

    def test_is_refused_while_any_other_is_in_progress(self, desk: Desk) -> None:
        """300, the other way round."""
        desk.submit(a_request("Restart", A))
        assert desk.submit(a_request("Restart", B, mode=Mode.EXCLUSIVE))["code"] == 300

    def test_is_accepted_on_a_free_vnf_and_ends_with_its_request(self, desk: Desk) -> None:
        """Then the next one may come."""
        assert desk.run(a_request("Restart", A, mode=Mode.EXCLUSIVE))["code"] == 400
        assert desk.submit(a_request("Restart", A, mode=Mode.EXCLUSIVE))["code"] == 100

    @pytest.mark.parametrize("first", [Mode.EXCLUSIVE, Mode.NORMAL])
    def test_explains_itself(self, desk: Desk, first: Mode) -> None:
        """The request-id that holds the VNF, its action and since when, both ways round."""
        desk.submit(a_request("Restart", A, request_id="holder-7", mode=first))
        began = since(desk)
        desk.clock.advance(2)
        message = desk.submit(a_request("Stop", B, mode=Mode.EXCLUSIVE))["message"]
        assert message.startswith("REJECTED - ")
        assert all(word in message for word in ("EXCLUSIVE", "holder-7", "Restart", began))


# ------------------------------------------------------------ 13: overlap


class TestScopeOverlap:
    """Check 13."""

    def test_different_vms_of_one_vnf_run_in_parallel(self, desk: Desk) -> None:
        """No overlap: accepted."""
        assert [desk.submit(a_request("Restart", where))["code"] for where in (A, B)] == [100, 100]

    def test_the_same_vm_is_316(self, desk: Desk) -> None:
        """Until the first one has ended."""
        first = a_request("Restart", A)
        desk.submit(first)
        assert desk.submit(a_request("Stop", A))["code"] == 316
        desk.begin(first)
        desk.finish(first, FAILURE)
        assert desk.submit(a_request("Stop", A))["code"] == 100

    def test_the_whole_vnf_is_316(self, desk: Desk) -> None:
        """VNF scope overlaps with everything on the VNF, both ways round."""
        desk.submit(a_request("Restart", A))
        assert desk.submit(a_request("Configure"))["code"] == 316
        desk.submit(a_request("Configure", "vnf-2"))
        assert desk.submit(a_request("Restart", ids("vnf-2", VM_A)))["code"] == 316

    def test_only_what_overlaps_is_judged_by_the_policy(self, desk: Desk) -> None:
        """HealthCheck beside Audit is allowed; what runs on other VNFs does not matter."""
        desk.submit(a_request("Audit", payload='{"publish-config": "N"}'))
        desk.submit(a_request("Restart", ids("vnf-2", VM_A)))
        assert desk.submit(a_request("HealthCheck"))["code"] == 100
        assert desk.submit(a_request("Sync", payload='{"publish-config": "N"}'))["code"] == 316

    def test_is_judged_by_the_rule_of_the_action_that_was_received(self) -> None:
        """Not by that of the one in progress; the policy is data."""
        policy = ParallelPolicy({"Restart": ParallelRule(Verdict.ACCEPT, included=frozenset({"Stop"}))})
        desk = Desk(Circle(policy=policy))
        codes = [desk.submit(a_request(action, A))["code"] for action in ("Stop", "Restart", "Stop")]
        assert codes == [100, 100, 316]

    def test_explains_itself_by_the_request_that_is_in_the_way(self, desk: Desk) -> None:
        """The request-id, its action and since when: of the one that the policy does not allow."""
        desk.submit(a_request("Audit", request_id="harmless-1", payload='{"publish-config": "N"}'))
        desk.submit(forced(a_request("Restart", A, request_id="culprit-7")))
        began = since(desk)
        desk.clock.advance(2)
        message = desk.submit(a_request("HealthCheck"))["message"]
        assert message.startswith("POLICY VALIDATION FAILURE - Request rejected as per the request validation policy: ")
        assert all(word in message for word in ("HealthCheck", "culprit-7", "Restart", began))


# ------------------------------------------------------------ 10: states and unstable targets


class TestTheRememberedState:
    """Check 10, first half: judged is the last settled state."""

    def test_is_the_inventorys_until_something_has_settled(self) -> None:
        """Audit of a `Created` VNF is 304; after HealthCheck it is Tested."""
        desk = Desk(Circle(FakeInventory([Vnf("vnf-1", "vFW", "Created", ())])))
        audit = a_request("Audit", payload='{"publish-config": "N"}')
        assert desk.submit(audit)["code"] == 304
        desk.run(a_request("HealthCheck"))
        assert desk.submit(audit)["code"] == 100

    def test_is_not_the_transient_one(self) -> None:
        """While HealthCheck runs on a `Created` VNF, it is still Created."""
        desk = Desk(Circle(FakeInventory([Vnf("vnf-1", "vFW", "Created", ())])))
        check = a_request("HealthCheck")
        desk.submit(check)
        desk.begin(check)
        assert desk.submit(a_request("Audit", payload='{"publish-config": "N"}'))["code"] == 304

    def test_is_kept_per_vm_and_per_vnf(self) -> None:
        """What a VM has become says nothing of the VNF, nor of another VM."""
        vms = (Vm(VM_A, state="Not_Instantiated"), Vm(VM_B, state="Not_Instantiated"))
        desk = Desk(Circle(FakeInventory([Vnf("vnf-1", "vFW", "Not_Instantiated", vms)])))
        assert desk.run(forced(a_request("Rebuild", A)))["code"] == 400
        codes = [
            desk.submit(a_request(*each))["code"] for each in (("Restart", A), ("Restart", B), ("Configure", ids()))
        ]
        assert codes == [100, 304, 304]

    @pytest.mark.parametrize(
        "outcome", [pytest.param(Outcome.success(), id="success"), pytest.param(FAILURE, id="401")]
    )
    def test_is_left_as_it_was_by_an_action_that_changes_nothing(self, outcome: Outcome) -> None:
        """On success and failure: the inventory's state counts on."""
        desk = Desk(Circle(FakeInventory([Vnf("vnf-1", "vFW", "Created", ())])))
        desk.run(a_request("DistributeTraffic"), outcome)
        assert desk.submit(a_request("Audit", payload='{"publish-config": "N"}'))["code"] == 304

    def test_is_left_as_it_was_by_a_request_that_was_never_begun(self) -> None:
        """404: nothing has happened to the target."""
        desk = Desk(Circle(FakeInventory([Vnf("vnf-1", "vFW", "Created", ())])))
        late = a_request("HealthCheck")
        desk.submit(late)
        desk.clock.advance(30)
        desk.finish(late, Outcome(404, "EXPIRED REQUEST FAILURE"))
        audit = a_request("Audit", sent_at=desk.clock.now(), payload='{"publish-config": "N"}')
        assert desk.submit(audit)["code"] == 304

    @pytest.mark.parametrize(
        "state", [pytest.param("Stopped", id="stop the stopped"), pytest.param("Running", id="start the running")]
    )
    def test_never_decides_that_there_is_nothing_to_do(self, state: str) -> None:
        """The executor asks the cloud."""
        desk = Desk(Circle(FakeInventory([Vnf("vnf-1", "vFW", state, (Vm(VM_A, state=state),))])))
        assert desk.submit(a_request("Stop" if state == "Stopped" else "Start", A))["code"] == 100


class TestAnUnstableTarget:
    """Check 10, second half: from the lapse of a dead controller's lease until a living one has stored the final."""

    def test_is_309_once_the_lease_has_lapsed(self, desk: Desk) -> None:
        """Before that it is merely in progress: 316."""
        orphan = a_request("Restart", A)
        desk.submit(orphan)
        desk.begin(orphan)
        desk.clock.advance(9.9)
        assert desk.submit(a_request("Stop", A, sent_at=desk.clock.now()))["code"] == 316
        desk.clock.advance(0.1)
        answer = desk.submit(a_request("Stop", A, sent_at=desk.clock.now()))
        assert answer["code"] == 309
        assert answer["message"].startswith("UNSTABLE VNF - VNF vnf-1 is not stable to accept the command: ")

    def test_is_only_that_of_the_dead_ones_request(self, desk: Desk) -> None:
        """Another VM is stable; the whole VNF is not."""
        orphan = a_request("Restart", A)
        desk.submit(orphan)
        desk.begin(orphan)
        desk.store.leave(desk.owner)
        assert desk.submit(a_request("Restart", B))["code"] == 100
        assert desk.submit(a_request("Configure"))["code"] == 309

    def test_is_everything_on_the_vnf_where_the_request_was_vnf_scope(self, desk: Desk) -> None:
        """VNF scope: everything on the VNF."""
        orphan = a_request("Configure")
        desk.submit(orphan)
        desk.begin(orphan)
        desk.store.leave(desk.owner)
        assert desk.submit(a_request("Restart", A))["code"] == 309

    def test_is_not_that_of_a_request_nobody_has_begun(self, desk: Desk) -> None:
        """It waits in the queue, which is everybody's: in progress, not unstable."""
        desk.submit(a_request("Restart", A))
        desk.store.leave(desk.owner)
        assert desk.submit(a_request("Stop", A))["code"] == 316

    def test_is_unknown_afterwards(self) -> None:
        """Everything is allowed then, whatever the state was before."""
        desk = Desk(
            Circle(FakeInventory([Vnf("vnf-1", "vFW", "Created", (Vm(VM_A), Vm(VM_B, state="Not_Instantiated")))]))
        )
        assert abandoned(desk, a_request("Restart", A)) == 405
        assert desk.submit(a_request("Restart", A))["code"] == 100
        assert desk.submit(a_request("Restart", B))["code"] == 304
        assert desk.submit(a_request("Audit", payload='{"publish-config": "N"}'))["code"] == 304

    def test_is_unknown_altogether_after_a_request_for_the_whole_vnf(self) -> None:
        """VNF scope: everything on the VNF, also what the inventory had said of its VMs."""
        desk = Desk(Circle(FakeInventory([Vnf("vnf-1", "vFW", "Created", (Vm(VM_A, state="Not_Instantiated"),))])))
        assert desk.submit(a_request("Restart", A))["code"] == 304
        assert abandoned(desk, a_request("Configure")) == 405
        assert desk.submit(a_request("Restart", A))["code"] == 100
        assert desk.submit(a_request("Audit", "vnf-1", payload='{"publish-config": "N"}'))["code"] == 316


def abandoned(desk: Desk, request: Request) -> int:
    """The controller that executes the request dies, another one takes over: the code of the final answer."""
    desk.submit(request)
    desk.begin(request)
    desk.store.leave(desk.owner)
    desk.owner = desk.store.join("second", LEASE)
    return int(desk.finish(request, ABORT)[-1]["code"])
