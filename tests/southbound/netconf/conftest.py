"""Real devices, and what carries a job out on them."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from appc.lcm.actions import DeviceProtocol
from appc.lcm.artifact import Artifact, ArtifactKey, TemplateFormat
from appc.lcm.ports.device import DeviceJob
from appc.lcm.ports.inventory import Vnf
from appc.lcm.record import Task
from appc.lcm.target import Target
from tests.fakes.requests import a_request
from tests.servers.netconf_server import NetconfServer, netconf_server

VNF = Vnf("vnf-1", "vFW", vms=(), address="127.0.0.1")
Job = Callable[..., DeviceJob]


@pytest.fixture(scope="session")
def candidate() -> Iterator[NetconfServer]:
    """A device whose candidate configuration is edited."""
    with netconf_server("candidate") as server:
        yield server


@pytest.fixture(scope="session")
def running_only() -> Iterator[NetconfServer]:
    """A device that has no candidate configuration."""
    with netconf_server("running") as server:
        yield server


@pytest.fixture
def job() -> Job:
    """Makes jobs."""

    def make(
        device: Mapping[str, str], content: str = "", action: str = "Configure", vnf: Vnf = VNF, **parameters: Any
    ) -> DeviceJob:
        given = {name.replace("_", "-"): value for name, value in parameters.items()}
        request = a_request(action, vnf.vnf_id, payload=json.dumps({"request-parameters": given}))
        key = ArtifactKey(vnf.type or "", action)
        artifact = Artifact(key, 1, DeviceProtocol.NETCONF, content, TemplateFormat.XML, device=device)
        task = Task(request, Target(vnf.vnf_id), DeviceProtocol.SELF_SERVICE, "type:vFW")
        return DeviceJob(task, artifact, vnf, content)

    return make
