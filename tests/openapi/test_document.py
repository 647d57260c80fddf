"""Contract section 5.3: /openapi.json describes everything that HTTP serves, and nothing else."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from typer.testing import CliRunner

from appc.bootstrap.application import build
from appc.bootstrap.openapi import http_document
from appc.cli import app
from appc.lcm.actions import ACTIONS, Action
from appc.settings import Settings
from appc.wire.schemas import installed_schemas, payload_schema


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The document of the installation."""
    return http_document()


def test_it_is_valid(document: dict[str, Any]) -> None:
    """By the OpenAPI Specification 3.1, its schemas and examples included."""
    assert document["openapi"] == "3.1.0"
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_every_route_is_described_and_every_description_is_served(tmp_path: Path, document: dict[str, Any]) -> None:
    """A new door cannot be forgotten here."""
    application = build(Settings(state_dir=tmp_path, http_port=0))
    application.start()
    routes = {re.sub(r"{(\w+):\w+}", r"{\1}", path) for path in application.edge.paths}
    application.stop()
    rpcs = {path for path in document["paths"] if path.startswith("/restconf/")}
    assert rpcs == {f"/restconf/operations/appc-provider-lcm:{action.rpc_name}" for action in ACTIONS.values()}
    others = {path for path in routes if not path.startswith("/restconf/")}
    assert others == document["paths"].keys() - rpcs


def test_the_command_prints_what_is_served(document: dict[str, Any]) -> None:
    """For whoever has no controller at hand."""
    assert json.loads(CliRunner().invoke(app, ["openapi"]).stdout) == document


def test_its_schemas_are_those_that_messages_are_judged_by(document: dict[str, Any]) -> None:
    """No second truth: the same files, with references inside the document."""
    schemas = document["components"]["schemas"]
    assert installed_schemas().names <= schemas.keys()
    assert schemas["lcm-input"]["properties"]["action"]["enum"][:-1] == list(ACTIONS)
    references = set(re.findall(r'"\$ref": "([^"]*)"', json.dumps(document)))
    assert all(reference.startswith("#/components/schemas/") for reference in references)


@pytest.mark.parametrize("action", ACTIONS.values(), ids=lambda action: action.name)
def test_each_payload_family_has_its_schema(action: Action) -> None:
    """By the name of its class."""
    assert payload_schema(action.payload) in installed_schemas().names


def test_every_operation_says_who_may_call_it(document: dict[str, Any]) -> None:
    """Health pages are open; everything else may want a user, and says 401."""
    for path, item in document["paths"].items():
        for operation in (item[name] for name in ("get", "post", "put", "delete") if name in item):
            open_to_all = path in ("/healthz", "/readyz")
            assert operation["security"] == ([] if open_to_all else [{}, {"basic": []}])
            assert ("401" in operation["responses"]) is not open_to_all
            assert operation["operationId"] and operation["summary"] and operation["tags"]
