"""Every command of the pages about HTTP does what the page says: each `sh` block, and the `json` block behind it."""

import fnmatch
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from appc.bootstrap.application import build
from appc.bootstrap.openapi import http_document
from appc.settings import Settings
from docs_site.interfaces import openapi_page

DOCS = Path(__file__).resolve().parents[2] / "docs"
#: A command, and what it prints.
EXAMPLE = re.compile(r"```sh\n(.*?)```\n\n```json\n(.*?)```", re.DOTALL)
WRITTEN = "http://127.0.0.1:8181"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A controller as `appc serve` starts it, on a free port."""
    if shutil.which("curl") is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("curl is not installed: apt-get install curl")
    application = build(Settings(state_dir=tmp_path_factory.mktemp("docs"), http_port=0))
    application.start()
    yield application.url
    application.stop()


def fits(found: object, written: object) -> bool:
    """Whether it is what the page says; `…` stands for anything."""
    if isinstance(written, dict):
        same = isinstance(found, dict) and found.keys() == written.keys()
        return same and all(fits(found[name], value) for name, value in written.items())  # type: ignore[index]  # a dict
    if isinstance(written, list):
        same = isinstance(found, list) and len(found) == len(written)
        return same and all(map(fits, found, written))  # type: ignore[call-overload]  # a list
    if isinstance(written, str):
        return written == "…" or (isinstance(found, str) and fnmatch.fnmatchcase(found, _glob(written)))
    return found == written


def _glob(text: str) -> str:
    return re.sub(r"[\[?*]", r"[\g<0>]", text).replace("…", "*")


@pytest.mark.parametrize("page", ["restconf.md", "message-router.md"])
def test_each_command_prints_what_the_page_says(page: str, url: str) -> None:
    """From the first to the last, on one controller."""
    text = (DOCS / page).read_text()
    examples = EXAMPLE.findall(text)
    assert len(examples) == text.count("```sh") >= 4
    for command, written in examples:
        script = command.replace(WRITTEN, url)
        done = subprocess.run(["bash", "-euc", script], capture_output=True, text=True, timeout=60, check=True)
        assert fits(json.loads(done.stdout), json.loads(written)), f"{command}\nprinted\n{done.stdout}"


@pytest.mark.parametrize(
    ("found", "written", "fitting"),
    [
        pytest.param({"a": [1, "x"]}, {"a": [1, "…"]}, True, id="anything"),
        pytest.param("a [b] c", "a [b]…", True, id="the rest of a text"),
        pytest.param({"a": 1, "b": 2}, {"a": 1}, False, id="one member more"),
        pytest.param([1, 2], [1], False, id="one element more"),
        pytest.param("ab", "a", False, id="another text"),
        pytest.param(1, 2, False, id="another number"),
    ],
)
def test_what_differs_is_noticed(found: object, written: object, fitting: bool) -> None:
    """The comparison itself can fail."""
    assert fits(found, written) is fitting


def test_the_reference_has_every_operation() -> None:
    """Of every door, with its answers."""
    page = openapi_page()
    for path, item in http_document()["paths"].items():
        for method, operation in item.items():
            assert f"| `{method.upper()} {path}` | {operation['summary']} |" in page
