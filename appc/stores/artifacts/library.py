"""The library: what is loaded at run time, over the files of TEMPLATES_DIR; seen by all controllers of a store."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from pydantic import TypeAdapter

from appc.lcm.artifact import Artifact, ArtifactKey, ArtifactVersion, Capabilities
from appc.lcm.catalogue import Catalogue
from appc.lcm.ports.artifacts import Loaded, NotRemovable
from appc.lcm.ports.clock import Clock
from appc.lcm.ports.store import Documents
from appc.lcm.target import Scope
from appc.stores.artifacts.bundle import MANIFEST, onboarded
from appc.stores.artifacts.design_tool import exported

_ARTIFACT = TypeAdapter(Artifact)
_CAPABILITIES = TypeAdapter(dict[Scope, frozenset[str]])
#: Kinds of documents. A version of an artifact never changes; of each key the last number is remembered for good,
#: so that no number is given twice; the revision says that anything is new.
_VERSION, _LAST, _ALLOWED, _REVISION = "artifact", "artifact-number", "artifact-capabilities", "artifact-revision"

#: How old the knowledge of the revision may be, in seconds: looking at a store far away takes longer than planning.
_LOOK_S = 0.1


class ArtifactLibrary:
    """Ports Artifacts and Onboarding."""

    def __init__(self, base: Catalogue, documents: Documents, clock: Clock) -> None:
        self._base = base
        self._documents = documents
        self._clock = clock
        self._reading = threading.Lock()
        self._revision = 0
        self._looked_at = float("-inf")
        self._loaded: dict[str, Artifact] = {}
        self._catalogue = base

    # ------------------------------------------------------------ port Artifacts

    def newest(self, vnf_type: str, action: str) -> Mapping[ArtifactKey, Artifact]:
        """See Artifacts."""
        return self._present().newest(vnf_type, action)

    def version(self, wanted: ArtifactVersion) -> Artifact | None:
        """See Artifacts."""
        return self._present().version(wanted)

    def capabilities(self, vnf_type: str) -> Capabilities:
        """See Artifacts."""
        return self._present().capabilities(vnf_type)

    # ------------------------------------------------------------ port Onboarding

    def all(self) -> Sequence[Artifact]:
        """See Onboarding."""
        return self._present().all

    def validate(self, files: Mapping[str, str]) -> Loaded:
        """See Onboarding."""
        catalogue, notes = read_files(files)
        return Loaded(catalogue.all, notes)

    def add(self, files: Mapping[str, str]) -> Loaded:
        """See Onboarding."""
        catalogue, notes = read_files(files)
        numbered = [replace(each, version=self._next_version(each.key)) for each in catalogue.all]
        for each in numbered:
            self._documents.put(_VERSION, each.id, _ARTIFACT.dump_python(each, mode="json"))
        for vnf_type, allowed in catalogue.all_capabilities.items():
            if allowed:
                document = {"vnf-type": vnf_type, "scopes": _CAPABILITIES.dump_python(dict(allowed), mode="json")}
                self._documents.put(_ALLOWED, ArtifactKey(vnf_type, "").digest, document)
        self._tell()
        return Loaded(numbered, notes)

    def remove(self, id: str) -> bool:
        """See Onboarding."""
        if any(each.id == id for each in self._base.all):
            raise NotRemovable(f"{id} is a file of TEMPLATES_DIR; remove it there, or load a newer version over it")
        if self._documents.get(_VERSION, id) is None:
            return False
        self._documents.delete(_VERSION, id)
        self._tell()
        return True

    def _next_version(self, key: ArtifactKey) -> int:
        while True:
            document, at = self._documents.get(_LAST, key.digest) or ({"last": 0}, 0)
            number = max(int(document["last"]), self._base.newest_version(key)) + 1
            if self._documents.put(_LAST, key.digest, {"last": number}, at) is not None:
                return number

    def _tell(self) -> None:
        # last: whoever sees the new revision finds everything that belongs to it
        self._documents.put(_REVISION, "all", {})
        self._looked_at = float("-inf")

    # ------------------------------------------------------------ reading

    def _present(self) -> Catalogue:
        """The catalogue as the store has it: the revision is looked at now and then, the rest read where it is new."""
        with self._reading:
            now = self._clock.monotonic()
            if now - self._looked_at >= _LOOK_S:
                found = self._documents.get(_REVISION, "all")
                self._read_as_of(found[1] if found else 0)
                self._looked_at = now
            return self._catalogue

    def _read_as_of(self, revision: int) -> None:
        if revision != self._revision:
            self._loaded = dict(self._versions())
            allowed = self._base.all_capabilities | dict(self._allowed())
            self._catalogue = Catalogue((*self._base.all, *self._loaded.values()), allowed)
            self._revision = revision

    def _versions(self) -> Iterator[tuple[str, Artifact]]:
        for id in self._documents.ids(_VERSION):
            if id in self._loaded:  # it never changes
                yield id, self._loaded[id]
            elif found := self._documents.get(_VERSION, id):
                yield id, _ARTIFACT.validate_python(found[0])

    def _allowed(self) -> Iterator[tuple[str, Capabilities]]:
        for id in self._documents.ids(_ALLOWED):
            if found := self._documents.get(_ALLOWED, id):
                yield found[0]["vnf-type"], _CAPABILITIES.validate_python(found[0]["scopes"])


def read_files(files: Mapping[str, str]) -> tuple[Catalogue, tuple[str, ...]]:
    """A bundle, or an export of the design tool: its artifacts, and notes of what was left out.

    Raises: Misconfigured with every fault, by file, line and field.
    """
    if MANIFEST not in files:
        return exported(files)
    bundle = onboarded(files)
    return Catalogue(bundle.artifacts, {bundle.vnf_type: bundle.capabilities}), bundle.notes
