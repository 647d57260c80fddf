"""Artifacts loaded at run time: versions, removal, several controllers of one store."""

from dataclasses import replace

import pytest

from appc.lcm.artifact import ArtifactKey, ArtifactVersion
from appc.lcm.catalogue import Catalogue
from appc.lcm.ports.artifacts import NotRemovable
from appc.lcm.ports.failures import Misconfigured, Unavailable
from appc.lcm.target import Scope
from appc.stores.artifacts.library import ArtifactLibrary
from tests.fakes.artifacts import an_artifact
from tests.fakes.clock import FakeClock
from tests.fakes.memory_documents import MemoryDocuments

KEY = ArtifactKey("vFW", "Configure")
BASE = Catalogue([an_artifact(template="file")], {"vFW": {Scope.VNF: frozenset({"Configure"})}})


def bundle(template: str = "loaded", capabilities: str = "{}") -> dict[str, str]:
    """Files that onboard Configure of vFW."""
    return {
        "vnf-type.yaml": (
            f"vnf-type: vFW\ncapabilities: {capabilities}\n"
            "artifacts: [{action: Configure, protocol: netconf, template: t.txt, device: {port: 830, user: u}}]\n"
        ),
        "t.txt": template,
    }


class Group:
    """Controllers of one store."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.documents = MemoryDocuments(self.clock)

    def library(self) -> ArtifactLibrary:
        """Another controller's."""
        return ArtifactLibrary(BASE, self.documents, self.clock)


@pytest.fixture
def group() -> Group:
    """Controllers of one store."""
    return Group()


def template(library: ArtifactLibrary) -> str:
    """That of the newest version."""
    return library.newest("vFW", "Configure")[KEY].template


def test_what_is_loaded_is_newer_than_the_file(group: Group) -> None:
    """And each load newer than the one before; the versions before stay for the tasks judged by them."""
    library = group.library()
    assert template(library) == "file"
    for text, version in (("second", 2), ("third", 3)):
        (added,) = library.add(bundle(text)).artifacts
        assert (added.version, template(library)) == (version, text)
    assert [each.version for each in library.all()] == [1, 2, 3]
    second = library.version(ArtifactVersion(KEY, 2))
    assert second
    assert (second.template, second.device) == ("second", {"port": "830", "user": "u"})


def test_every_controller_of_the_store_sees_it(group: Group) -> None:
    """The others soon, whoever starts later at once."""
    one, other = group.library(), group.library()
    assert template(other) == "file"
    one.add(bundle())
    group.clock.advance(0.1)
    assert (template(other), template(group.library())) == ("loaded", "loaded")


def test_a_removed_version_is_gone_and_its_number_too(group: Group) -> None:
    """Another controller might still know the number."""
    library, other = group.library(), group.library()
    (added,) = library.add(bundle("second")).artifacts
    assert library.remove(added.id)
    assert (template(library), library.remove(added.id)) == ("file", False)
    (again,) = library.add(bundle("third")).artifacts
    group.clock.advance(0.1)
    assert (again.version, template(other)) == (3, "third")


def test_a_file_of_the_installation_is_not_removed(group: Group) -> None:
    """It would be back after the next start."""
    with pytest.raises(NotRemovable, match="TEMPLATES_DIR"):
        group.library().remove(BASE.all[0].id)


def test_capabilities_are_loaded_too_and_stay_where_a_bundle_has_none(group: Group) -> None:
    """The newest that were given."""
    library = group.library()
    library.add(bundle())
    assert library.capabilities("vFW") == {Scope.VNF: frozenset({"Configure"})}
    library.add(bundle(capabilities="{vnf: [Sync], vf-module: []}"))
    assert library.capabilities("vFW") == {Scope.VNF: frozenset({"Sync"}), Scope.VF_MODULE: frozenset()}


def test_what_is_wrong_is_not_loaded_and_what_is_only_validated_neither(group: Group) -> None:
    """All or nothing."""
    library = group.library()
    with pytest.raises(Misconfigured):
        library.add(bundle(capabilities="{vnf: [Nothing]}"))
    assert [each.key for each in library.validate(bundle()).artifacts] == [KEY]
    assert list(library.all()) == list(BASE.all)


def test_two_that_load_at_once_get_two_numbers(group: Group) -> None:
    """The number is taken if nobody else took one meanwhile."""

    class Interrupted(MemoryDocuments):
        def get(self, kind: str, id: str) -> tuple[dict[str, object], int] | None:
            found = group.documents.get(kind, id)
            if kind == "artifact-number" and not others:
                others.extend(group.library().add(bundle("other")).artifacts)
            return found

        def put(self, kind: str, id: str, document: object, expected: int | None = None) -> int | None:
            return group.documents.put(kind, id, document, expected)  # type: ignore[arg-type]  # passed through

    others: list[object] = []
    (mine,) = ArtifactLibrary(BASE, Interrupted(group.clock), group.clock).add(bundle("mine")).artifacts
    assert (mine.version, len(group.library().all())) == (3, 3)


def test_a_store_that_is_away_says_so(group: Group) -> None:
    """Nothing is judged by artifacts of which nobody knows whether they are the newest."""
    library = group.library()
    group.documents.down = True
    with pytest.raises(Unavailable):
        library.newest("vFW", "Configure")


def test_an_id_names_one_version_of_one_artifact() -> None:
    """The same on every machine."""
    artifact = an_artifact(version=7)
    assert artifact.id == f"{KEY.digest}.7"
    keys = [KEY, replace(KEY, vnfc_type="x"), replace(KEY, vf_module_model_name="x"), replace(KEY, action="Sync")]
    assert len({key.digest for key in keys}) == 4
