"""Who a client is, and whom it trusts."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from appc.lcm.ports.failures import Unavailable


@dataclass(frozen=True)
class Access:
    """Who the client is, and whom it trusts; the last two are for Kafka alone.

    `ca_file`: certificates that the other side's must be signed by; None: those of the system.
    """

    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = None

    def over_http(self, url: str) -> dict[str, Any]:
        """The same as options of an HTTP client. Raises: Unavailable, if `ca_file` holds no certificates."""
        return {
            "base_url": url,
            "auth": (self.username, self.password or "") if self.username else None,
            "verify": self._trust() if url.startswith("https:") else False,
            "trust_env": False,
        }

    def _trust(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self.ca_file)
        except OSError as error:
            reason = error.strerror or error
            raise Unavailable(f"the certificates of {self.ca_file} cannot be read: {reason}") from None


def out_of_reach(url: object, error: Exception) -> str:
    """What is said of a controller that HTTP does not reach, and what to do."""
    reason = str(error) or type(error).__name__
    if "CERTIFICATE_VERIFY_FAILED" in reason:
        cure = "name the certificates that its own is signed by: `ca_file`, for commands APPC_CA_FILE"
    else:
        cure = "is `appc serve` running there?"
    return f"no controller at {str(url).rstrip('/')}: {reason}; {cure}"
