"""`schemas/`: the published contract as files."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from appc.lcm.actions import ACTION_ALIASES, ACTIONS
from appc.lcm.status import STATUSES
from appc.wire.schemas import Schemas, SchemasUnusable, installed_schemas
from tests.wire.referee import DOCUMENTS, SCHEMAS

EACH = pytest.mark.parametrize("name", DOCUMENTS)


def subschemas(value: object) -> Iterator[dict[str, Any]]:
    """Every object in a schema."""
    if isinstance(value, dict):
        yield value
        for member in value.values():
            yield from subschemas(member)
    elif isinstance(value, list):
        for member in value:
            yield from subschemas(member)


@EACH
def test_each_file_is_a_schema_of_draft_2020_12(name: str) -> None:
    """By the draft's own schema."""
    jsonschema.Draft202012Validator.check_schema(DOCUMENTS[name])
    assert DOCUMENTS[name]["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@EACH
def test_each_file_is_found_by_its_own_name(name: str) -> None:
    """`$id` is the file's name: references work from a folder as from any server."""
    assert DOCUMENTS[name]["$id"] == f"{name}.schema.json"
    assert {"title", "description"} <= DOCUMENTS[name].keys()


@EACH
def test_each_reference_leads_somewhere(name: str) -> None:
    """To a file of the folder and a definition in it."""
    for schema in subschemas(DOCUMENTS[name]):
        reference = schema.get("$ref", f"{name}.schema.json")
        file, _, pointer = reference.partition("#")
        target: Any = DOCUMENTS[file.removesuffix(".schema.json") or name]
        for step in pointer.split("/")[1:]:
            target = target[step]
        assert isinstance(target, dict)


@EACH
def test_patterns_are_plain(name: str) -> None:
    """No look-around and no back-reference, so that every engine takes linear time."""
    patterns = [schema["pattern"] for schema in subschemas(DOCUMENTS[name]) if isinstance(schema.get("pattern"), str)]
    assert [pattern for pattern in patterns if re.search(r"\(\?[^:]|\\[1-9dws]", pattern)] == []


def test_the_schema_has_the_33_actions_and_the_alias() -> None:
    """As the table of actions has them."""
    enum = DOCUMENTS["lcm-input"]["properties"]["action"]["enum"]
    assert enum == [*ACTIONS, *ACTION_ALIASES]


def test_the_schema_has_the_codes_that_are_sent() -> None:
    """As the table of status codes has them."""
    enum = DOCUMENTS["lcm-output"]["properties"]["status"]["properties"]["code"]["enum"]
    assert enum == [*STATUSES]


def test_the_installations_schemas_are_all_compiled() -> None:
    """All of the folder, found without being told where."""
    assert installed_schemas().names == DOCUMENTS.keys()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param(None, "no request-envelope.schema.json", id="a file is missing"),
        pytest.param("{", "request-envelope.schema.json: Expecting", id="no JSON"),
        pytest.param('{"type": "nonsense"}', '["type"]', id="no schema"),
        pytest.param('{"pattern": "("}', "pattern", id="no regular expression"),
        pytest.param('{"$ref": "lost.json"}', "lost.json", id="a lost reference"),
        pytest.param("5", "", id="a number"),
    ],
)
def test_an_unusable_folder_says_what_is_wrong(text: str | None, says: str, tmp_path: Path) -> None:
    """The controller does not start with it."""
    (tmp_path / "request-body.schema.json").write_text("{}")
    if text is not None:
        (tmp_path / "request-envelope.schema.json").write_text(text)
    with pytest.raises(SchemasUnusable) as caught:
        Schemas(tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert says in str(caught.value)


def test_the_files_are_what_a_reader_can_read() -> None:
    """UTF-8, one newline at the end."""
    for path in SCHEMAS.iterdir():
        text = path.read_text(encoding="utf-8")
        assert text.endswith("}\n")
        json.loads(text)
