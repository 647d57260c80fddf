"""What the tests of the domain share."""

from collections.abc import Iterator

import pytest

from tests.fakes.desk import Desk


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A controller without threads and without an inventory."""
    desk = Desk()
    yield desk
    desk.close()
