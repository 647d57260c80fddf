"""A controller with its real doors, bus and store, and what ONAP's clients share; VMs and devices are fakes."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from appc.bootstrap.application import Replacements, build
from appc.lcm.actions import ACTIONS, DeviceProtocol
from appc.lcm.artifact import TemplateFormat
from appc.lcm.ports.device import Configuration, DeviceJob, DeviceResult
from appc.lcm.ports.execution import Run
from appc.settings import Settings
from tests.fakes.device import DeviceOf
from tests.fakes.executor import FakeExecutor, executors_of

READ, WRITE = "APPC-LCM-READ", "APPC-LCM-WRITE"
IDENTITY_URL = "http://keystone:5000/v2.0"
#: The VNFs of the tests, and how many VMs each has.
VNFS = {"java": 1, "so": 2, "policy": 1, "jmeter": 1, "adapter": 1, "sdnc": 1, "vfwdt-1": 1, "vfwdt-2": 1, "vpkg": 1}
#: How long an answer may take before a test gives up, in seconds.
PATIENCE_S = 20.0


def vm_of(vnf_id: str, number: int = 0) -> str:
    """The UUID of one of its VMs."""
    return f"{list(VNFS).index(vnf_id):08x}-0000-4000-8000-{number:012x}"


@dataclass(frozen=True)
class Onap:
    """The controller as ONAP's components see it. `executor`: what was really done."""

    http: httpx.Client
    executor: FakeExecutor
    request_topic: str = READ
    response_topic: str = WRITE


@pytest.fixture(scope="session")
def onap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Onap]:
    """One controller for all clients, with ONAP's names of topics."""
    yield from _controller(tmp_path_factory.mktemp("onap"), READ, WRITE)


@pytest.fixture(scope="session")
def sdnc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Onap]:
    """One more, with the topics of SDNC."""
    yield from _controller(tmp_path_factory.mktemp("sdnc"), "SDNC-LCM-READ", "SDNC-LCM-WRITE")


#: What the checks of a healthy firewall find.
FINDINGS = {
    "HealthCheck": {"state": "healthy"},
    "UpgradePreCheck": {"upgrade-status": "Available"},
    "UpgradePostCheck": {"upgrade-status": "Completed"},
}


class FirewallOf(DeviceOf):
    """A firewall that does what the script says, says what checks want to know and shows its configuration."""

    def carry_out(self, job: DeviceJob, run: Run) -> DeviceResult:
        result = super().carry_out(job, run)
        found = result.payload or FINDINGS.get(job.task.action.name)
        return DeviceResult(found, result.message, Configuration('{"streams": 5}', TemplateFormat.JSON))


def _controller(folder: Path, request_topic: str, response_topic: str) -> Iterator[Onap]:
    executor = FakeExecutor(clouds={IDENTITY_URL: "lab"})
    settings = Settings(
        state_dir=folder,
        http_port=0,
        request_topic=request_topic,
        response_topic=response_topic,
        inventory_file=_inventory(folder),
        templates_dir=_templates(folder),
    )
    devices = {DeviceProtocol.ANSIBLE: FirewallOf(executor)}
    application = build(settings, Replacements(executors_of(executor), devices))
    application.start()
    with httpx.Client(base_url=application.url, timeout=PATIENCE_S) as http:
        yield Onap(http, executor, request_topic, response_topic)
    application.stop()


def _inventory(folder: Path) -> Path:
    """Every VNF, of type vFW, with its VMs."""
    vnfs = [
        {"id": name, "type": "vFW", "vms": [{"id": vm_of(name, number), "cloud": "lab"} for number in range(count)]}
        for name, count in VNFS.items()
    ]
    file = folder / "inventory.json"
    file.write_text(json.dumps({"vnfs": vnfs}))
    return file


def _templates(folder: Path) -> Path:
    """Type vFW with an artifact for each self-service action."""
    names = [action.name for action in ACTIONS.values() if action.protocol is DeviceProtocol.SELF_SERVICE]
    rows = [{"action": name, "protocol": "ansible", "template": "play.json"} for name in names]
    templates = folder / "templates"
    (templates / "vfw").mkdir(parents=True)
    (templates / "vfw" / "vnf-type.yaml").write_text(json.dumps({"vnf-type": "vFW", "artifacts": rows}))
    (templates / "vfw" / "play.json").write_text('{"PlaybookName": "play"}')
    return templates


class Subscriber:
    """Reads the response topic by Message Router, under a group of its own, from now on."""

    def __init__(self, onap: Onap, query: str = "timeout=15000&limit=1000") -> None:
        self._http = onap.http
        self._path = f"/events/{onap.response_topic}/{uuid4()}/{uuid4()}"
        self._query = query
        self._seen: list[dict[str, Any]] = []
        self.fetch("timeout=1&limit=1")

    def fetch(self, query: str | None = None) -> None:
        """One GET; the body is an array of strings, each of them JSON."""
        answer = self._http.get(f"{self._path}?{query or self._query}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
        texts = answer.json()
        assert all(type(text) is str for text in texts)
        self._seen += [json.loads(text) for text in texts]

    def answers(self, mine: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
        """Those that this client takes for its own, up to the final one."""
        ends_at = time.monotonic() + PATIENCE_S
        while not any(code_of(each) // 100 not in (1, 5) for each in filter(mine, self._seen)):
            assert time.monotonic() < ends_at, f"no final answer among {self._seen}"
            self.fetch()
        return list(filter(mine, self._seen))

    def by_correlation_id(self, correlation_id: str) -> list[dict[str, Any]]:
        """As most clients match."""
        return self.answers(lambda each: each["correlation-id"] == correlation_id)


def code_of(answer: dict[str, Any]) -> int:
    """The status code."""
    return int(answer["body"]["output"]["status"]["code"])


def codes_of(answers: list[dict[str, Any]]) -> list[int]:
    """Their status codes."""
    return [code_of(each) for each in answers]


def now(form: str = "%Y-%m-%dT%H:%M:%S.%f", ago_s: float = 0.0) -> str:
    """The time, without its Z."""
    return (datetime.now(UTC) - timedelta(seconds=ago_s)).strftime(form)
