"""Files and functions stay short enough to read, and every file is named after what it holds."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "appc"
SOURCES = sorted(PACKAGE.rglob("*.py"))

#: Lines; a longer file holds more than one subject.
LONGEST_FILE = 400

#: Lines from `def` to the last one; a longer function does more than one thing.
LONGEST_FUNCTION = 50

#: Names that say nothing about what stands inside.
GRAB_BAGS = frozenset({"base", "common", "helper", "helpers", "manager", "misc", "util", "utils"})


def functions(source: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a file."""
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """How many lines a function takes."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def shown(source: Path) -> str:
    """The name of a file as a reader knows it."""
    return source.relative_to(PACKAGE.parent).as_posix()


def words(source: Path) -> set[str]:
    """The words in the names of a file and of the folders above it."""
    parts = source.relative_to(PACKAGE).with_suffix("").parts
    return {word for part in parts for word in part.split("_")}


def test_no_file_is_longer_than_a_reader_takes_in_at_once() -> None:
    """A file has 400 lines at most."""
    counts = {shown(source): len(source.read_text().splitlines()) for source in SOURCES}
    assert {name: count for name, count in counts.items() if count > LONGEST_FILE} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    """A function has 50 lines at most."""
    assert [
        f"{shown(source)}:{function.lineno} {function.name}: {lines(function)} lines"
        for source in SOURCES
        for function in functions(source)
        if lines(function) > LONGEST_FUNCTION
    ] == []


def test_no_file_or_folder_is_a_grab_bag() -> None:
    """A name says what it holds, never that it helps with something."""
    assert [shown(source) for source in SOURCES if GRAB_BAGS & words(source)] == []
