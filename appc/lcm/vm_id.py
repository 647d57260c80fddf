"""Which VM a request means: a UUID, or the self-link URL that older clients send (contract sections 4, 8)."""

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import SplitResult, urlsplit

from appc.lcm.errors import InvalidInputParameter

_UUID = re.compile(r"[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}")
_LINK_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)*?(?:/(?P<project>[0-9a-fA-F-]{32,36}))?/servers/(?P<uuid>[^/]+)")


def vm_uuid(text: str, field: str) -> str:
    """The UUID in lower case with dashes.

    Raises: InvalidInputParameter (301) that names `field`.
    """
    if not _UUID.fullmatch(text):
        raise InvalidInputParameter(f"{field} is no UUID of a VM")
    digits = text.replace("-", "").lower()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


@dataclass(frozen=True)
class Origin:
    """Scheme, host and port of a URL, normalised: what two URLs are compared by."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Self | None:
        """The origin of an http or https URL without userinfo; None for anything else."""
        parts = _split(url)
        if parts is None or parts.scheme not in ("http", "https") or "@" in parts.netloc or not parts.hostname:
            return None
        default = 443 if parts.scheme == "https" else 80
        return cls(parts.scheme, parts.hostname.lower(), default if parts.port is None else parts.port)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


@dataclass(frozen=True)
class VmId:
    """A VM as the payload names it; `origin` and `project` only where it came as a self-link.

    Only the uuid and the project are ever used to reach the VM; the URL itself is never requested.
    """

    uuid: str
    origin: Origin | None = None
    project: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `vm-id`.

        Raises: InvalidInputParameter (301).
        """
        if "/" not in text:
            return cls(vm_uuid(text, "payload.vm-id"))
        parts, origin = _split(text), Origin.of(text)
        if parts is None or origin is None:
            raise InvalidInputParameter("payload.vm-id is neither a UUID nor an http or https URL without userinfo")
        match = _LINK_PATH.fullmatch(parts.path)
        if "?" in text or "#" in text or match is None:
            raise InvalidInputParameter("payload.vm-id must end in /servers/<uuid>, without query or fragment")
        project = match["project"]
        return cls(vm_uuid(match["uuid"], "payload.vm-id"), origin, project and project.replace("-", "").lower())


def _split(url: str) -> SplitResult | None:
    # urlsplit silently drops tabs and newlines, and reads the port only when asked: both are refused here.
    if re.search(r"[\s\\\x00-\x1f]", url):
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts
