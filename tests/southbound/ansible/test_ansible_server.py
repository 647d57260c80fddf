"""Playing on an Ansible server by APPC's REST protocol (facts 7.2 to 7.4)."""

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from appc.lcm.errors import Aborted, DgFailure, DgWorkflowNotFound
from appc.lcm.ports.device import DeviceResult
from appc.lcm.ports.inventory import Vm, Vnf, Vnfc
from appc.southbound.ansible.executor import AnsibleExecutor, Folders
from appc.stores.credentials import CredentialsFolder
from tests.fakes.requests import VM_A
from tests.fakes.run import FakeRun
from tests.servers.ansible_server import SUCCESS, ConformingAnsibleServer, Scripted, finished
from tests.southbound.ansible.jobs import PLAYBOOKS, a_job
from tests.southbound.ansible.test_playbook_names import NobodyPlays

#: Its folder holds the password of the test's server.
CREDENTIALS = Path(__file__).parent / "credentials"


@pytest.fixture
def server() -> Iterator[ConformingAnsibleServer]:
    """A server that wants a password."""
    with closing(ConformingAnsibleServer("admin", "s3cret-of-the-server")) as server:
        yield server


def carry_out(server: ConformingAnsibleServer, run: FakeRun | None = None, **fields: Any) -> DeviceResult:
    """What comes of a template with these fields."""
    executor = AnsibleExecutor(Folders(PLAYBOOKS, PLAYBOOKS, PLAYBOOKS), NobodyPlays(), CredentialsFolder(CREDENTIALS))
    device = {"url": server.url, "user": "admin", "password-file": "server-password"}
    vnf = Vnf("vnf-1", "vDemo", vms=(Vm(VM_A, "vm-a", addresses=("10.0.0.1",)),), vnfcs=(Vnfc("core-1", VM_A, "core"),))
    job = a_job({"PlaybookName": "play", **fields}, device=device, vnf=vnf)
    executor.examine(job)
    return executor.carry_out(job, run or FakeRun())


def test_the_request_is_what_appc_posts(server: ConformingAnsibleServer) -> None:
    """A fresh Id, Timeout as text, EnvParameters always, and nothing that the server does not know."""
    server.scripts["play"] = Scripted()
    nodes = [{"vm-info": [{"ne_id": "n", "fixed_ip_address": "10.0.0.1"}], "site": "site", "vnfc-type": "t"}]
    carry_out(server, NodeList=nodes, FileParameters={"a.json": "{}"}, Timeout=60, LocalParameters={"n": {"x": 1}})
    carry_out(server)
    (_, _, first), (_, _, second) = [each for each in server.requests if each[0] == "POST"]
    ids = {first.pop("Id"), second.pop("Id")}
    assert len(ids) == 2
    assert first == {
        "PlaybookName": "play",
        "Timeout": "60",
        "EnvParameters": {},
        "NodeList": nodes,
        "FileParameters": {"a.json": "{}"},
        "LocalParameters": {"n": {"x": 1}},
    }
    assert second == {"PlaybookName": "play", "Timeout": "600", "EnvParameters": {}}


def test_auto_node_list_comes_from_the_inventory(server: ConformingAnsibleServer) -> None:
    """In the server's form, grouped by type, with InventoryNames VM; the key itself is not sent."""
    server.scripts["play"] = Scripted()
    carry_out(server, AutoNodeList=True)
    (_, _, body) = server.requests[0]
    node = {"ne_id": "core-1", "fixed_ip_address": "10.0.0.1"}
    assert (body["NodeList"], body["InventoryNames"]) == (
        [{"site": "site", "vnfc-type": "core", "vm-info": [node]}],
        "VM",
    )
    assert "AutoNodeList" not in body


@pytest.mark.parametrize(
    ("answer", "payload"),
    [
        pytest.param(finished({"a": SUCCESS}), {"a": SUCCESS}, id="Results, where there is no Output"),
        pytest.param(finished({"a": SUCCESS}, Output={"x": 1}), {"x": 1}, id="Output"),
        pytest.param(
            finished({"a": SUCCESS}, StatusCode=500), {"a": SUCCESS}, id="500 with all hosts well, as in APPC"
        ),
    ],
)
@pytest.mark.parametrize("pending", [0, 2])
def test_success(
    server: ConformingAnsibleServer, answer: dict[str, Any], payload: dict[str, Any], pending: int
) -> None:
    """At once or after some answers of 100; the records on the server are deleted."""
    server.scripts["play"] = Scripted(answer, pending=pending)
    assert carry_out(server).payload == payload
    assert server.deleted.wait(10)
    assert [method for method, _, _ in server.requests] == ["POST", *["GET"] * (pending + 1), "DELETE"]


def test_the_running_configuration_is_read(server: ConformingAnsibleServer) -> None:
    """`Output.info.configData`, of the answer or of a host."""
    configuration = {"info": {"configData": "<config/>"}}
    server.scripts["play"] = Scripted(finished({"a": {**SUCCESS, "Output": configuration}}))
    found = carry_out(server).configuration
    assert found
    assert (found.content, found.format) == ("<config/>", "xml")


