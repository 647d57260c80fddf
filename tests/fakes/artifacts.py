"""Artifacts as their owners write them; a test names only what matters to it."""

from typing import Any

from appc.lcm.actions import DeviceProtocol
from appc.lcm.artifact import Artifact, ArtifactKey


def an_artifact(action: str = "Configure", vnf_type: str = "vFW", *, version: int = 1, **more: Any) -> Artifact:
    """An artifact for this action; members of its key are taken by name, too."""
    key_members = ("vnfc_type", "vf_module_model_name", "controller_template_id")
    key = ArtifactKey(vnf_type, action, **{name: more.pop(name) for name in key_members if name in more})
    return Artifact(key, version, more.pop("protocol", DeviceProtocol.NETCONF), **more)
