"""The documentation site: every table of the reference is complete, and every page has its place."""

import re
import subprocess
from pathlib import Path

import pytest

from appc.lcm.actions import ACTIONS
from appc.lcm.status import STATUSES
from appc.settings import Settings
from appc.telemetry.metric_names import METRICS
from docs_site.hooks import navigation
from docs_site.reference import actions_page, codes_page, metrics_page, settings_page
from tests.docs_site.reader import CHECKOUT


@pytest.mark.parametrize(
    ("page", "names"),
    [
        pytest.param(actions_page(), list(ACTIONS), id="actions"),
        pytest.param(codes_page(), [str(code) for code in STATUSES], id="codes"),
        pytest.param(settings_page(), [name.upper() for name in Settings.model_fields], id="settings"),
        pytest.param(metrics_page(), list(METRICS), id="metrics"),
    ],
)
def test_a_reference_page_has_one_row_for_each_row_in_code(page: str, names: list[str]) -> None:
    """In the same order, and no cell is empty."""
    rows = re.findall(r"(?m)^\| `?([\w]+)`? \|(.*)\|$", page)[1:]
    assert [name for name, _ in rows] == names
    assert not [cells for _, cells in rows if not cells.split("|")[-1].strip()]


def test_a_page_that_nobody_knows_is_a_guide() -> None:
    """So that a file in docs/ appears by itself, and once."""
    nav = navigation(["index.md", "kafka.md", "new-page.md", "architecture.md", "reference/codes.md"])
    assert nav == [
        "index.md",
        {"Doors": ["kafka.md"]},
        {"Guides": ["new-page.md"]},
        {"Reference": ["reference/codes.md"]},
        {"Project": ["architecture.md"]},
    ]


@pytest.mark.parametrize(
    ("page", "built"),
    [
        pytest.param("# A page\n\n[another](kafka.md), [documents outside](contributing.md)\n", True, id="as it is"),
        pytest.param("# A page\n\n[a file of the checkout](../Makefile)\n", False, id="a dead link"),
    ],
)
def test_a_dead_link_ends_the_build(tmp_path: Path, page: str, built: bool) -> None:
    """`make docs` of this checkout with one page more: nobody reads its warnings."""
    for each in CHECKOUT.iterdir():
        if each.name not in ("build", "docs"):
            (tmp_path / each.name).symlink_to(each)
    (tmp_path / "docs").mkdir()
    for each in (CHECKOUT / "docs").iterdir():
        (tmp_path / "docs" / each.name).symlink_to(each)
    (tmp_path / "docs" / "a-page.md").write_text(page)
    command = ["make", "-o", ".venv/.dev-installed", "docs"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) is built, done.stderr
    assert ("WARNING" in done.stderr) is not built
