"""The lab as the tests use it: servers in every state, faults on demand, and an executor that acts on it."""

import json
import os
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openstack.config import OpenStackConfig
from openstack.connection import Connection

from appc.lcm.actions import ACTIONS, DeviceProtocol
from appc.lcm.errors import LcmError
from appc.lcm.outcome import Outcome
from appc.lcm.payloads import VmPayload
from appc.lcm.record import Task
from appc.lcm.target import Scope, Target
from appc.southbound.openstack.executor import OpenStackExecutor
from appc.system_clock import SystemClock
from tests.fakes.requests import a_request
from tests.fakes.run import FakeRun

#: The state of the running lab, and how long anything may take in it, in seconds.
STATE = Path(os.environ["LAB"])
PATIENCE_S = 90.0
#: The zone whose two hosts may break, and its hosts: one that is emptied, and one to go to.
FRAGILE, BREAKS, STANDS = "fragile", "compute3", "compute4"
#: How a server that runs is brought into each state that it can be put in.
_TO_STATE: Mapping[str, Mapping[str, object]] = {
    "SHUTOFF": {"os-stop": None},
    "PAUSED": {"pause": None},
    "SUSPENDED": {"suspend": None},
    "ERROR": {"os-resetState": {"state": "error"}},
    "VERIFY_RESIZE": {"resize": {"flavorRef": "2"}},
}


class RealRun(FakeRun):
    """A run that waits in real time."""

    def __init__(self, time_limit_s: float) -> None:
        super().__init__(SystemClock(), time_limit_s)  # type: ignore[arg-type]  # only its time is asked

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)


@dataclass(frozen=True)
class Row:
    """What became of an action: its outcome, the server's status afterwards, and the seconds it took."""

    action: str
    state: str
    outcome: Outcome
    status: str
    seconds: float
    steps: tuple[str, ...]


