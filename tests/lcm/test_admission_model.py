"""Many clients, few VNFs, any order of events: the controller's decisions against a second statement of the contract.

`HYPOTHESIS_PROFILE=long` searches for long.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import event
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from appc.lcm.errors import Aborted, DgFailure, ExpiredRequestFailure
from appc.lcm.outcome import Outcome
from appc.lcm.ports.inventory import Vm, Vnf, Vnfc
from appc.lcm.record import Position
from appc.lcm.request import Mode, Request
from appc.lcm.target import ActionIdentifiers
from tests.fakes.clock import START
from tests.fakes.desk import LEASE, Circle, Desk
from tests.fakes.inventory import FakeInventory
from tests.fakes.requests import VM_A, VM_B, a_request
from tests.lcm.admission_model import Asked, Key, Model

LEASE_S = int(LEASE.total_seconds())

VNFCS = (Vnfc("web", VM_A), Vnfc("db", VM_B), Vnfc("spare"))
INVENTORY = FakeInventory(
    [
        Vnf("alpha", "vFW", "Created", (Vm(VM_A, state="Not_Instantiated"), Vm(VM_B)), VNFCS),
        Vnf("beta", "vFW", None, (Vm(VM_A), Vm(VM_B)), VNFCS),
    ]
)
FIRST: dict[str, dict[str, str]] = {"alpha": {"vnf": "Created", VM_A: "Not_Instantiated"}, "beta": {}}

OUTCOMES = {
    "SUCCESSFUL": Outcome.success(),
    "FAILED": Outcome.of(DgFailure("no host")),
    "ABORTED": Outcome.of(Aborted("stopped")),
    "EXPIRED": Outcome.of(ExpiredRequestFailure()),
}


@dataclass(frozen=True)
class What:
    """An action on something; what it touches, and whose state it has."""

    action: str
    touches: frozenset[str]
    place: str
    vserver_id: str | None = None
    vnfc_name: str | None = None


def whole(action: str) -> What:
    """The action on the whole VNF."""
    return What(action, frozenset({"everything"}), "vnf")


def on_vm(action: str, vm: str) -> What:
    """The action on a VM."""
    return What(action, frozenset({vm}), vm, vserver_id=vm)


def on_vnfc(vnfc: Vnfc) -> What:
    """DistributeTraffic on a VNFC."""
    touched = {vnfc.vm_id, vnfc.name} if vnfc.vm_id else {"everything"}
    return What("DistributeTraffic", frozenset(touched), "vnf", vnfc_name=vnfc.name)


WHATS = [
    *(on_vm(action, vm) for action in ("Restart", "Stop", "DistributeTraffic") for vm in (VM_A, VM_B)),
    *(on_vnfc(vnfc) for vnfc in VNFCS),
    *(whole(action) for action in ("Stop", "Configure", "HealthCheck", "Audit", "DistributeTraffic")),
]
PAYLOADS = {"Audit": '{"publish-config": "N"}'}

REQUEST_IDS = ("r1", "r2", "r3")
#: A few ids for many requests: they meet each other, and their copies.
keys = st.tuples(st.just("x"), st.sampled_from(REQUEST_IDS), st.sampled_from("12345"))
vnfs = st.sampled_from(sorted(FIRST))
lives = st.sampled_from(["one", "two"])
#: Seconds of the timestamp behind the clock; negative ones lie ahead.
ages = st.sampled_from([0] * 8 + [4, 25, -1, -2])
#: Which of several, by its number modulo their number.
picks = st.integers(0, 7)


@dataclass(frozen=True)
class Order:
    """What one client wants."""

    what: What
    vnf: str
    key: Key
    age: int
    ttl: int
    exclusive: bool
    force: bool

    def asked(self, now: int) -> Asked:
        """The request for the model."""
        what, sent = self.what, now - self.age
        whole_vnf = what.place == "vnf" and what.vnfc_name is None
        return Asked(
            self.key,
            self.vnf,
            what.action,
            what.touches,
            what.place,
            sent,
            self.ttl,
            self.exclusive,
            self.force,
            whole_vnf,
        )


rarely = st.sampled_from([False] * 5 + [True])
orders = st.builds(Order, st.sampled_from(WHATS), vnfs, keys, ages, st.sampled_from([0, 5, 3000, 3000]), rarely, rarely)


class Admission(RuleBasedStateMachine):
    """The store and the decisions on one side, the model on the other."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk(Circle(INVENTORY))
        self.model = Model(FIRST)
        self.requests: dict[Asked, Request] = {}
        self.finals: dict[Asked, list[int]] = {}
        self.offsets: dict[int, list[dict[str, Any]]] = {}
        self.owners: dict[str, str] = {}

    # ------------------------------------------------------------ clients

    @rule(several=st.lists(orders, min_size=1, max_size=4))
    def ask(self, several: list[Order]) -> None:
        """Requests for actions: the first check that fails decides, and a rejected one leaves no trace."""
        for order in several:
            asked, what = order.asked(self.model.now), order.what
            ids = ActionIdentifiers(order.vnf, what.vserver_id, what.vnfc_name)
            mode = Mode.EXCLUSIVE if order.exclusive else None
            before = self.desk.vnf(order.vnf), self.desk.store.length()
            expected = self.model.judge(asked)
            assert self.deliver(asked, ids, mode=mode, force=order.force) == expected
            if expected == 100:
                self.finals[asked] = []
            else:
                assert (self.desk.vnf(order.vnf), self.desk.store.length()) == before

    @rule(vnf=vnfs, key=keys, age=ages, take=st.booleans())
    def lock(self, vnf: str, key: Key, age: int, take: bool) -> None:
        """Lock or Unlock."""
        action = "Lock" if take else "Unlock"
        asked = Asked(key, vnf, action, frozenset(), "vnf", self.model.now - age, whole=True)
        assert self.deliver(asked, ActionIdentifiers(vnf)) == self.model.lock(asked, take)

    @rule(vnf=vnfs, key=keys)
    def ask_for_status(self, vnf: str, key: Key) -> None:
        """ActionStatus, under a request-id of its own."""
        names = ("originator-id", "request-id", "sub-request-id")
        payload = "{" + ", ".join(f'"{name}": "{id}"' for name, id in zip(names, key, strict=True)) + "}"
        answer = self.desk.submit(a_request("ActionStatus", vnf, payload=payload, sent_at=self.desk.clock.now()))
        assert f'"status":"{self.model.status(vnf, key)}"' in answer["payload"]

    @precondition(lambda self: self.offsets)
    @rule(pick=picks)
    def redeliver(self, pick: int) -> None:
        """A message at a known position gets its stored answers again and is not judged anew."""
        offset = len(self.offsets) - 1 - pick % len(self.offsets)
        stranger = a_request("Configure", "alpha", force=True, sent_at=self.desk.clock.now())
        assert self.desk.deliver(stranger, Position("requests", 0, offset)) == self.offsets[offset]

    # ------------------------------------------------------------ controllers

    @initialize()
    def first_life(self) -> None:
        """There is a controller."""
        self.join("one")

    @rule(name=lives)
    def join(self, name: str) -> None:
        """A controller begins; its former lives are over at once."""
        self.model.leases.pop(self.owners.get(name, ""), None)
        self.desk.owner = self.owners[name] = self.desk.store.join(name, LEASE)
        self.model.leases[self.desk.owner] = self.model.now + LEASE_S

    @rule(name=lives)
    def renew(self, name: str) -> None:
        """A controller renews its lease, where it has not lapsed."""
        if owner := self.owners.get(name):
            alive = not self.model.dead(owner)
            assert self.desk.store.renew(owner, LEASE) is alive
            if alive:
                self.model.leases[owner] = self.model.now + LEASE_S

    @rule(name=lives)
    def leave(self, name: str) -> None:
        """A controller ends in order."""
        if owner := self.owners.pop(name, None):
            self.desk.store.leave(owner)
            self.model.leases.pop(owner, None)

    @precondition(lambda self: self.model.running())
    @rule(several=st.lists(picks, min_size=1, max_size=4), name=lives)
    def begin(self, several: list[int], name: str) -> None:
        """A controller takes waiting requests; the second one comes too late, and so does one whose TTL is over."""
        owner = self.owners.get(name)
        for asked in [self.pick(self.model.running(), pick) for pick in several]:
            if owner and not self.model.dead(owner):
                self.desk.owner = owner
                assert (self.desk.begin(self.requests[asked]) is not None) == self.model.begin(asked, owner)

    @precondition(lambda self: self.model.running())
    @rule(pick=picks, status=st.sampled_from(sorted(OUTCOMES)))
    def finish(self, pick: int, status: str) -> None:
        """An outcome is stored where it can be: not before the request was begun, not as an expiry afterwards."""
        self.end(self.pick(self.model.running(), pick), status)

    @precondition(lambda self: self.finals)
    @rule(pick=picks)
    def finish_again(self, pick: int) -> None:
        """An outcome that comes late is dropped."""
        asked = self.pick(list(self.finals), pick)
        if all(each.key != asked.key for each in self.model.running()):
            assert self.desk.finish(self.requests[asked], OUTCOMES["SUCCESSFUL"]) == []

    @rule()
    def expire(self) -> None:
        """What was not begun when its TTL ran out is 404."""
        late = [each for each in self.model.running() if not each.owner and self.model.now >= each.expires]
        assert len(self.desk.store.expired()) == len(late)
        for asked in late:
            self.end(asked, "EXPIRED")

    @rule()
    def take_over(self) -> None:
        """A living controller ends what the dead had begun."""
        orphans = [each for each in self.model.running() if self.model.dead(each.owner)]
        dead = self.desk.store.dead()
        assert set(dead) == {each.owner for each in orphans}
        assert len(self.desk.store.begun_by(dead)) == len(orphans)
        for asked in orphans:
            self.end(asked, "ABORTED")

    @rule(seconds=st.sampled_from([1, 4, 5, 9, 10, 30, 890, 900]))
    def advance(self, seconds: int) -> None:
        """Time passes."""
        self.desk.clock.advance(seconds)
        self.model.advance(seconds)

    # ------------------------------------------------------------ what always holds

    @invariant()
    def both_sides_say_the_same(self) -> None:
        """Locks, requests in progress and the queue."""
        for vnf_id, vnf in self.model.vnfs.items():
            state = self.desk.vnf(vnf_id)
            lock = state.lock_at(self.desk.clock.now())
            until = vnf.lock and START + timedelta(seconds=vnf.lock[1])
            assert (lock and (lock.request_id, lock.until)) == (vnf.lock and (vnf.lock[0], until))
            assert [entry.key for entry in state.in_progress] == [self.requests[each].key for each in vnf.running]
            answer = self.desk.submit(a_request("CheckLock", vnf_id, sent_at=self.desk.clock.now()))
            assert answer["locked"] == ("TRUE" if self.model.locked(vnf_id) else "FALSE")
        assert self.desk.store.length() == sum(not each.owner for each in self.model.running())

    @invariant()
    def no_two_in_progress_conflict(self) -> None:
        """Unless the later one was forced, or the policy allows both."""
        for vnf in self.model.vnfs.values():
            for number, later in enumerate(vnf.running):
                for earlier in vnf.running[:number]:
                    exclusive = later.exclusive or earlier.exclusive
                    assert later.force or not (exclusive or later.conflicts(earlier))

    @invariant()
    def nothing_accepted_is_answered_twice(self) -> None:
        """One final answer for each that has ended, none for the others."""
        for asked, finals in self.finals.items():
            assert len(finals) == (asked.status != "IN_PROGRESS")

    def teardown(self) -> None:
        """Nobody is locked out for ever: once all has ended and locks have lapsed, any request is accepted.

        Also beside requests of those who once held the lock.
        """
        self.join("last")
        for name in ("one", "two"):
            self.leave(name)
        self.take_over()
        for asked in self.model.running():
            if not self.model.begin(asked, self.desk.owner):
                self.end(asked, "EXPIRED")
                continue
            assert self.desk.begin(self.requests[asked])
            self.end(asked, "FAILED")
        assert all(len(finals) == 1 for finals in self.finals.values())
        self.advance(900)
        for vnf in FIRST:
            now = self.desk.clock.now()
            vm = ActionIdentifiers(vnf, VM_A)
            former = [
                a_request("Stop", vm, request_id=request_id, sub_request_id=vnf, force=True, sent_at=now)
                for request_id in REQUEST_IDS
            ]
            others = a_request("Restart", ActionIdentifiers(vnf, VM_B), force=True, sent_at=now)
            assert [self.desk.submit(each)["code"] for each in (*former, others)] == [100] * 4
        self.desk.close()

    # ------------------------------------------------------------ both sides at once

    def deliver(self, asked: Asked, ids: ActionIdentifiers, **flags: Any) -> int:
        """Send it on the bus, at the next position: the code of its only answer."""
        originator_id, request_id, sub_request_id = asked.key
        request = a_request(
            asked.action,
            ids,
            originator_id=originator_id,
            request_id=request_id,
            sub_request_id=sub_request_id,
            sent_at=START + timedelta(seconds=asked.sent),
            ttl_s=asked.ttl,
            payload=PAYLOADS.get(asked.action),
            **flags,
        )
        offset = len(self.offsets)
        self.offsets[offset] = self.desk.deliver(request, Position("requests", 0, offset))
        self.requests[asked] = request
        (answer,) = self.offsets[offset]
        event(f"{asked.action} is answered {answer['code']}")
        return int(answer["code"])

    def end(self, asked: Asked, status: str) -> None:
        """Store an outcome on both sides; the final answer belongs to the position of its request."""
        answers = self.desk.finish(self.requests[asked], OUTCOMES[status])
        if self.model.end(asked, status):
            self.finals[asked] += [answer["code"] for answer in answers]
            assert self.finals[asked] == [OUTCOMES[status].code]
            self.offsets[list(self.requests).index(asked)] += answers
        else:
            assert answers == []

    @staticmethod
    def pick(of: list[Asked], number: int) -> Asked:
        """One of several."""
        return of[number % len(of)]


TestAdmission = Admission.TestCase
