"""The running lab, and the table of what the executor did on it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from xdist.remote import Producer  # type: ignore[import-untyped]  # ships no types
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # ships no types

if "LAB" not in os.environ:
    raise pytest.UsageError("these tests need the lab: make test-openstack")

import appc.southbound.openstack.connection  # noqa: F401  (here, where no warning of an import is an error)
from appc.southbound.openstack.clouds import Clouds
from appc.southbound.openstack.executor import OpenStackExecutor
from appc.system_clock import SystemClock
from openstack_lab.tests.laboratory import STATE, Laboratory, Row, connect

#: openstacksdk warns of its own use of itself, and its sockets end with the process.
_WARNINGS = ("ignore::PendingDeprecationWarning", "ignore::DeprecationWarning", "ignore::ResourceWarning")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here may use openstacksdk, and waits for a real cloud."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            for warning in _WARNINGS:
                item.add_marker(pytest.mark.filterwarnings(warning))
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="session")
def lab() -> Iterator[Laboratory]:
    """The lab, with an executor that knows its clouds."""
    clouds = Clouds(STATE / "clouds.yaml", "lab-admin", {})
    connection, member = connect("lab-admin"), connect("lab")
    yield Laboratory(OpenStackExecutor(clouds, SystemClock()), connection, member)
    connection.close()
    member.close()
    clouds.close()


class Scheduling(LoadScopeScheduling):  # type: ignore[misc]  # its class has no types
    """Rows go to whichever process is free; a file whose tests share something stays together."""

    def _split_scope(self, nodeid: str) -> str:
        return "evacuate" if "test_evacuate" in nodeid else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    """Asked for by pytest-xdist."""
    return Scheduling(config, log)


Record = Callable[[Row], Row]


@pytest.fixture
def record(record_property: Callable[[str, object], None]) -> Record:
    """Puts a row into the table, and returns it."""

    def put(row: Row) -> Row:
        text = row.outcome.message.removeprefix("DG FAILURE - ").removeprefix("SUCCESS - ")
        record_property("row", [row.action, row.state, row.outcome.code, row.status, f"{row.seconds:.1f}", text])
        return row

    return put


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table: action, state before, code, status after, seconds, and the message."""
    reports = [one for outcome in ("passed", "failed") for one in terminalreporter.stats.get(outcome, [])]
    rows = sorted(
        value for report in reports if report.when == "call" for name, value in report.user_properties if name == "row"
    )
    terminalreporter.section("action x state x outcome x seconds")
    for action, state, code, status, seconds, text in rows:
        terminalreporter.write_line(f"{action:<14}{state:<28}{code}  {status:<14}{seconds:>6} s  {text[:110]}")
    terminalreporter.write_line(f"{len(rows)} rows")
