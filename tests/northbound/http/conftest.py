"""A site, a client without a socket, and a server that listens."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from appc.northbound.http.server import HttpServer
from tests.fakes.clock import FakeClock
from tests.northbound.http.site import Site


@pytest.fixture
def site() -> Iterator[Site]:
    """Bus, store and clock in memory, and what makes an edge in front of them."""
    made = Site(FakeClock())
    with made.http:
        yield made


@pytest.fixture
def client(site: Site) -> Iterator[TestClient]:
    """A client of the site, which has no users."""
    with site.client() as made:
        yield made


@pytest.fixture
def server(site: Site) -> Iterator[HttpServer]:
    """The site on a free port, without users."""
    with site.server() as running:
        yield running
