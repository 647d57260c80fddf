"""Port Artifacts: what the owners of VNF types have onboarded."""

from collections.abc import Mapping
from typing import Protocol

from appc.lcm.artifact import Artifact, ArtifactKey, ArtifactVersion, Capabilities


class Artifacts(Protocol):
    """The artifacts there are, each in its versions. What was added is seen at once by every controller of a store."""

    def newest(self, vnf_type: str, action: str) -> Mapping[ArtifactKey, Artifact]:
        """The newest version of each artifact of this VNF type and action. Raises: Unavailable."""

    def version(self, wanted: ArtifactVersion) -> Artifact | None:
        """Exactly this version; None if it is not there any more. Raises: Unavailable."""

    def capabilities(self, vnf_type: str) -> Capabilities:
        """What the VNF type allows at each scope. Raises: Unavailable."""
