"""`/artifacts` and `/configurations` over HTTP."""

import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from appc.lcm.artifact import Parameter, Source, TemplateFormat
from appc.lcm.catalogue import Catalogue
from appc.lcm.ports.configurations import StoredConfiguration
from appc.northbound.http.application import HttpApplication
from appc.northbound.onboarding.artifacts import ArtifactDoor
from appc.northbound.onboarding.configurations import ConfigurationDoor
from appc.stores.artifacts.library import ArtifactLibrary
from appc.stores.configurations import StoredConfigurations
from tests.fakes.artifacts import an_artifact
from tests.fakes.clock import START, FakeClock
from tests.fakes.memory_documents import MemoryDocuments

PARAMETERS = (
    Parameter("db-password", Source.DEFAULT, default="S"),
    Parameter("key", Source.DEFAULT, "api_token", default="S"),
    Parameter("json", Source.DEFAULT, default='{"secret": "S"}'),
    Parameter("port", Source.DEFAULT, default="8080"),
    Parameter("password"),
)
FILE = an_artifact(vnf_type="v/F W", device={"user": "u", "password": "p"}, parameters=PARAMETERS)
BUNDLE = {
    "vnf-type.yaml": "vnf-type: vDemo\nartifacts:\n"
    "  - {action: Sync, protocol: netconf, vnfc-type: lb, device: {user: u}}\n",
}
OF = {"v/F W": ["Configure"], "vA": ["Audit", "Sync"], "vB": ["Audit", "Sync"]}
ONE = StoredConfiguration(
    "id-1", "vnf-1", "vFW", None, "Sync", "r", "o", START, '{"password": "p", "b": 1}', TemplateFormat.JSON
)


@pytest.fixture
def documents() -> MemoryDocuments:
    """What the doors are in front of."""
    return MemoryDocuments(FakeClock())


@pytest.fixture
def client(documents: MemoryDocuments) -> Iterator[TestClient]:
    """A client without a socket."""
    library = ArtifactLibrary(Catalogue([FILE]), documents, FakeClock())
    doors = [ArtifactDoor(library).door(), ConfigurationDoor(StoredConfigurations(documents)).door()]
    with TestClient(HttpApplication(doors), "http://127.0.0.1:8181", raise_server_exceptions=False) as client:
        yield client


def test_artifacts_are_loaded_listed_shown_and_removed(client: TestClient) -> None:
    """Their whole life."""
    added = client.post("/artifacts", json={"files": BUNDLE})
    assert added.status_code == 201
    ((artifact,), notes) = added.json()["artifacts"], added.json()["notes"]
    assert (artifact["vnf-type"], artifact["action"], artifact["version"], notes) == ("vDemo", "Sync", 1, [])
    listed = client.get("/artifacts").json()["artifacts"]
    assert artifact in listed
    assert len(listed) == 2
    shown = client.get(f"/artifacts/{artifact['id']}").json()
    assert shown == artifact | {
        "format": "text",
        "time-limit-s": None,
        "device": {"user": "u"},
        "parameters": [],
        "template": "",
    }
    assert client.delete(f"/artifacts/{artifact['id']}").status_code == 204
    assert client.delete(f"/artifacts/{artifact['id']}").status_code == 404
    assert client.get(f"/artifacts/{artifact['id']}").status_code == 404


