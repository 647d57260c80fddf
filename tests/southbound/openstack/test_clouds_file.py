"""What is read from clouds.yaml before any cloud is reached (contract sections 2, 8)."""

import json
from pathlib import Path

import pytest

from appc.lcm.vm_id import Origin
from appc.southbound.openstack.clouds_file import Cloud, CloudsFile, usual_places

LAB = """
clouds:
  lab:
    auth:
      auth_url: https://Keystone.example:5000/v3
      username: appc
      password: s3cret
      project_name: vfw
    region_name: RegionOne
"""


def test_names_addresses_and_projects_are_read(tmp_path: Path) -> None:
    """What the choice of a cloud compares, and nothing that is secret."""
    file = tmp_path / "clouds.yaml"
    file.write_text(LAB)
    (cloud,) = CloudsFile(file).read().clouds.values()
    assert cloud == Cloud("lab", Origin("https", "keystone.example", 5000), project_name="vfw")
    assert "s3cret" not in repr(cloud)


@pytest.mark.parametrize(
    ("entry", "cloud"),
    [
        pytest.param(
            {"auth": {"project_id": "AAAAAAAA-0000-4000-8000-000000000001"}},
            Cloud("c", project_id="aaaaaaaa000040008000000000000001"),
            id="a project's id, without dashes",
        ),
        pytest.param(
            {"auth": {"tenant-id": "b" * 32}}, Cloud("c", project_id="b" * 32), id="its older name, with a dash"
        ),
        pytest.param({"project_name": "p"}, Cloud("c", project_name="p"), id="beside auth"),
        pytest.param(
            {"compute_endpoint_override": "http://nova.example:8774/v2.1"},
            Cloud("c", compute_hosts=frozenset({"nova.example"})),
            id="an override of Nova's endpoint",
        ),
        pytest.param({"profile": "vexxhost"}, Cloud("c"), id="an address that only openstacksdk knows"),
        pytest.param(None, Cloud("c"), id="an empty entry"),
        pytest.param({"auth": "nonsense"}, Cloud("c"), id="no mapping"),
    ],
)
def test_an_entry_is_read_as_openstacksdk_reads_it(entry: object, cloud: Cloud, tmp_path: Path) -> None:
    """Names with `-` or `_`, below `auth` or beside it; JSON is YAML too."""
    file = tmp_path / "clouds.json"
    file.write_text(json.dumps({"clouds": {"c": entry}}))
    assert CloudsFile(file).read().clouds == {"c": cloud}


def test_a_file_that_is_written_later_is_found(tmp_path: Path) -> None:
    """The demonstration writes its clouds.yaml when the controller runs already."""
    file = tmp_path / "clouds.yaml"
    clouds = CloudsFile(file)
    assert clouds.read().clouds == {}
    file.write_text(LAB)
    assert list(clouds.read().clouds) == ["lab"]


def test_a_file_is_read_again_only_when_it_has_changed(tmp_path: Path) -> None:
    """The clouds are the same object as long as the file is the same."""
    file = tmp_path / "clouds.yaml"
    file.write_text(LAB)
    clouds = CloudsFile(file)
    before = clouds.read().clouds
    assert clouds.read().clouds is before
    file.write_text(LAB.replace("lab:", "field:"))
    assert list(clouds.read().clouds) == ["field"]


@pytest.mark.parametrize(
    ("contents", "problem"),
    [
        pytest.param(b"clouds: {lab: {auth: {password: s3cret", "no valid YAML in line", id="cut off"),
        pytest.param(b"clouds: [lab, s3cret]", "`clouds` is no mapping", id="a list of clouds"),
        pytest.param(b"\xff\xfe\x00s3cret", "no valid YAML", id="no text"),
        pytest.param(b"clouds: !!python/object/apply:os.getcwd []", "no valid YAML", id="a tag that runs code"),
    ],
)
def test_a_file_that_broke_keeps_its_clouds(contents: bytes, problem: str, tmp_path: Path) -> None:
    """The problem is told without any of the contents, which may be secret."""
    file = tmp_path / "clouds.yaml"
    file.write_text(LAB)
    clouds = CloudsFile(file)
    before = clouds.read().clouds
    file.write_bytes(contents)
    after = clouds.read()
    assert after.clouds is before
    assert problem in (after.problem or "")
    assert "s3cret" not in (after.problem or "")


@pytest.mark.parametrize("contents", [b"", b"cache: {}", b"clouds:"])
def test_a_file_without_clouds_is_no_problem(contents: bytes, tmp_path: Path) -> None:
    """It says that there are none."""
    file = tmp_path / "clouds.yaml"
    file.write_bytes(contents)
    assert (CloudsFile(file).read().clouds, CloudsFile(file).read().problem) == ({}, None)


def test_without_a_file_the_usual_places_are_searched(tmp_path: Path) -> None:
    """In openstacksdk's order: the variable, the working directory, the user's folder, the system's."""
    places = list(usual_places({"OS_CLIENT_CONFIG_FILE": "/named.yaml", "HOME": str(tmp_path)}))
    assert places[:2] == [Path("/named.yaml"), Path("clouds.yaml")]
    assert places.index(tmp_path / ".config/openstack/clouds.yaml") < places.index(Path("/etc/openstack/clouds.yaml"))
    (tmp_path / ".config/openstack").mkdir(parents=True)
    (tmp_path / ".config/openstack/clouds.yml").write_text(LAB)
    assert list(CloudsFile(None, {"HOME": str(tmp_path)}).read().clouds) == ["lab"]
