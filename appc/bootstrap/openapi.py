"""The OpenAPI document of the controller: what /openapi.json serves, `appc openapi` prints and the site shows.

    python -m appc openapi > openapi.json

A new door adds its description here, and its door in application.py; a test compares the two.
"""

from importlib.metadata import version
from typing import Any

from appc.northbound.http.openapi import OPENAPI, document
from appc.northbound.message_router.description import MESSAGE_ROUTER
from appc.northbound.onboarding.description import ARTIFACTS, CONFIGURATIONS
from appc.northbound.operations import OPERATIONS
from appc.northbound.restconf.description import RESTCONF
from appc.wire.schemas import Schemas, installed_schemas

DESCRIPTIONS = (RESTCONF, MESSAGE_ROUTER, ARTIFACTS, CONFIGURATIONS, OPERATIONS, OPENAPI)


def http_document(schemas: Schemas | None = None) -> dict[str, Any]:
    """The document, of these schemas or of those of the installation."""
    return document(DESCRIPTIONS, schemas or installed_schemas(), version("appc"))
