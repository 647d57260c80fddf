"""Port Artifacts: what the owners of VNF types have onboarded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from appc.lcm.artifact import Artifact, ArtifactKey, ArtifactVersion, Capabilities


class Artifacts(Protocol):
    """The artifacts there are, each in its versions.

    What is added is seen at once by the controller that adds it, soon by the others of its store.
    """

    def newest(self, vnf_type: str, action: str) -> Mapping[ArtifactKey, Artifact]:
        """The newest version of each artifact of this VNF type and action. Raises: Unavailable."""

    def version(self, wanted: ArtifactVersion) -> Artifact | None:
        """Exactly this version; None if it is not there any more. Raises: Unavailable."""

    def capabilities(self, vnf_type: str) -> Capabilities:
        """What the VNF type allows at each scope. Raises: Unavailable."""


@dataclass(frozen=True)
class Loaded:
    """What a set of files was read as. `notes`: what was left out of it, and why."""

    artifacts: Sequence[Artifact]
    notes: tuple[str, ...] = ()


class NotRemovable(Exception):
    """The artifact is a file of the installation; the text says what to do instead."""


class Onboarding(Protocol):
    """What operators do with artifacts. Files are texts by name: a bundle, or an export of APPC's design tool."""

    def all(self) -> Sequence[Artifact]:
        """Every version of every artifact. Raises: Unavailable."""

    def validate(self, files: Mapping[str, str]) -> Loaded:
        """What these files hold. Raises: Misconfigured with every fault, by file, line and field."""

    def add(self, files: Mapping[str, str]) -> Loaded:
        """Load them, each artifact as the newest version. Raises: Misconfigured, Unavailable."""

    def remove(self, id: str) -> bool:
        """Forget this version; False: there is none. Raises: NotRemovable, Unavailable."""
