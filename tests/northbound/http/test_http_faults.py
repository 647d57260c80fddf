"""Contract section 5: the one table of HTTP errors."""

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.testclient import TestClient

from appc.northbound.http.application import Door, HttpApplication
from appc.northbound.http.resource import resource
from tests.northbound.http.site import READ, WRITE, Site


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", "/nowhere", 404, id="unknown path"),
        pytest.param("POST", "/healthz", 405, id="unknown method"),
        pytest.param("GET", "//topics", 404, id="two slashes"),
        pytest.param("GET", "/TOPICS", 404, id="other letters"),
        pytest.param("GET", "/%2Ftopics", 404, id="escaped slash"),
        pytest.param("GET", "/broken", 500, id="a defect"),
    ],
)
def test_a_fault_is_a_problem(client: TestClient, method: str, path: str, status: int) -> None:
    """RFC 9457, outside Message Router."""
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json().keys() == {"type", "title", "status", "detail"}
    assert answer.json()["status"] == status


def test_a_defect_is_not_told_to_the_client(client: TestClient) -> None:
    """What an exception says may be a secret."""
    assert "hunter2" not in client.get("/broken").text


@pytest.mark.parametrize(
    ("method", "path", "status", "mrstatus"),
    [
        pytest.param("GET", "/events", 404, 3001, id="no topic"),
        pytest.param("GET", "/topics//", 404, 3001, id="two slashes behind"),
        pytest.param("POST", f"/events/{READ}//", 404, 3001, id="two slashes behind a topic"),
        pytest.param("POST", f"/events//{READ}", 404, 3001, id="two slashes"),
        pytest.param("POST", f"/events/%2F{READ}", 404, 3001, id="escaped slash"),
        pytest.param("POST", f"/events/{READ.lower()}", 404, 3001, id="other letters"),
        pytest.param("POST", f"/events/{READ};x=1", 404, 3001, id="parameter"),
        pytest.param("POST", f"/events/x/../{READ}%0A", 404, 3001, id="newline behind"),
        pytest.param("POST", f"/events/{READ}/g/1", 405, 3003, id="publishing to a group"),
        pytest.param("DELETE", f"/events/{READ}", 405, 3003, id="unknown method"),
        pytest.param("HEAD", f"/events/{READ}/g/1", 405, 3003, id="HEAD would take messages and show none"),
    ],
)
def test_a_fault_of_message_router_has_its_form(
    site: Site, client: TestClient, method: str, path: str, status: int, mrstatus: int
) -> None:
    """Facts section 9.7, "Errors"; nothing is published on any of these paths."""
    answer = client.request(method, path)
    assert answer.status_code == status
    if method != "HEAD":
        content = answer.json()
        assert (content["mrstatus"], content["status"]) == (mrstatus, status)
        assert content["helpURL"] == "http://onap.readthedocs.io"
        assert content["message"]
    assert site.bus.messages(READ) == []


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        pytest.param("/healthz", "GET, HEAD", id="one route"),
        pytest.param(f"/events/{READ}", "GET, HEAD, POST", id="two methods"),
        pytest.param(f"/events/{READ}/g/1", "GET", id="HEAD would take messages and show none"),
        pytest.param("/topics/listAll", "GET, HEAD", id="a path that fits another resource, too"),
    ],
)
@pytest.mark.parametrize("method", ["DELETE", "OPTIONS"])
def test_405_names_the_methods_there_are(client: TestClient, method: str, path: str, allowed: str) -> None:
    """Those of this resource, whatever is asked in vain (RFC 9110, section 10.2.1)."""
    answer = client.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize("method", ["GET", "DELETE", "OPTIONS"])
def test_the_path_decides_before_the_method_does(method: str) -> None:
    """What another resource would take goes to the first that has the path, which refuses it."""

    async def answered(request: Request) -> Response:
        return Response(request.url.path)

    first, other = resource("/things/new", POST=answered), resource("/things/{id}", GET=answered, DELETE=answered)
    with TestClient(HttpApplication([Door([first, other])]), "http://127.0.0.1:8181") as client:
        answer = client.request(method, "/things/new")
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        pytest.param("POST", f"/events/{READ}", id="publish"),
        pytest.param("GET", f"/events/{WRITE}/g/1?timeout=0", id="take"),
        pytest.param("GET", "/topics", id="list"),
        pytest.param("GET", f"/topics/{READ}", id="show"),
        pytest.param("GET", "/healthz", id="alive"),
    ],
)
def test_a_slash_behind_the_path_is_of_no_account(client: TestClient, method: str, path: str) -> None:
    """At every door, without a redirect: clients put them there."""
    bare, _, query = path.partition("?")
    answer = client.request(method, f"{bare}/?{query}", content=b"x" if method == "POST" else None)
    assert answer.status_code == 200 and answer.history == []


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_a_method_is_not_overridden(site: Site, client: TestClient, header: str) -> None:
    """A GET publishes nothing, whatever a header says (S18)."""
    answer = client.request("GET", f"/events/{READ}?_method=POST", headers={header: "POST"}, content=b"x")
    assert answer.status_code == 404
    assert site.bus.messages(READ) == []