def test_the_log_says_what_is_loaded_and_removed(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    """A line for each artifact."""
    caplog.set_level(logging.INFO, "appc")
    (artifact,) = client.post("/artifacts", json={"files": BUNDLE}).json()["artifacts"]
    client.delete(f"/artifacts/{artifact['id']}")
    said = f"artifact {artifact['id']} is loaded: version 1 for Sync of VNF type vDemo, VNFC type lb"
    assert [line.getMessage() for line in caplog.records if line.name.startswith("appc.")] == [
        said,
        f"artifact {artifact['id']} is removed",
    ]


def test_secrets_of_an_artifact_are_not_shown(client: TestClient) -> None:
    """Those of its device, and the defaults of parameters whose name or key says so. Contract section 8."""
    shown = client.get(f"/artifacts/{FILE.id}").json()
    assert shown["device"] == {"user": "u", "password": "***"}
    assert [each["default"] for each in shown["parameters"]] == ["***", "***", '{"secret": "***"}', "8080", None]


@pytest.mark.parametrize(
    ("form", "template", "shown"),
    [
        pytest.param("json", '{"root-password":"S","a": 1}', '{"root-password": "***", "a": 1}', id="JSON"),
        pytest.param("json", '{"a" : ${(1)=(a)}}', '{"a" : ${a}}', id="JSON without, as it is written"),
        pytest.param("json", '{"a": ${a}, "token": "S"}', '{"a": "${a}", "token": "***"}', id="JSON with both"),
        pytest.param("json", '{"a": "${(S)=(password)}"}', '{"a": "${password}"}', id="a sample"),
        pytest.param("xml", "<a>${a}</a><password>S</password>", "<a>${a}</a><password>***</password>", id="XML"),
        pytest.param("text", "user ${u} password S", "user ${u} password ***", id="text"),
    ],
)
def test_secrets_of_a_template_are_not_shown(
    client: TestClient, documents: MemoryDocuments, form: str, template: str, shown: str
) -> None:
    """The rest is."""
    row = f"vnf-type: t\nartifacts: [{{action: Sync, protocol: rest, format: {form}, template: t}}]"
    added = client.post("/artifacts", json={"files": {"vnf-type.yaml": row, "t": template}}).json()
    assert client.get(f"/artifacts/{added['artifacts'][0]['id']}").json()["template"] == shown


def test_a_file_of_the_installation_stays(client: TestClient) -> None:
    """409, and what to do instead."""
    answer = client.delete(f"/artifacts/{FILE.id}")
    assert (answer.status_code, "TEMPLATES_DIR" in answer.json()["detail"]) == (409, True)


@pytest.mark.parametrize("path", ["/artifacts", "/artifacts/validation"])
@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        pytest.param(b"{", 400, "no JSON", id="no JSON"),
        pytest.param(b"[]", 400, "no object like", id="no object"),
        pytest.param(b'{"files": {"a": 1}}', 400, "no object like", id="no texts"),
        pytest.param(b"\xff", 400, "no JSON", id="no UTF-8"),
        pytest.param(b'{"files": {}}', 422, "no vnf-type.yaml", id="nothing"),
        pytest.param(
            b'{"files": {"vnf-type.yaml": "vnf-type: t\\nartifacts: [{}]"}}',
            422,
            "vnf-type.yaml:2: artifacts[0].action: is missing\nvnf-type.yaml:2: artifacts[0].protocol: is missing",
            id="faults, a line for each",
        ),
    ],
)
def test_what_cannot_be_loaded_is_told(client: TestClient, path: str, body: bytes, status: int, detail: str) -> None:
    """As problem+json; nothing is loaded."""
    answer = client.post(path, content=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert detail in answer.json()["detail"]
    assert len(client.get("/artifacts").json()["artifacts"]) == 1


def test_validation_loads_nothing(client: TestClient) -> None:
    """It says what would be loaded."""
    answer = client.post("/artifacts/validation", json={"files": BUNDLE})
    assert (answer.status_code, answer.json()["artifacts"][0]["action"]) == (200, "Sync")
    assert len(client.get("/artifacts").json()["artifacts"]) == 1


def test_what_was_given_as_a_secret_is_shown_and_compared_as_one(
    client: TestClient, documents: MemoryDocuments
) -> None:
    """Whatever its name is in the configuration."""
    store = StoredConfigurations(documents)
    for id, value in (("x", "hush-1"), ("y", "hush-2")):
        text = replace(ONE, upload_config_id=id, content=f"community {value}", format=TemplateFormat.TEXT)
        store.keep(replace(text, secrets=(value,)), current=False)
    assert client.get("/configurations/x").json()["content"] == "community ***"
    assert client.get("/configurations/x/differences/y").json() == {"equal": False, "differences": []}


def test_configurations_are_listed_shown_and_compared_without_secrets(
    client: TestClient, documents: MemoryDocuments
) -> None:
    """Newest first; a difference that is only secret is told without being shown."""
    store = StoredConfigurations(documents)
    store.keep(ONE, current=True)
    store.keep(replace(ONE, upload_config_id="id-2", content='{"b": 1, "password": "q"}'), current=False)
    store.keep(replace(ONE, upload_config_id="id-3", content='{"b": 2, "password": "p"}'), current=False)
    listed = client.get("/configurations", params={"vnf-id": "vnf-1"}).json()["configurations"]
    assert [(each["upload_config_id"], each["current"]) for each in listed] == [
        ("id-3", False),
        ("id-2", False),
        ("id-1", True),
    ]
    assert client.get("/configurations/id-1").json()["content"] == '{"password": "***", "b": 1}'
    assert client.get("/configurations/id-1/differences/id-2").json() == {"equal": False, "differences": []}
    differing = client.get("/configurations/id-1/differences/id-3").json()["differences"]
    assert [line for line in differing if line[0] in "+-"] == ["--- id-1", "+++ id-3", '-  "b": 1,', '+  "b": 2,']


@pytest.mark.parametrize(
    ("path", "status"),
    [("/configurations", 400), ("/configurations/none", 404), ("/configurations/none/differences/none", 404)],
)
def test_what_is_not_there_is_told(client: TestClient, path: str, status: int) -> None:
    """As problem+json."""
    assert client.get(path).status_code == status


@pytest.mark.parametrize("path", ["/artifacts", "/artifacts/x", "/configurations?vnf-id=v", "/configurations/x"])
def test_a_store_out_of_reach_is_503(client: TestClient, documents: MemoryDocuments, path: str) -> None:
    """With Retry-After."""
    documents.down = True
    answer = client.get(path)
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)


def test_xml_differs_line_by_line(client: TestClient, documents: MemoryDocuments) -> None:
    """Space does not count."""
    store = StoredConfigurations(documents)
    for id, content in (
        ("x", "<a><b>1</b><c/></a>"),
        ("z", "<a>\n <b>2</b><c/>\n</a>"),
    ):
        store.keep(replace(ONE, upload_config_id=id, content=content, format=TemplateFormat.XML), current=False)
    lines = client.get("/configurations/x/differences/z").json()["differences"]
    assert [line for line in lines[2:] if line[0] in "+-"] == ["-<b>1</b>", "+<b>2</b>"]
