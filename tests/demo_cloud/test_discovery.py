"""Versions and microversions, request ids, paths that are not there."""

from collections.abc import Iterator

import httpx
import pytest
from openstack.connection import Connection

from appc.demo.cloud import DemoCloud

#: The SDK warns of what it will remove from itself.
pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning:openstack")


@pytest.fixture(scope="module")
def cloud() -> Iterator[DemoCloud]:
    """One cloud for all: no test here changes anything in it."""
    with DemoCloud() as running:
        yield running


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/", 300),
        ("/v3", 200),
        ("/v3/", 200),
        ("/compute", 200),
        ("/compute/", 200),
        ("/compute/v2.1", 200),
        ("/compute/v2.1/", 200),
        ("/image", 300),
        ("/image/versions", 200),
        ("/volume/", 300),
        ("/volume/v3/", 200),
    ],
)
def test_discovery_needs_no_token(cloud: DemoCloud, path: str, code: int) -> None:
    """And every answer has a request id."""
    answer = httpx.get(cloud.url.removesuffix("/v3") + path)
    assert answer.status_code == code
    assert answer.headers["X-OpenStack-Request-ID"].startswith("req-")


def test_the_sdk_finds_the_versions(connection: Connection) -> None:
    """Nova's range of microversions among them."""
    compute = connection.compute.get_endpoint_data()
    assert compute is not None
    assert (compute.min_microversion, compute.max_microversion) == ((2, 1), (2, 96))
    assert (connection.image.get_api_major_version() or ())[:1] == (2,)
    assert (connection.block_storage.get_api_major_version() or ())[:1] == (3,)


@pytest.mark.parametrize(
    ("headers", "used"),
    [
        pytest.param({}, "2.1", id="none asked for"),
        pytest.param({"OpenStack-API-Version": "compute 2.79"}, "2.79", id="asked for"),
        pytest.param({"OpenStack-API-Version": "compute latest"}, "2.96", id="the latest"),
        pytest.param({"OpenStack-API-Version": "volume 3.0, compute 2.60"}, "2.60", id="among others"),
        pytest.param({"OpenStack-API-Version": "volume 3.0"}, "2.1", id="another service's"),
        pytest.param({"X-OpenStack-Nova-API-Version": "2.10"}, "2.10", id="by the old header"),
    ],
)
def test_an_answer_names_the_microversion_that_was_used(api: httpx.Client, headers: dict[str, str], used: str) -> None:
    """In the new header and in the old one."""
    answer = api.get("/compute/v2.1/servers", headers=headers)
    assert answer.headers["OpenStack-API-Version"] == f"compute {used}"
    assert answer.headers["X-OpenStack-Nova-API-Version"] == used


@pytest.mark.parametrize(
    ("version", "code", "name"),
    [
        ("2.97", 406, "computeFault"),
        ("2.0", 406, "computeFault"),
        ("3.1", 406, "computeFault"),
        ("x", 400, "badRequest"),
    ],
)
def test_a_microversion_that_is_not_there_is_refused(api: httpx.Client, version: str, code: int, name: str) -> None:
    """406 for one out of range, 400 for what is no version."""
    answer = api.get("/compute/v2.1/servers", headers={"OpenStack-API-Version": f"compute {version}"})
    assert answer.status_code == code
    assert answer.json()[name]["code"] == code


@pytest.mark.parametrize(
    ("version", "present", "absent"),
    [
        pytest.param("2.1", {"image"}, {"locked", "description"}, id="2.1"),
        pytest.param("2.19", {"locked", "description"}, {"tags"}, id="2.19"),
        pytest.param("2.73", {"tags", "server_groups", "locked_reason"}, {"pinned_availability_zone"}, id="2.73"),
        pytest.param("2.96", {"OS-EXT-SRV-ATTR:hostname", "pinned_availability_zone"}, set(), id="2.96"),
    ],
)
def test_a_server_has_the_members_of_the_microversion(
    cloud: DemoCloud, api: httpx.Client, version: str, present: set[str], absent: set[str]
) -> None:
    """Not those of a later one."""
    headers = {"OpenStack-API-Version": f"compute {version}"}
    server = api.get(f"/compute/v2.1/servers/{cloud.servers()[0].id}", headers=headers).json()["server"]
    assert present <= server.keys()
    assert not absent & server.keys()
    assert ("original_name" in server["flavor"]) == (version in ("2.73", "2.96"))


@pytest.mark.parametrize("path", ["/compute/v2.1/flavors", "/volume/v3/any/snapshots"])
def test_a_path_that_is_not_there_is_not_found(api: httpx.Client, path: str) -> None:
    """In the words of the service."""
    answer = api.get(path)
    assert (answer.status_code, answer.json()["itemNotFound"]["code"]) == (404, 404)
    assert answer.headers["X-OpenStack-Request-ID"].startswith("req-")
