"""docs/vm-actions.md says what the code says: its tables are those of the modules and of the test on OpenStack."""

from pathlib import Path
from types import ModuleType

import pytest

from appc.southbound.openstack import evacuate, migrate, power, rebuild, volumes
from appc.southbound.openstack.executor import OPERATIONS
from openstack_lab.table import TABLE, rows

PAGE = Path("docs/vm-actions.md").read_text()


@pytest.mark.parametrize("module", [power, rebuild, migrate, evacuate, volumes])
def test_the_tables_of_the_modules_are_on_the_page(module: ModuleType) -> None:
    """Line by line, as they stand in the module's docstring."""
    lines = [line for line in (module.__doc__ or "").splitlines() if line.startswith("    ")]
    assert lines
    assert "\n".join(lines) in PAGE


def test_the_table_of_states_is_on_the_page() -> None:
    """It is the one that `make test-openstack` holds against a real OpenStack."""
    assert "\n".join(f"    {line}" for line in TABLE.splitlines()) in PAGE


def test_every_vm_action_is_in_the_table_of_states() -> None:
    """Reboot by both its types."""
    assert {action.partition("/")[0] for action, _, _ in rows()} == set(OPERATIONS)
