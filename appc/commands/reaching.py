"""Where commands find the controller: by BUS_URL when that is Kafka, else by APPC_URL (contract section 1)."""

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from appc.client.access import Access
from appc.client.transport import Topics
from appc.settings import SettingsError, load_settings

#: Where a controller is looked for.
DEFAULT_URL = "http://127.0.0.1:8181"
#: The settings of a controller that its clients share.
_SHARED = re.compile(r"APPC_(CONFIG|BUS_\w+|REQUEST_TOPIC|RESPONSE_TOPIC)")


@dataclass(frozen=True)
class Whereabouts:
    """What to connect to, as whom, and by which topics."""

    url: str
    access: Access
    topics: Topics


def whereabouts() -> Whereabouts:
    """As the environment says. Ends the command with 2 if a setting is wrong."""
    shared = {name: value for name, value in os.environ.items() if _SHARED.fullmatch(name)}
    try:
        settings = load_settings(None, shared)
    except SettingsError as error:
        print(f"appc: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    topics = Topics(settings.request_topic, settings.response_topic)
    if settings.bus_url.startswith("kafka:"):
        password = settings.bus_password.get_secret_value() if settings.bus_password else None
        access = Access(
            settings.bus_username,
            password,
            settings.bus_ca_file,
            settings.bus_security_protocol,
            settings.bus_sasl_mechanism,
        )
        return Whereabouts(settings.bus_url, access, topics)
    return Whereabouts(http_url(), http_access(), topics)


def http_url() -> str:
    """Where the controller's HTTP is."""
    return os.environ.get("APPC_URL") or DEFAULT_URL


def http_access() -> Access:
    """As whom it is asked, and by whose certificates it is known."""
    ca_file = os.environ.get("APPC_CA_FILE")
    return Access(os.environ.get("APPC_USERNAME"), os.environ.get("APPC_PASSWORD"), Path(ca_file) if ca_file else None)
