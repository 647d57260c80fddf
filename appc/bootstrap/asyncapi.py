"""The AsyncAPI document of the controller's bus: what `appc asyncapi` prints and the site shows."""

from importlib.metadata import version
from typing import Any

from appc.settings import Settings
from appc.wire.asyncapi import BusNames, bus_document
from appc.wire.schemas import installed_schemas


def bus_document_of(settings: Settings) -> dict[str, Any]:
    """The document, with the names that these settings give."""
    servers = settings.bus_url.removeprefix("kafka://").split(",")
    names = BusNames(
        settings.request_topic,
        settings.response_topic,
        settings.dead_letter_topic,
        settings.configuration_topic,
        settings.consumer_group,
        servers[0] if settings.bus_url.startswith("kafka:") else None,
    )
    return bus_document(installed_schemas(), names, version("appc"))
