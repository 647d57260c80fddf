"""The ports of the configuration store: what ran on VNFs, and who is told of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from appc.lcm.artifact import TemplateFormat
from appc.lcm.masking import masked


@dataclass(frozen=True)
class StoredConfiguration:
    """A running configuration as it was read from a VNF, and the request it was read for.

    `vnfc_type`: None where it is the whole VNF's. Each VNF and VNFC type has one that is current. `content` is
    complete, to be compared and restored; `secrets`: what in it was given as a secret, and is not shown, whatever its
    name there.
    """

    upload_config_id: str
    vnf_id: str
    vnf_type: str
    vnfc_type: str | None
    action: str
    request_id: str
    originator_id: str
    stored_at: datetime
    content: str
    format: TemplateFormat
    secrets: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """The content for people and other systems: without secrets (contract section 8)."""
        return masked(self.content, self.format, self.secrets)


class Configurations(Protocol):
    """The configurations that were stored, by VNF. Of the older ones of a VNF a limited number is kept."""

    def keep(self, configuration: StoredConfiguration, current: bool) -> None:
        """Store it; `current`: from now on it is that of its VNF and VNFC type. Raises: Unavailable."""

    def current(self, vnf_id: str) -> Sequence[StoredConfiguration]:
        """The current one of the VNF and of each VNFC type that has one. Raises: Unavailable."""

    def history(self, vnf_id: str) -> Sequence[StoredConfiguration]:
        """All of the VNF, newest first. Raises: Unavailable."""

    def find(self, upload_config_id: str) -> StoredConfiguration | None:
        """The one of this id. Raises: Unavailable."""


class ConfigurationFeed(Protocol):
    """Whoever keeps configurations outside of the controller."""

    def publish(self, configuration: StoredConfiguration, current: bool) -> None:
        """Send it, without secrets; durable when it returns. Raises: Unavailable, Refused if it is too large."""
