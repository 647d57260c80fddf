"""A running cloud, a real openstacksdk connection to it, and its effect log."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import openstack
import pytest
import yaml
from openstack.connection import Connection

from appc.demo.cloud import DemoCloud

#: How long a change takes in these tests, and how long they wait for one, in seconds.
DELAY_S, PATIENCE_S = 0.05, 10.0

Until = Callable[[Callable[[], bool]], None]
Connect = Callable[..., Connection]


@pytest.fixture
def effect_log(tmp_path: Path) -> Path:
    """The file of the effect log."""
    return tmp_path / "effects.jsonl"


@pytest.fixture
def effects(effect_log: Path) -> Callable[[], list[dict[str, object]]]:
    """Reads the effects that are in the log now."""
    return lambda: [json.loads(line) for line in effect_log.read_text().splitlines()]


@pytest.fixture
def cloud(effect_log: Path) -> Iterator[DemoCloud]:
    """A cloud with two servers, whose changes are quick."""
    with DemoCloud(DELAY_S, effects=effect_log) as running:
        yield running


@pytest.fixture
def connect(cloud: DemoCloud) -> Iterator[Connect]:
    """Makes connections as its clouds.yaml says; each argument replaces a member of `auth`."""
    made: list[Connection] = []

    def connected(**auth: str) -> Connection:
        settings = yaml.safe_load(cloud.clouds_yaml())["clouds"]["demo"]
        settings["auth"] |= auth
        made.append(openstack.connect(load_yaml_config=False, load_envvars=False, **settings))
        return made[-1]

    yield connected
    for connection in made:
        connection.close()


@pytest.fixture
def connection(connect: Connect) -> Connection:
    """A connection with the right password."""
    return connect()


@pytest.fixture
def api(cloud: DemoCloud, connection: Connection) -> Iterator[httpx.Client]:
    """A plain HTTP client with a token, for what the SDK does not show; its paths start at the cloud's root."""
    root = cloud.url.removesuffix("/v3")
    with httpx.Client(base_url=root, headers={"X-Auth-Token": str(connection.auth_token)}) as client:
        yield client


@pytest.fixture
def until() -> Until:
    """Polls a condition until it holds."""

    def wait(condition: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < end, "the condition never held"
            time.sleep(0.005)

    return wait
