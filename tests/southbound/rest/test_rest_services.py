"""REST services of VNFs: HealthCheck by host-ip-address, and whatever an artifact asks for."""

import base64
import json
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from appc.lcm.actions import DeviceProtocol
from appc.lcm.artifact import Artifact, ArtifactKey, TemplateFormat
from appc.lcm.errors import Aborted, DgFailure, DgWorkflowNotFound, InvalidInputParameter, RequestNotSupported
from appc.lcm.ports.device import Configuration, DeviceJob, DeviceResult
from appc.lcm.ports.inventory import Vnf
from appc.lcm.record import Task
from appc.lcm.target import Target
from appc.southbound.rest.executor import RestExecutor
from appc.southbound.unsupported import CHEF, Unsupported
from appc.stores.credentials import CredentialsFolder
from tests.fakes.requests import a_request
from tests.fakes.run import FakeRun
from tests.servers.certificates import write_certificates
from tests.servers.web_service import Asked, Reply, WebService, web_service

HEALTHY = {"identifier": "vnf-1", "state": "healthy", "time": "2026-11-25T10:00:00Z"}
VNF = Vnf("vnf-1", "vFW", vms=(), address="127.0.0.1")


def job(device: Mapping[str, str], action: str = "HealthCheck", content: str = "", **parameters: str) -> DeviceJob:
    """What the workflows hand over; request-parameters with `_` for `-`."""
    given = {name.replace("_", "-"): value for name, value in parameters.items()}
    request = a_request(action, payload=json.dumps({"request-parameters": given}))
    artifact = Artifact(ArtifactKey("vFW", action), 1, DeviceProtocol.REST, content, TemplateFormat.JSON, device=device)
    return DeviceJob(Task(request, Target("vnf-1"), DeviceProtocol.SELF_SERVICE, "type:vFW"), artifact, VNF, content)


class Caller:
    """Carries jobs out on a service."""

    def __init__(self, folder: Path) -> None:
        self.executor = RestExecutor(CredentialsFolder(folder))
        self.run = FakeRun()

    def __call__(
        self, service: WebService, action: str = "HealthCheck", content: str = "", **device: str
    ) -> DeviceResult:
        """Members of the artifact's device with `_` for `-`."""
        settings = {name.replace("_", "-"): value for name, value in device.items()}
        settings = {"scheme": "http", "port": str(service.port), "path": "/health?deep=1", **settings}
        return self.executor.carry_out(job(settings, action, content), self.run)


@pytest.fixture
def call(tmp_path: Path) -> Caller:
    """With an empty CREDENTIALS_DIR."""
    return Caller(tmp_path)


def saying(value: object, status: int = 200, **headers: str) -> Reply:
    """An answer in JSON."""
    return Reply(status, json.dumps(value).encode(), headers=headers)


def test_a_health_check_asks_and_hands_the_answer_on(call: Caller) -> None:
    """GET of the artifact's path; the JSON object of the answer is the payload. One step, which names the service."""
    with web_service(lambda asked: saying(HEALTHY)) as service:
        assert call(service).payload == HEALTHY
    (asked,) = service.asked
    assert (asked.method, asked.path, asked.body) == ("GET", "/health?deep=1", b"")
    assert call.run.steps == [f"GET http://127.0.0.1:{service.port}/health?deep=1"]


def test_a_template_is_what_is_sent(call: Caller) -> None:
    """With the method, the credentials and the statuses of the artifact."""
    with web_service(lambda asked: saying([1], 202)) as service:
        result = call(service, "StartApplication", '{"a": "ü"}', method="POST", path="/apps", expect="200 202")
    (asked,) = service.asked
    assert (asked.method, asked.path, json.loads(asked.body)) == ("POST", "/apps", {"a": "ü"})
    assert asked.headers["content-type"] == "application/json"
    assert result.payload == {"output": [1]}


def test_a_user_is_told_by_basic_authentication(call: Caller, tmp_path: Path) -> None:
    """The password is a credential, read when it is used."""
    (tmp_path / "vfw").write_text("letme-in\n")
    with web_service(lambda asked: Reply(204)) as service:
        assert call(service, user="operator", password_file="vfw").payload is None
    assert service.asked[0].headers["authorization"] == f"Basic {base64.b64encode(b'operator:letme-in').decode()}"


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        pytest.param(saying({"why": "no disk"}, 503), r'503 Service Unavailable: {"why": "no disk"}', id="HTTP error"),
        pytest.param(Reply(404), "404 Not Found: no explanation", id="without words"),
        pytest.param(saying({}, 201), "201 Created: {}", id="another status than expected"),
        pytest.param(
            saying({}, 302, Location="http://127.0.0.1:1/"), "302 Found: {}", id="a redirect is an answer, not followed"
        ),
        pytest.param(
            saying({"password": "canary"}, 500), r'500 Internal Server Error: {"password": "\*\*\*"}', id="secret"
        ),
        pytest.param(Reply(200, b'{"state": "healthy"'), "the service's answer is no JSON", id="no JSON"),
        pytest.param(Reply(200, b"[" * 100_000), "the service's answer is no JSON", id="nested without end"),
        pytest.param(Reply(200, bytes(17 << 20)), "the answer has more than 16777216 bytes", id="endless"),
    ],
)
def test_what_is_no_success_is_told(call: Caller, reply: Reply, said: str) -> None:
    """401 with the HTTP error, the service's words and what was asked."""
    with web_service(lambda asked: reply) as service, pytest.raises(DgFailure, match=said) as failed:
        call(service, expect="200")
    assert "canary" not in str(failed.value)
    assert len(service.asked) == 1


