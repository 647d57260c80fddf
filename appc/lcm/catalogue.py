"""Catalogue: artifacts and capabilities as a value."""

from collections.abc import Iterable, Mapping

from appc.lcm.artifact import Artifact, ArtifactKey, ArtifactVersion, Capabilities


class Catalogue:
    """Port Artifacts on the given ones; never changed. `capabilities`: by VNF type."""

    def __init__(
        self, artifacts: Iterable[Artifact] = (), capabilities: Mapping[str, Capabilities] | None = None
    ) -> None:
        self.all = tuple(sorted(artifacts, key=lambda each: (each.key.vnf_type, str(each.key), each.version)))
        self.all_capabilities = dict(capabilities or {})
        self._versions = {(each.key, each.version): each for each in self.all}
        self._newest: dict[tuple[str, str], dict[ArtifactKey, Artifact]] = {}
        for each in self.all:  # in the order of versions
            self._newest.setdefault((each.key.vnf_type, each.key.action), {})[each.key] = each

    def newest(self, vnf_type: str, action: str) -> Mapping[ArtifactKey, Artifact]:
        """See Artifacts."""
        return self._newest.get((vnf_type, action), {})

    def version(self, wanted: ArtifactVersion) -> Artifact | None:
        """See Artifacts."""
        return self._versions.get((wanted.key, wanted.version))

    def capabilities(self, vnf_type: str) -> Capabilities:
        """See Artifacts."""
        return self.all_capabilities.get(vnf_type, {})

    def newest_version(self, key: ArtifactKey) -> int:
        """The number of the newest version of this artifact; 0 if there is none."""
        newest = self.newest(key.vnf_type, key.action).get(key)
        return newest.version if newest else 0
