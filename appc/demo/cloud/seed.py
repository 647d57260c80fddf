"""What the cloud holds when it starts. Every id is made from a name, so it is the same at every start."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from appc.demo.cloud.state import Holdings, World
from appc.demo.cloud.values import Effect, Host, Image, Server, Volume

#: Name of the one project and of its one user.
DEMO = "demo"
REGION = "RegionOne"
HOSTS = ("demo-host-1", "demo-host-2", "demo-host-3")
_IMAGE = "vfw-image"
_VOLUME = "vfw-data"


def stable_uuid(kind: str, name: str) -> str:
    """The UUID of the thing of this kind and name, at every start."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"appc-demo-cloud/{kind}/{name}"))


@dataclass(frozen=True, slots=True)
class Tenancy:
    """The ids of the one project and its user; Keystone writes such ids without dashes."""

    project_id: str = stable_uuid("project", DEMO).replace("-", "")
    user_id: str = stable_uuid("user", DEMO).replace("-", "")


TENANCY = Tenancy()


def demo_world(servers: int, delay_s: float, record: Callable[[Effect], None], now: float) -> World:
    """`servers` ACTIVE servers, vfw-1 and up, on one of three hosts; their image; one free volume."""
    uploaded = now - servers - 1
    image = Image(stable_uuid("image", _IMAGE), _IMAGE, "active", uploaded, uploaded, "public", 1024)
    volume = Volume(stable_uuid("volume", _VOLUME), _VOLUME, 1, now)
    started = [_server(number, image, now) for number in range(1, servers + 1)]
    return World(Holdings(started, [image], [volume], map(Host, HOSTS)), delay_s, record)


def _server(number: int, image: Image, now: float) -> Server:
    name = f"vfw-{number}"
    # A second apart, so that Nova's order (newest first) is the order of the numbers.
    created = now - number
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    return Server(stable_uuid("server", name), name, image.id, address, HOSTS[0], created, created, created)