def test_a_service_that_is_not_there_is_told(call: Caller) -> None:
    """401 with the address."""
    with web_service(lambda asked: None) as service:
        pass
    with pytest.raises(
        DgFailure, match=rf"the service is out of reach: .*: GET http://127\.0\.0\.1:{service.port}/health"
    ):
        call(service)


def test_a_silent_service_ends_at_its_time_limit(call: Caller) -> None:
    """timeout-s is for the whole exchange."""
    with web_service(lambda asked: None) as service:
        with pytest.raises(DgFailure, match=r"no answer within 0\.2 s: GET"):
            call(service, timeout_s="0.2")
        call.run = FakeRun(time_limit_s=0)
        with pytest.raises(DgFailure, match="the time limit is over"):
            call(service)


def test_a_stop_does_not_wait_for_an_answer(call: Caller) -> None:
    """The run is cancelled while the service thinks."""
    with web_service(lambda asked: None) as service:

        def stop() -> None:
            service.silent.wait(10)
            call.run.cancel()

        threading.Thread(target=stop).start()
        with pytest.raises(Aborted):
            call(service)


class TestTls:
    """Certificates are verified unless the artifact says otherwise by name (contract section 8)."""

    @pytest.fixture
    def keystore(self, tmp_path: Path) -> Path:
        """A key and certificate for 127.0.0.1; the authority is a credential."""
        write_certificates(tmp_path / "ca", tmp_path / "keys")
        return tmp_path / "keys"

    def test_an_authority_of_the_artifact_is_trusted(self, call: Caller, keystore: Path) -> None:
        """`ca-file`."""
        with web_service(lambda asked: saying(HEALTHY), keystore) as service:
            assert call(service, scheme="https", ca_file="ca").payload == HEALTHY

    @pytest.mark.parametrize(
        "device",
        [
            pytest.param({}, id="an authority that the system does not know"),
            pytest.param({"ca_file": "ca", "server_name": "vfw.example.org"}, id="another name"),
        ],
    )
    def test_a_certificate_that_does_not_fit_is_refused(
        self, call: Caller, keystore: Path, device: Mapping[str, str]
    ) -> None:
        """401; nothing is sent."""
        said = r"the service is out of reach: .*certificate verify failed"
        with web_service(lambda asked: saying(HEALTHY), keystore) as service, pytest.raises(DgFailure, match=said):
            call(service, scheme="https", **device)
        assert service.asked == []

    def test_it_may_go_unverified_where_the_artifact_says_so(self, call: Caller, keystore: Path) -> None:
        """`verify-tls: false`."""
        with web_service(lambda asked: saying(HEALTHY), keystore) as service:
            assert call(service, scheme="https", verify_tls="false").payload == HEALTHY


def configurations(asked: Asked) -> Reply:
    """A service that takes a configuration and gives it back."""
    return Reply(200, b"<running/>", "application/xml") if asked.method == "GET" else Reply(204)


def test_a_configuration_is_read_for_audit_and_after_a_change(call: Caller) -> None:
    """Audit's answer is the running configuration; after a change it is read from `read-path`."""
    running = Configuration("<running/>", TemplateFormat.XML)
    with web_service(configurations) as service:
        assert call(service, "Audit", path="/config").configuration == running
        result = call(service, "Configure", "{}", method="PUT", path="/config", read_path="/config?content=config")
        assert result.configuration == running
    assert [asked.path for asked in service.asked[1:]] == ["/config", "/config?content=config"]


def test_a_change_stands_whose_configuration_cannot_be_read(call: Caller) -> None:
    """Why is told: an intermediate 501."""
    with web_service(lambda asked: Reply(204 if asked.method == "PUT" else 403)) as service:
        result = call(service, "Configure", "{}", method="PUT", read_path="/config")
    assert result.configuration is None
    assert result.configuration_problem.startswith("403 Forbidden")


@pytest.mark.parametrize(
    ("device", "said"),
    [
        pytest.param({"path": "health"}, r"device\.path: String should match", id="no path"),
        pytest.param({"path": "//elsewhere.example/"}, r"device\.path: String should match", id="another host"),
        pytest.param({"method": "TRACE"}, r"device\.method: ", id="method"),
        pytest.param({"expect": "2xx"}, r"device\.expect: must be HTTP statuses with blanks between them", id="status"),
        pytest.param({"url": "http://a"}, r"device\.url: is unknown", id="unknown setting"),
        pytest.param({"ca-file": "no"}, "credential no: there is no such file", id="credential"),
    ],
)
def test_a_part_that_is_missing_is_307(call: Caller, device: Mapping[str, str], said: str) -> None:
    """Before anything is begun."""
    with pytest.raises(DgWorkflowNotFound, match=said):
        call.executor.find_parts(job(device).artifact)


def test_a_host_is_one_of_the_inventory_s(call: Caller) -> None:
    """`host-ip-address` chooses among those; 301 for any other."""
    call.executor.examine(job({}, host_ip_address="127.0.0.1"))
    with pytest.raises(
        InvalidInputParameter, match=r"request-parameters\.host-ip-address: the inventory lists no address"
    ):
        call.executor.examine(job({}, host_ip_address="169.254.169.254"))


def test_chef_is_refused_before_anything_is_begun() -> None:
    """450, with the reason; what was accepted all the same ends 401."""
    refusal = Unsupported(CHEF)
    with pytest.raises(RequestNotSupported, match="REQUEST NOT SUPPORTED: artifacts of Chef are not carried out"):
        refusal.find_parts(job({}).artifact)
    with pytest.raises(DgFailure, match="artifacts of Chef are not carried out"):
        refusal.carry_out(job({}), FakeRun())
