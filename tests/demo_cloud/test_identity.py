"""Keystone: who gets a token, and what a token is good for."""

from collections.abc import Callable, Iterator

import httpx
import pytest
import yaml
from keystoneauth1.exceptions import Unauthorized
from openstack.connection import Connection

from appc.demo.cloud import DemoCloud

#: The SDK warns of what it will remove from itself.
pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning:openstack")


@pytest.fixture(scope="module")
def cloud() -> Iterator[DemoCloud]:
    """One cloud for all: no test here changes anything in it."""
    with DemoCloud() as running:
        yield running


def _body(cloud: DemoCloud, **changes: object) -> dict[str, object]:
    """A request for a token as the API reference has it, with members of user and scope replaced."""
    password = yaml.safe_load(cloud.clouds_yaml())["clouds"]["demo"]["auth"]["password"]
    user = {"name": "demo", "domain": {"name": "Default"}, "password": password}
    auth: dict[str, object] = {
        "identity": {"methods": ["password"], "password": {"user": user | _part(changes, "user")}}
    }
    if changes.get("scope", True) is not None:
        auth["scope"] = changes.get("scope", {"project": {"name": "demo", "domain": {"id": "default"}}})
    return {"auth": auth}


def _part(changes: dict[str, object], name: str) -> dict[str, object]:
    part = changes.get(name, {})
    assert isinstance(part, dict)
    return part


def test_a_wrong_password_is_unauthorized(connect: Callable[..., Connection]) -> None:
    """The SDK reports it as what it is."""
    with pytest.raises(Unauthorized):
        connect(password="wrong").session.get_token()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({}, 201, id="as it should be"),
        pytest.param({"scope": None}, 201, id="without scope: the default project"),
        pytest.param({"user": {"password": "wrong"}}, 401, id="wrong password"),
        pytest.param({"user": {"password": None}}, 401, id="no password"),
        pytest.param({"user": {"name": "nobody"}}, 401, id="unknown user"),
        pytest.param({"user": {"domain": {"id": "other"}}}, 401, id="another domain"),
        pytest.param({"scope": {"project": {"id": "0" * 32}}}, 401, id="unknown project"),
        pytest.param({"scope": {"system": {"all": True}}}, 401, id="another scope"),
    ],
)
def test_a_token_is_for_the_one_user_and_project(cloud: DemoCloud, changes: dict[str, object], code: int) -> None:
    """All else is refused in Keystone's words."""
    answer = httpx.post(f"{cloud.url}/auth/tokens", json=_body(cloud, **changes))
    assert answer.status_code == code
    assert ("X-Subject-Token" in answer.headers) == (code == 201)
    if code == 401:
        assert answer.json()["error"]["title"] == "Unauthorized"


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"auth": 1}', b"\xff"])
def test_a_request_that_is_none_is_a_bad_one(cloud: DemoCloud, body: bytes) -> None:
    """No JSON, or no identity in it."""
    answer = httpx.post(f"{cloud.url}/auth/tokens", content=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 400)


def test_a_project_can_be_named_by_its_id(cloud: DemoCloud, connection: Connection) -> None:
    """As the id stands in the token."""
    scope = {"project": {"id": connection.current_project_id}}
    answer = httpx.post(f"{cloud.url}/auth/tokens", json=_body(cloud, scope=scope))
    assert answer.json()["token"]["project"]["id"] == connection.current_project_id


def test_the_catalogue_names_every_service_on_this_port(cloud: DemoCloud, connection: Connection) -> None:
    """And the SDK finds each by its type."""
    root = cloud.url.removesuffix("/v3")
    for kind in ("identity", "compute", "image", "block-storage", "volumev3"):
        assert str(connection.session.get_endpoint(service_type=kind)).startswith(root)


@pytest.mark.parametrize(
    "path",
    ["/compute/v2.1/servers", "/compute/v2.1/flavors", "/image/v2/images", "/volume/v3/any/volumes", "/v3/projects"],
)
@pytest.mark.parametrize("token", [None, "made-up"])
def test_a_call_without_a_valid_token_is_refused(cloud: DemoCloud, path: str, token: str | None) -> None:
    """By every service, before it looks at the path, with the address of Keystone."""
    headers = {"X-Auth-Token": token} if token else {}
    answer = httpx.get(cloud.url.removesuffix("/v3") + path, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == f'Keystone uri="{cloud.url}"'


def test_a_revoked_token_is_refused(api: httpx.Client) -> None:
    """From the revocation on; until then Keystone shows it."""
    own = {"X-Subject-Token": api.headers["X-Auth-Token"]}
    assert api.get("/v3/auth/tokens", headers=own).json()["token"]["user"]["name"] == "demo"
    assert api.delete("/v3/auth/tokens", headers=own).status_code == 204
    assert api.get("/compute/v2.1/servers").status_code == 401


def test_an_expired_token_is_refused(until: Callable[[Callable[[], bool]], None]) -> None:
    """Though it was good before."""
    with DemoCloud(token_s=0.05) as cloud:
        token = httpx.post(f"{cloud.url}/auth/tokens", json=_body(cloud)).headers["X-Subject-Token"]
        servers = cloud.url.removesuffix("/v3") + "/compute/v2.1/servers"
        until(lambda: httpx.get(servers, headers={"X-Auth-Token": token}).status_code == 401)
