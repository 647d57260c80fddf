"""The published contracts as pages: OpenAPI, AsyncAPI and the JSON schemas, each with its document to download."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from appc.bootstrap.asyncapi import bus_document_of
from appc.bootstrap.openapi import http_document
from appc.settings import Settings
from docs_site.reference import page, table

#: JSON of the specifications.
Json = Mapping[str, Any]


def documents(root: Path) -> Iterator[tuple[str, str]]:
    """The files to download: their places in the site, and their texts."""
    yield "reference/openapi.json", json.dumps(http_document(), indent=2)
    yield "reference/asyncapi.json", json.dumps(bus_document_of(Settings()), indent=2)
    for schema in sorted((root / "schemas").glob("*.json")):
        yield f"reference/schemas/{schema.name}", schema.read_text()


def openapi_page() -> str:
    """Everything that HTTP serves: for each door its operations in a table, then each of them."""
    document = http_document()
    return page(
        "HTTP (OpenAPI)",
        "Everything that HTTP serves, as [OpenAPI 3.1](openapi.json). The controller serves the same document at "
        "`/openapi.json`, and `appc openapi` prints it. How-to: [RESTCONF](../restconf.md), "
        "[Message Router](../message-router.md).",
        "\n".join(_door(document, tag) for tag in document["tags"]),
    )


def asyncapi_page() -> str:
    """The topics of the bus."""
    document = bus_document_of(Settings())
    channels, messages = document["channels"], document["components"]["messages"]
    topics = [
        (f"`{channel['address']}`", ", ".join(channel["messages"]), channel["description"])
        for channel in channels.values()
    ]
    operations = [
        (operation["action"], f"`{channels[_name(operation['channel'])]['address']}`", operation["summary"])
        for operation in document["operations"].values()
    ]
    schemas = [
        (name, f"[{schema}](schemas/{schema}.schema.json)", message["summary"])
        for name, message in messages.items()
        for schema in [_name(message["payload"]["schema"])]
    ]
    key = messages["request"]["bindings"]["kafka"]["key"]["description"]
    parts = [
        f"## Topics\n\n{table(('topic', 'message', ''), topics)}",
        f"## What the controller does\n\n{table(('', 'topic', ''), operations)}",
        f"## Messages\n\n{table(('message', 'schema', ''), schemas)}\n\nThe key of a Kafka message: {key}",
    ]
    return page(
        "The bus (AsyncAPI)",
        "The topics and messages of the bus, as [AsyncAPI 3.0](asyncapi.json); `appc asyncapi` prints it with the "
        f"names that your settings give. {document['info']['description']}",
        "\n\n".join(parts),
    )


def schemas_page(root: Path) -> str:
    """The JSON schemas."""
    found = [(path.name, json.loads(path.read_text())) for path in sorted((root / "schemas").glob("*.json"))]
    rows = [(f"[{schema['title']}](schemas/{name})", schema["description"]) for name, schema in found]
    return page(
        "JSON schemas",
        "What messages are judged by (draft 2020-12). `SCHEMAS_DIR` lets a controller judge by others.",
        table(("schema", "describes"), rows),
    )


def _door(document: Json, tag: Json) -> str:
    operations = [
        (f"{method.upper()} {path}", operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if tag["name"] in operation["tags"]
    ]
    rows = [(f"`{name}`", each["summary"], ", ".join(each["responses"])) for name, each in operations]
    overview = table(("operation", "does", "answers"), rows)
    details = "\n".join(_operation(name, each) for name, each in operations)
    return f"## {tag['name']}\n\n{tag['description']}\n\n{overview}\n\n{details}"


def _operation(heading: str, operation: Json) -> str:
    lines = [f"### `{heading}`\n", operation.get("summary", ""), "", operation.get("description", "")]
    if parameters := operation.get("parameters"):
        rows = [(f"`{each['name']}`", each["in"], each.get("description", "")) for each in parameters]
        lines.append(f"\n{table(('parameter', 'in', ''), rows)}")
    answers = [(status, response.get("description", "")) for status, response in operation["responses"].items()]
    return "\n".join([*lines, f"\n{table(('answer', ''), answers)}\n"])


def _name(reference: Json) -> str:
    return str(reference["$ref"]).rpartition("/")[2]
