"""RESTCONF in front of a controller in this process, without a socket."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from appc.controller.backlog import Backlog
from appc.lcm.actions import ACTIONS, DeviceProtocol
from appc.northbound.http.application import HttpApplication
from appc.northbound.restconf.door import Restconf
from appc.wire.lcm_json import input_members
from appc.wire.schemas import installed_schemas
from tests.fakes.answers import TOPIC
from tests.fakes.lives import Life, World
from tests.fakes.requests import VM_A
from tests.northbound.http.site import one_user

MAX_BYTES = 10_000
#: What the payload of an action needs.
PAYLOADS = {
    "ActionStatus": '{"request-id": "none"}',
    "AttachVolume": '{"volumeId": "v", "device": "/dev/vdb"}',
    "DetachVolume": '{"volumeId": "v"}',
    "Audit": '{"publish-config": "N"}',
    "Sync": '{"publish-config": "N"}',
    "ConfigScaleOut": '{"request-parameters": {"vf-module-id": "m"}}',
    "QuiesceTraffic": '{"operations-timeout": 30}',
} | dict.fromkeys(
    (name for name in ACTIONS if name.startswith("Upgrade")),
    '{"existing-software-version": "1", "new-software-version": "2"}',
)


def path_of(rpc_name: str) -> str:
    """Where an rpc is called."""
    return f"/restconf/operations/appc-provider-lcm:{rpc_name}"


@dataclass
class Caller:
    """A client of RESTCONF; requests are sent now, by the clock of the world."""

    http: TestClient
    world: World

    def body(self, action: str = "Restart", **more: Any) -> dict[str, Any]:
        """A body that is fit for the action."""
        vm_id = VM_A if ACTIONS[action].protocol is DeviceProtocol.OPENSTACK else None
        defaults = {"vm_id": vm_id, "payload": PAYLOADS.get(action)}
        request = self.world.request(action=action, **defaults | more)
        return {"input": input_members(request)}

    def post(self, path: str, body: dict[str, Any], **more: Any) -> httpx.Response:
        """One call."""
        answer: httpx.Response = self.http.post(path, json=body, **more)
        return answer

    def call(self, action: str = "Restart", **more: Any) -> httpx.Response:
        """Call the action's rpc."""
        return self.post(path_of(ACTIONS[action].rpc_name), self.body(action, **more))

    def codes(self, *answers: httpx.Response) -> list[int]:
        """The codes of answers that are outputs."""
        assert [answer.status_code for answer in answers] == [200] * len(answers)
        return [answer.json()["output"]["status"]["code"] for answer in answers]


def edge(life: Life, queue_size: int = 1000, users: bool = False) -> HttpApplication:
    """The door of this life of a controller."""
    restconf = Restconf(
        life.controller,
        Backlog(life.store, queue_size),
        lambda: life.bus.end(TOPIC),
        installed_schemas(),
        MAX_BYTES,
    )
    return HttpApplication([restconf.door()], one_user() if users else None)


@pytest.fixture
def caller(world: World, life: Life) -> Iterator[Caller]:
    """A client of the controller."""
    with TestClient(edge(life), "http://127.0.0.1:8181") as http:
        yield Caller(http, world)
