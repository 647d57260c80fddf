"""The page of everything that HTTP serves, from the OpenAPI document."""

import json
from typing import Any

from appc.bootstrap.openapi import http_document

#: Where the document itself stands in the site.
DOCUMENT_PAGE = "reference/openapi.json"


def openapi_text() -> str:
    """The document, as `appc openapi` prints it."""
    return json.dumps(http_document(), indent=2)


def http_page() -> str:
    """One table for each door, one row for each operation."""
    document = http_document()
    parts = [
        "# HTTP\n\nEverything that HTTP serves, as OpenAPI 3.1: [openapi.json](openapi.json); a controller serves it "
        "at `/openapi.json`, `appc openapi` prints it. How-to: [RESTCONF](../restconf.md), "
        "[Message Router](../message-router.md).\n"
    ]
    for tag in document["tags"]:
        rows = _rows(document, tag["name"])
        head = "| operation | does | answers |\n| --- | --- | --- |"
        parts.append(f"## {tag['name']}\n\n{tag['description']}\n\n{head}\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def _rows(document: dict[str, Any], tag: str) -> list[str]:
    operations = ((path, name, each) for path, item in document["paths"].items() for name, each in item.items())
    return [
        f"| `{method.upper()} {path}` | {each['summary']} | {', '.join(each['responses'])} |"
        for path, method, each in operations
        if each["tags"] == [tag]
    ]
