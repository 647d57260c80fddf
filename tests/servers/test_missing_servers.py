"""Contract section 9: where a server is missing, its tests skip on a laptop and say how to get it; CI fails."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("tests", "cure"),
    [
        pytest.param("tests/contracts/test_redis_store.py", "apt-get install redis-server", id="Redis"),
        pytest.param("tests/contracts/test_kafka_bus.py", "apt-get install default-jre-headless maven", id="Kafka"),
    ],
)
@pytest.mark.parametrize(
    ("ci", "code", "outcome"),
    [pytest.param("false", 0, "skipped", id="laptop"), pytest.param("true", 1, "error", id="CI")],
)
def test_its_tests_skip_on_a_laptop_and_fail_under_ci(tests: str, cure: str, ci: str, code: int, outcome: str) -> None:
    """On a machine with neither Redis nor Java."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "APPC_"))}
    alone = ["-p", "no:cacheprovider", "-p", "no:xdist", "--maxfail", "1", "-k", "end"]
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", *alone, tests],
        cwd=Path(__file__).parents[2],
        env=environ | {"PATH": "/nonexistent", "CI": ci},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == code, ended.stdout
    summary = ended.stdout.splitlines()[-1]
    assert outcome in summary and "passed" not in summary
    assert cure in ended.stdout