@pytest.mark.parametrize(
    ("script", "says"),
    [
        pytest.param(
            Scripted(posted={"StatusCode": 101, "StatusMessage": "PLAYBOOK NOT FOUND"}),
            "Request for execution of playbook rejected. Reason = PLAYBOOK NOT FOUND",
            id="rejected",
        ),
        pytest.param(
            Scripted(posted={"StatusCode": 107, "StatusMessage": "VNF_instance NOT PROVIDED"}),
            "the Ansible server answered the request with 107: VNF_instance NOT PROVIDED; 100 or 101 was expected",
            id="another code",
        ),
        pytest.param(
            Scripted(finished({"a": SUCCESS, "b": {"StatusCode": 400, "StatusMessage": "NOT REACHABLE"}})),
            "playbook play on the Ansible server: FINISHED; host b: NOT REACHABLE (400)",
            id="a host",
        ),
        pytest.param(
            Scripted(finished({"b": {"StatusCode": 200, "StatusMessage": "FAILURE"}})),
            "playbook play on the Ansible server: FINISHED; host b: FAILURE (200)",
            id="a host with 200",
        ),
        pytest.param(Scripted(finished({})), "playbook play on the Ansible server: FINISHED; on no host", id="no host"),
        pytest.param(
            Scripted({"StatusCode": 500, "StatusMessage": "TERMINATED"}),
            "Results not found in GET for response: TERMINATED",
            id="no results",
        ),
        pytest.param(
            Scripted({"StatusCode": 300, "StatusMessage": "?"}),
            "the Ansible server's result has 300: ?; 200 or 500 was expected",
            id="another end",
        ),
        pytest.param(Scripted(raw=b"<html>"), "the Ansible server's answer is no JSON: ", id="no JSON"),
        pytest.param(
            Scripted(raw=b'{"StatusCode": 200, "Results": {}, "Output": {"a": NaN}}'),
            "the Ansible server's answer is no JSON: NaN is no JSON number",
            id="not a number",
        ),
        pytest.param(Scripted(raw=b"[]"), "the Ansible server's answer is no JSON object", id="no object"),
        pytest.param(Scripted(raw=b"gone", http=503), "the Ansible server answered 503: gone", id="another status"),
    ],
)
def test_failures_are_401(server: ConformingAnsibleServer, script: Scripted, says: str) -> None:
    """What failed and where, in the server's words."""
    server.scripts["play"] = script
    with pytest.raises(DgFailure) as failure:
        carry_out(server)
    assert str(failure.value).startswith(f"DG FAILURE - {says}")
    assert str(failure.value).endswith(f": Ansible server {server.url}")


def test_a_wrong_password_is_401_without_the_password(server: ConformingAnsibleServer) -> None:
    """The server's status and words; the artifact's password stays where it is."""
    server._credentials = "Basic other"
    with pytest.raises(DgFailure) as failure:
        carry_out(server)
    assert (
        str(failure.value) == f"DG FAILURE - the Ansible server answered 401: who are you?: Ansible server {server.url}"
    )


def test_a_server_that_is_away_is_401(server: ConformingAnsibleServer) -> None:
    """Nothing was posted, nothing is tried again."""
    with closing(ConformingAnsibleServer()) as away:
        pass
    with pytest.raises(DgFailure, match=rf"Error posting request\. Reason = .*refused: Ansible server {away.url}$"):
        carry_out(away)


def test_the_time_limit(server: ConformingAnsibleServer) -> None:
    """The template's Timeout bounds it, also while the server keeps the question open."""
    server.scripts["play"] = Scripted(blocks=True)
    begun = monotonic()
    with pytest.raises(DgFailure, match="Request timed out after 1 s on the Ansible server"):
        carry_out(server, Timeout=1)
    assert monotonic() - begun < 10
    assert server.deleted.wait(10)


def test_a_cancellation_does_not_wait_for_the_server(server: ConformingAnsibleServer) -> None:
    """GetResult may block for an hour; a stopping controller does not."""
    server.scripts["play"] = Scripted(blocks=True)
    run = FakeRun()
    threading.Timer(0.5, run.cancel).start()
    begun = monotonic()
    with pytest.raises(Aborted):
        carry_out(server, run)
    assert monotonic() - begun < 10


def test_secrets_do_not_come_back(server: ConformingAnsibleServer, tmp_path: Path) -> None:
    """What went in under a secret's name is taken out of payloads and texts."""
    server.scripts["play"] = Scripted(finished({"a": SUCCESS}, Output={"said": "with hunter2hunter2"}))
    parameters = {"admin_password": "hunter2hunter2"}
    assert carry_out(server, EnvParameters=parameters).payload == {"said": "with ***"}


def test_a_password_that_is_not_there_is_307(server: ConformingAnsibleServer) -> None:
    """Before the request is accepted: the artifact names a file that CREDENTIALS_DIR does not have."""
    executor = AnsibleExecutor(Folders(PLAYBOOKS, PLAYBOOKS, PLAYBOOKS), NobodyPlays(), CredentialsFolder(CREDENTIALS))
    job = a_job({"PlaybookName": "play"}, device={"url": server.url, "user": "admin", "password-file": "nothing"})
    with pytest.raises(DgWorkflowNotFound, match="credential nothing: there is no such file in CREDENTIALS_DIR"):
        executor.find_parts(job.artifact)
