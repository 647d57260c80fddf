"""What the tests of the domain share."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.fakes.desk import Desk

# How long an example takes says more about the machine than about the code, so there is no deadline.
settings.register_profile("unhurried", deadline=None)
#: For a search over night: HYPOTHESIS_PROFILE=long pytest tests/lcm/test_admission_model.py --timeout 0
settings.register_profile("long", deadline=None, max_examples=5000, stateful_step_count=150)
if profile := os.environ.get("HYPOTHESIS_PROFILE"):
    settings.load_profile(profile)
elif settings.get_current_profile_name() == "default":
    settings.load_profile("unhurried")


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A controller without threads and without an inventory."""
    desk = Desk()
    yield desk
    desk.close()
