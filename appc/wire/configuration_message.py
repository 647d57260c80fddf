"""What goes to the configuration topic: APPC's members for external configuration stores (facts 7.5)."""

from appc.lcm.ports.bus import Message
from appc.lcm.ports.configurations import StoredConfiguration
from appc.wire.lcm_json import to_bytes


def configuration_message(topic: str, configuration: StoredConfiguration, current: bool) -> Message:
    """The configuration as a message of this topic, without secrets; messages of one VNF keep their order."""
    stored_at = configuration.stored_at
    members = {
        "UPLOAD_CONFIG_ID": configuration.upload_config_id,
        "REQUEST_ID": configuration.request_id,
        "ORIGINATOR_ID": configuration.originator_id,
        "ACTION": configuration.action,
        "UPLOAD_TIMESTAMP": round(stored_at.timestamp() * 1000),
        "UPLOAD_DATE": f"{stored_at:%Y-%m-%dT%H:%M:%SZ}",
        "VNF_ID": configuration.vnf_id,
        "VNF_TYPE": configuration.vnf_type,
        "VNFC_TYPE": configuration.vnfc_type or "",
        "CONFIG_INDICATOR": "Current" if current else "",
        "FORMAT": configuration.format.value,
        "CONTENT": configuration.shown,
    }
    return Message(topic, configuration.vnf_id, to_bytes(members))
