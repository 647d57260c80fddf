"""What Nova does not take as an action at all."""

from collections.abc import Iterator

import httpx
import pytest

from appc.demo.cloud import DemoCloud

#: The SDK warns of what it will remove from itself.
pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning:openstack")


@pytest.fixture(scope="module")
def cloud() -> Iterator[DemoCloud]:
    """One cloud for all: no test here changes anything in it."""
    with DemoCloud() as running:
        yield running


@pytest.fixture
def path(cloud: DemoCloud) -> str:
    """Where actions on vfw-1 go."""
    return f"/compute/v2.1/servers/{cloud.servers()[0].id}/action"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param({"explode": None}, "There is no such action: explode", id="unknown action"),
        pytest.param({"os-stop": None, "pause": None}, "Malformed request body", id="two actions"),
        pytest.param([], "Malformed request body", id="no object"),
        pytest.param({"reboot": {"type": "WARM"}}, "'WARM' is not one of", id="unknown reboot"),
        pytest.param({"reboot": {"type": ["SOFT"]}}, "is not one of", id="reboot type no string"),
        pytest.param({"reboot": {}}, "'type' is a required property", id="no reboot type"),
        pytest.param({"reboot": None}, "None is not of type 'object'", id="no reboot object"),
        pytest.param({"reboot": {"type": "SOFT", "x": 1}}, "'x' was unexpected", id="more than a reboot"),
        pytest.param({"createImage": {}}, "'name' is a required property", id="no image name"),
        pytest.param({"createImage": {"name": ""}}, "'' is too short", id="empty image name"),
        pytest.param({"createImage": {"name": 1}}, "1 is not of type 'string'", id="image name no string"),
        pytest.param({"createImage": {"name": "a", "metadata": 1}}, "1 is not of type 'object'", id="metadata"),
        pytest.param({"createImage": {"name": "a", "metadata": {"k": 1}}}, "attribute k", id="metadata value"),
    ],
)
def test_a_body_that_makes_no_sense_is_a_bad_request(api: httpx.Client, path: str, body: object, message: str) -> None:
    """The message says why."""
    answer = api.post(path, json=body)
    assert answer.status_code == 400
    assert message in answer.json()["badRequest"]["message"]


def test_what_is_no_json_is_a_bad_request(api: httpx.Client, path: str) -> None:
    """As Nova says it."""
    answer = api.post(path, content=b"{")
    assert answer.json() == {"badRequest": {"code": 400, "message": "Malformed request body"}}


def test_an_action_on_an_unknown_server_is_not_found(api: httpx.Client) -> None:
    """After its body was found good."""
    path = "/compute/v2.1/servers/no-such/action"
    message = "Instance no-such could not be found."
    assert api.post(path, json={"os-stop": None}).json() == {"itemNotFound": {"code": 404, "message": message}}
    assert api.post(path, json={"explode": None}).status_code == 400