class Laboratory:
    """The clouds of the lab's clouds.yaml: `lab-admin`, whose user may do everything, and `lab`, a plain member."""

    def __init__(self, executor: OpenStackExecutor, connection: Connection, member: Connection) -> None:
        self._executor = executor
        self.connection = connection
        self.member = member
        self.image = next(iter(connection.image.images(name="cirros"))).id
        #: Servers that earlier rows are done with, by their status.
        self._free: defaultdict[str, list[str]] = defaultdict(list)

    def boot(self, name: str = "", *, on_volume: bool = False, zone: str | None = None, wait: bool = True) -> str:
        """A new server; `name` where it matters. Returns its id."""
        asked: dict[str, Any] = {"name": name or f"row-{uuid.uuid4().hex[:8]}", "flavorRef": "1", "networks": "none"}
        asked |= {"imageRef": self.image} if not on_volume else {}
        asked |= {"availability_zone": zone} if zone else {}
        if on_volume:
            root = {"boot_index": 0, "uuid": self.image, "source_type": "image", "destination_type": "volume"}
            asked["block_device_mapping_v2"] = [root | {"volume_size": 1, "delete_on_termination": True}]
        server_id: str = self._nova("POST", "/servers", {"server": asked}, "2.37")["server"]["id"]
        if wait:
            self.settle(server_id, "ACTIVE")
        return server_id

    def take(self, state: str) -> str:
        """A server in this state: BUILD, DELETED, VOLUME (it boots from one, and runs) or one of Nova's statuses."""
        if state == "VOLUME":
            return self.boot(on_volume=True)
        if state == "BUILD":
            name = f"slow-{uuid.uuid4().hex[:8]}"
            (STATE / f"nova/fault-spawn@{name}").write_text("4")
            return self.boot(name, wait=False)
        if state == "DELETED":
            return self._deleted()
        if self._free[state]:
            return self._free[state].pop()
        server_id = self._free["ACTIVE"].pop() if self._free["ACTIVE"] else self.boot()
        return self.put(server_id, state)

    def put(self, server_id: str, state: str) -> str:
        """Bring a server that runs into a state."""
        if state in _TO_STATE:
            self.act(server_id, _TO_STATE[state])
            self.settle(server_id, state)
        return server_id

    def give_back(self, server_id: str, status: str) -> None:
        """The row is done with this server, which has this status."""
        if status in ("ACTIVE", *_TO_STATE) and not self.attachments(server_id):
            self._free[status].append(server_id)

    def perform(self, action: str, server_id: str, state: str, cloud: str = "lab-admin", /, **payload: Any) -> Row:
        """Have the executor carry it out on the server, which is in this state; members with `_` for `-`."""
        text = json.dumps({name.replace("_", "-"): value for name, value in payload.items()})
        request = a_request(action, payload=text)
        place = self._executor.place(VmPayload.parse(text), server_id, cloud)
        target = Target(request.vnf_id, Scope.VM, server_id)
        run = RealRun(ACTIONS[action].time_limit_s)
        began = time.monotonic()
        try:
            outcome = self._executor.execute(
                Task(request, target, DeviceProtocol.OPENSTACK, place.cloud or "-", (place,)), run
            )
        except LcmError as error:
            outcome = Outcome.of(error)
        seconds = time.monotonic() - began
        return Row(action, state, outcome, self.status(server_id), seconds, tuple(run.steps))

    def act(self, server_id: str, body: Mapping[str, object], microversion: str | None = None) -> None:
        """One of Nova's server actions."""
        self._nova("POST", f"/servers/{server_id}/action", body, microversion)

    def server(self, server_id: str) -> dict[str, Any]:
        """Nova's JSON of it."""
        shown: dict[str, Any] = self._nova("GET", f"/servers/{server_id}")["server"]
        return shown

    def status(self, server_id: str) -> str:
        """Its status; DELETED where there is none."""
        answer = self.connection.compute.get(f"/servers/{server_id}")
        return str(answer.json()["server"]["status"]) if answer.ok else "DELETED"

    def host(self, server_id: str) -> str:
        """The host it is on."""
        return str(self.server(server_id)["OS-EXT-SRV-ATTR:host"])

    def settle(self, server_id: str, status: str) -> None:
        """Wait until a server has this status and no task."""
        shown: dict[str, Any] = {}

        def settled() -> bool:
            shown.update(self.server(server_id))
            return (shown["status"], shown["OS-EXT-STS:task_state"]) == (status, None)

        until(settled, lambda: f"server {server_id} is {shown.get('status')}, not {status}: {shown.get('fault')}")

    def attachments(self, server_id: str) -> dict[str, str]:
        """Device by volume."""
        listed = self._nova("GET", f"/servers/{server_id}/os-volume_attachments")["volumeAttachments"]
        return {one["volumeId"]: one["device"] for one in listed}

    def volume(self) -> str:
        """The id of a new free volume."""
        storage = self.connection.block_storage
        volume_id = storage.create_volume(size=1, name=f"row-{uuid.uuid4().hex[:8]}").id
        until(lambda: self.volume_status(volume_id) == "available", lambda: f"volume {volume_id} is not available")
        return str(volume_id)

    def volume_status(self, volume_id: str) -> str:
        """As Cinder has it."""
        return str(self.connection.block_storage.get_volume(volume_id).status)

    def attach(self, server_id: str, volume_id: str) -> None:
        """Attach a volume at /dev/vdb."""
        asked = {"volumeAttachment": {"volumeId": volume_id, "device": "/dev/vdb"}}
        self._nova("POST", f"/servers/{server_id}/os-volume_attachments", asked)
        until(lambda: self.volume_status(volume_id) == "in-use", lambda: f"volume {volume_id} is not in use")

    @contextmanager
    def broken(self, host: str) -> Iterator[None]:
        """The host is dead inside the block: its nova-compute does nothing, and Nova has been told so."""
        crash, service_id = STATE / f"nova/crash-{host}", self._service_id(host)
        crash.touch()
        self._service(service_id, forced_down=True)
        try:
            yield
        finally:
            crash.unlink()
            # Refused until the host that is back has cleaned up what was evacuated from it.
            path, body = f"/os-services/{service_id}", {"forced_down": False}
            put = self.connection.compute.put
            until(lambda: put(path, json=body, microversion="2.53").ok, lambda: f"{host} does not come back")

    @contextmanager
    def disabled(self, host: str) -> Iterator[None]:
        """The host takes no servers inside the block."""
        service_id = self._service_id(host)
        self._service(service_id, status="disabled")
        try:
            yield
        finally:
            self._service(service_id, status="enabled")

    def _service_id(self, host: str) -> str:
        path = f"/os-services?binary=nova-compute&host={host}"
        return str(self._nova("GET", path, None, "2.53")["services"][0]["id"])

    def _service(self, service_id: str, **change: object) -> None:
        self._nova("PUT", f"/os-services/{service_id}", change, "2.53")

    def _deleted(self) -> str:
        if not self._free["DELETED"]:
            server_id = self.take("ACTIVE")
            self.connection.compute.delete_server(server_id)
            until(lambda: self.status(server_id) == "DELETED", lambda: f"server {server_id} is still there")
            self._free["DELETED"].append(server_id)
        return self._free["DELETED"][0]

    def _nova(self, method: str, path: str, body: object = None, microversion: str | None = None) -> Any:  # noqa: ANN401  # JSON
        answer = self.connection.compute.request(path, method, json=body, microversion=microversion)
        assert answer.ok, f"{method} {path} {body}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else {}


def connect(cloud: str) -> Connection:
    """A connection to one of the lab's clouds."""
    config = OpenStackConfig(config_files=[str(STATE / "clouds.yaml")], load_envvars=False)
    return Connection(config=config.get_one(cloud=cloud))


def until(condition: Callable[[], object], complaint: Callable[[], str]) -> None:
    """Poll a condition until it holds."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, complaint()
        time.sleep(0.1)
