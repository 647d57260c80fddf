"""The AsyncAPI document is valid by the official schema, and its messages are those that are on the bus."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from appc.bootstrap.asyncapi import bus_document_of
from appc.lcm.ports.bus import Delivery
from appc.lcm.record import Position
from appc.settings import Settings, load_settings
from appc.wire.envelope import dead_letter
from appc.wire.schemas import installed_schemas

OFFICIAL = Path(__file__).parent / "vectors" / "asyncapi-3.0.0.schema.json.gz"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """With the default settings."""
    return bus_document_of(Settings())


def test_the_document_is_valid_asyncapi(document: dict[str, Any]) -> None:
    """By the schema that the official tools use."""
    official = json.loads(gzip.decompress(OFFICIAL.read_bytes()))
    assert [error.message for error in Draft7Validator(official).iter_errors(document)] == []


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    """Within the document: it needs no other file."""

    def check(value: object) -> None:
        for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            check(each)
        if isinstance(value, dict) and isinstance(reference := value.get("$ref"), str):
            assert reference.startswith("#/")
            place: Any = document
            for step in reference[2:].split("/"):
                place = place[step]

    check(document)


def test_its_names_are_those_of_the_settings() -> None:
    """Topics, group and broker of this deployment."""
    environ = {
        "APPC_REQUEST_TOPIC": "IN",
        "APPC_RESPONSE_TOPIC": "OUT",
        "APPC_CONSUMER_GROUP": "crew",
        "APPC_BUS_URL": "kafka://broker:9093,other:9093",
    }
    document = bus_document_of(load_settings(None, environ))
    assert {name: channel["address"] for name, channel in document["channels"].items()} == {
        "requests": "IN",
        "answers": "OUT",
        "deadLetters": "APPC-LCM-DLQ",
        "configurations": "APPC-CONFIGURATION",
    }
    assert document["operations"]["receiveRequest"]["bindings"]["kafka"]["groupId"]["enum"] == ["crew"]
    assert document["servers"]["kafka"]["host"] == "broker:9093"


@pytest.mark.parametrize("value", [b'{"type": "response"}', b"\xff\xfe"], ids=["text", "no text"])
def test_a_dead_letter_is_as_its_schema_says(value: bytes) -> None:
    """Its members and no others."""
    delivery = Delivery(Position("APPC-LCM-READ", 0, 7), None, value, datetime.now(UTC))
    letter = json.loads(dead_letter(delivery, None, "why", "APPC-LCM-DLQ").value)
    assert installed_schemas().faults("dead-letter", letter) == []
    assert installed_schemas().faults("dead-letter", letter | {"more": 1}) != []
