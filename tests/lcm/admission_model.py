"""What contract section 4 demands of admission, said a second time and in another way.

Written from the contract alone. Locks lapse when time passes, not when somebody looks; overlap is a set of
things that are touched; states are a short table of the actions that the test uses.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

LOCK_TTL, DEFAULT_TTL, SKEW = 900, 30, 1

#: action -> (states it is refused from, state after success, state after failure); None: unchanged
ACTIONS: dict[str, tuple[set[str], str | None, str | None]] = {
    "Restart": ({"Not_Instantiated"}, "Running", "Error"),
    "Stop": ({"Not_Instantiated"}, "Stopped", "Error"),
    "Configure": ({"Not_Instantiated"}, "Configured", "Error"),
    "HealthCheck": ({"Not_Instantiated"}, "Tested", "Error"),
    "Audit": ({"Not_Instantiated", "Created"}, None, None),
    "DistributeTraffic": ({"Not_Instantiated"}, None, None),
}
MAY_OVERLAP = {("Audit", "HealthCheck"), ("HealthCheck", "Audit")}

#: originator-id, request-id, sub-request-id
Key = tuple[str, str, str]


@dataclass(eq=False)
class Asked:
    """A request for an action.

    `touches`: VMs and VNFCs, or "everything"; `place`: whose state it has; `whole`: VNF scope.
    """

    key: Key
    vnf: str
    action: str
    touches: frozenset[str]
    place: str
    sent: int
    ttl: int = 0
    exclusive: bool = False
    force: bool = False
    whole: bool = False
    owner: str | None = None
    status: str = "IN_PROGRESS"

    @property
    def expires(self) -> int:
        return self.sent + (self.ttl or DEFAULT_TTL)

    def meets(self, other: "Asked") -> bool:
        return bool(self.touches & other.touches) or "everything" in self.touches | other.touches

    def conflicts(self, other: "Asked") -> bool:
        return self.meets(other) and (self.action, other.action) not in MAY_OVERLAP


@dataclass
class Vnf:
    """One VNF: its lock as (owner, until), what is in progress, settled and first states by place."""

    first: dict[str, str]
    lock: tuple[str, int] | None = None
    running: list[Asked] = field(default_factory=list)
    settled: dict[str, str] = field(default_factory=dict)

    def state(self, place: str) -> str:
        return self.settled.get(place, self.settled.get("everything", self.first.get(place, "Unknown")))


class Model:
    """The whole world of one store. Times are whole seconds since the start."""

    def __init__(self, first: dict[str, dict[str, str]]) -> None:
        self.now = 0
        self.vnfs = {vnf: Vnf(states) for vnf, states in first.items()}
        self.leases: dict[str, int] = {}
        self.done: list[Asked] = []

    # ------------------------------------------------------------ time

    def advance(self, seconds: int) -> None:
        self.now += seconds
        for vnf in self.vnfs.values():
            if vnf.lock and vnf.lock[1] <= self.now and not self._busy(vnf, vnf.lock[0]):
                vnf.lock = None

    def dead(self, life: str | None) -> bool:
        return life is not None and self.leases.get(life, 0) <= self.now

    # ------------------------------------------------------------ checks 5 and 8 to 14

    def judge(self, asked: Asked) -> int:
        """The code of the first answer; an accepted request is in progress from then on."""
        vnf = self.vnfs[asked.vnf]
        code = next(self._objections(asked, vnf), 100)
        if code == 100:
            vnf.running.append(asked)
            self._renew(asked)
        return code

    def _objections(self, asked: Asked, vnf: Vnf) -> Iterator[int]:
        yield from self._untimely_or_twice(asked)
        if vnf.lock and vnf.lock[0] != asked.key[1]:
            yield 310
        if asked.force:
            return
        if vnf.state(asked.place) in ACTIONS[asked.action][0]:
            yield 304
        touching = [each for each in vnf.running if asked.meets(each)]
        if any(self.dead(each.owner) for each in touching):
            yield 309
        if any(each.exclusive or asked.exclusive for each in vnf.running):
            yield 300
        if any(asked.conflicts(each) for each in touching):
            yield 316

    def _untimely_or_twice(self, asked: Asked) -> Iterator[int]:
        if asked.sent > self.now + SKEW:
            yield 301
        if self.now >= asked.expires:
            yield 311
        if any(each.key == asked.key for each in self.running()):
            yield 312
        if any((each.key, each.sent) == (asked.key, asked.sent) and self.now < each.expires for each in self.done):
            yield 312

    # ------------------------------------------------------------ locks

    def lock(self, asked: Asked, take: bool) -> int:
        """Lock or Unlock: the code."""
        vnf, request_id = self.vnfs[asked.vnf], asked.key[1]
        if code := next(self._untimely_or_twice(asked), 0):
            return code
        if (vnf.lock and vnf.lock[0] != request_id) or any(each.key[1] != request_id for each in vnf.running):
            return 310
        vnf.lock = (request_id, self.now + LOCK_TTL) if take else None
        asked.status = "SUCCESSFUL"
        self.done.append(asked)
        return 400

    def locked(self, vnf: str) -> bool:
        return bool(self.vnfs[vnf].lock or self.vnfs[vnf].running)

    # ------------------------------------------------------------ the way of an accepted request

    def begin(self, asked: Asked, life: str) -> bool:
        if asked.owner or asked.status != "IN_PROGRESS" or self.now >= asked.expires:
            return False
        asked.owner = life
        return True

    def end(self, asked: Asked, status: str) -> bool:
        """SUCCESSFUL, FAILED or ABORTED; EXPIRED is for those that nobody has begun. False: too late."""
        if asked.status != "IN_PROGRESS" or (status == "EXPIRED") == bool(asked.owner):
            return False
        vnf = self.vnfs[asked.vnf]
        self._renew(asked)
        vnf.running.remove(asked)
        if status == "ABORTED":
            vnf.settled = {"everything": "Unknown"} if asked.whole else {**vnf.settled, asked.place: "Unknown"}
        elif status != "EXPIRED":
            _, success, failure = ACTIONS[asked.action]
            after = success if status == "SUCCESSFUL" else failure
            vnf.settled[asked.place] = after or vnf.state(asked.place)
        asked.status = "FAILED" if status == "EXPIRED" else status
        self.done.append(asked)
        return True

    def running(self) -> list[Asked]:
        return [asked for vnf in self.vnfs.values() for asked in vnf.running]

    def status(self, vnf: str, key: Key) -> str:
        """What ActionStatus says of these three ids on this VNF: the newest counts."""
        known = [each for each in [*self.done, *self.running()] if (each.vnf, each.key) == (vnf, key)]
        return known[-1].status if known else "NOT_FOUND"

    def _renew(self, asked: Asked) -> None:
        vnf = self.vnfs[asked.vnf]
        if vnf.lock and vnf.lock[0] == asked.key[1]:
            vnf.lock = (asked.key[1], self.now + LOCK_TTL)

    @staticmethod
    def _busy(vnf: Vnf, request_id: str) -> bool:
        return any(each.key[1] == request_id for each in vnf.running)
