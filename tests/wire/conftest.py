"""What the tests of the wire form share."""

import pytest
from hypothesis import settings

from appc.wire.schemas import Schemas

# how long one example takes says more about the machine than about the code
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


@pytest.fixture(scope="session")
def no_schema(tmp_path_factory: pytest.TempPathFactory) -> Schemas:
    """Schemas that take everything, so that the models alone judge."""
    folder = tmp_path_factory.mktemp("schemas")
    for name in ("request-envelope", "request-body"):
        (folder / f"{name}.schema.json").write_text("{}")
    return Schemas(folder)
