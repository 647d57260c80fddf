"""`compose/compose.yaml` says what the controller understands, and keeps what must not be lost."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from appc.settings import Settings, load_settings
from compose.local.up import ports

COMPOSE = Path(__file__).parents[2] / "compose"
CONTROLLERS = ["controller-1", "controller-2"]


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """The services, with their anchors resolved."""
    found: dict[str, Any] = yaml.safe_load((COMPOSE / "compose.yaml").read_text())["services"]
    return found


def test_every_setting_exists(services: dict[str, Any]) -> None:
    """An unknown one would only be warned of."""
    named = {name for each in services.values() for name in each.get("environment", ()) if name.startswith("APPC_")}
    assert named <= {f"APPC_{name.upper()}" for name in Settings.model_fields}
    assert named


@pytest.mark.parametrize("controller", CONTROLLERS)
def test_the_controllers_settings_are_accepted(services: dict[str, Any], controller: str, tmp_path: Path) -> None:
    """They name the servers beside them; only the cloud's file is not there yet."""
    clouds = tmp_path / "clouds.yaml"
    clouds.touch()
    settings = load_settings(None, services[controller]["environment"] | {"APPC_CLOUDS_FILE": str(clouds)})
    assert settings.bus_url.removeprefix("kafka://").partition(":")[0] in services
    assert settings.store_url.removeprefix("redis://").partition(":")[0] in services


def test_the_controllers_share_everything_but_their_state(services: dict[str, Any]) -> None:
    """Two identities, two ports, one group."""
    first, second = (services[name] for name in CONTROLLERS)
    differing = {name for name in first["environment"] if first["environment"][name] != second["environment"][name]}
    assert differing == {"APPC_HTTP_PORT"}
    assert set(first["volumes"]) & set(second["volumes"]) == {"clouds:/clouds:ro"}


def test_redis_loses_nothing(services: dict[str, Any]) -> None:
    """Contract section 7."""
    command = " ".join(services["redis"]["command"])
    for option in ("--appendonly yes", "--appendfsync always", "--maxmemory-policy noeviction"):
        assert option in command


def test_kafka_is_the_one_of_the_tests_and_keeps_its_data_in_the_volume(services: dict[str, Any]) -> None:
    """The same version as the jars of `compose/local`."""
    kafka = services["kafka"]
    versions = re.findall(r"<version>([\d.]+)</version>", (COMPOSE / "local" / "kafka" / "pom.xml").read_text())
    assert kafka["image"].rpartition(":")[2] in versions
    assert kafka["volumes"] == [f"kafka:{kafka['environment']['KAFKA_LOG_DIRS']}"]


@pytest.mark.parametrize(
    ("first", "both"),
    [pytest.param(8181, (8181, 8182), id="a port and the next"), pytest.param(0, (0, 0), id="any free ones")],
)
def test_without_containers_the_first_port_is_chosen(first: int, both: tuple[int, int]) -> None:
    """HTTP_PORT, as for any controller; two cannot have the same."""
    assert ports(first) == both
