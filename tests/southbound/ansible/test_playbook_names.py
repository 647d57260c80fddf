"""S5: the name of a playbook leads to a file of PLAYBOOKS_DIR or nowhere (contract section 8)."""

from pathlib import Path

import pytest

from appc.lcm.errors import DgFailure, DgWorkflowNotFound, InvalidInputParameter
from appc.southbound.ansible.catalogue import Playbooks
from appc.southbound.ansible.executor import AnsibleExecutor, Folders
from appc.southbound.ansible.failures import NotPlayable, PlaybookMissing
from appc.southbound.ansible.play_process import PlayProcess
from appc.stores.credentials import CredentialsFolder
from tests.fakes.run import FakeRun
from tests.southbound.ansible.jobs import a_job

UPGRADE = "vFWDT 2020-02-03 14:40:_vPKG 0/UpgradeSoftware/3.1_3.2/SoftwareUpgrade_3.1_3.2"


class NobodyPlays:
    """A player that must not be asked."""

    def process(self) -> PlayProcess:
        raise AssertionError("something is played")

    def close(self) -> None:
        """There is nothing."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder of playbooks, beside files that are none of its business."""
    root = tmp_path / "playbooks"
    for name in ("a.yml", "b.yaml", "c/site.yml", f"{UPGRADE}.yml", ".git/config.yml", "d/-x.yml", "notes.txt"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("[]")
    (tmp_path / "outside.yml").write_text("[]")
    (root / "link.yml").symlink_to(tmp_path / "outside.yml")
    (root / "inner.yml").symlink_to(root / "a.yml")
    (root / "folder").symlink_to(tmp_path)
    return root


@pytest.mark.parametrize(
    ("name", "file"),
    [
        pytest.param("a.yml", "a.yml", id="as it is"),
        pytest.param("a", "a.yml", id="without its ending"),
        pytest.param("b", "b.yaml", id="the other ending"),
        pytest.param("c", "c/site.yml", id="a folder"),
        pytest.param("c/site.yml", "c/site.yml", id="in a folder"),
        pytest.param(UPGRADE, f"{UPGRADE}.yml", id="by the guide's scheme of upgrades"),
        pytest.param("inner.yml", "a.yml", id="a link that stays inside"),
    ],
)
def test_a_playbook_is_found_by_its_name(root: Path, name: str, file: str) -> None:
    """Also by what the guide's examples leave out."""
    assert Playbooks(root).find(name) == root / file


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("../outside.yml", id="up"),
        pytest.param("c/../../outside.yml", id="down and up"),
        pytest.param("/etc/passwd", id="absolute"),
        pytest.param("~/x.yml", id="home"),
        pytest.param("a.yml\0.txt", id="NUL"),
        pytest.param("..\\outside.yml", id="backslash"),
        pytest.param("link.yml", id="a link to the outside"),
        pytest.param("folder/outside.yml", id="a folder that is a link to the outside"),
        pytest.param(".git/config.yml", id="a hidden folder"),
        pytest.param("http://127.0.0.1/a.yml", id="a URL"),
        pytest.param("a.yml ", id="a space at the end"),
        pytest.param("A.YML", id="other letters"),
        pytest.param("x" * 10_000, id="very long"),
        pytest.param("--extra-vars=@/etc/shadow", id="an option"),
        pytest.param("d/-x.yml", id="an option in a folder"),
        pytest.param("notes.txt", id="no playbook"),
        pytest.param(".", id="the root"),
        pytest.param("", id="nothing"),
        pytest.param("a.yml\n", id="a line break"),
        pytest.param("{{ 'a' }}.yml", id="an expression"),
        pytest.param("$(id).yml", id="a command"),
    ],
)
def test_a_name_leads_nowhere_else(root: Path, tmp_path: Path, name: str) -> None:
    """Whatever a name looks like, nothing outside of the folder is reached, nor anything that is no playbook."""
    with pytest.raises(NotPlayable):
        Playbooks(root).find(name)
    executor = AnsibleExecutor(Folders(root, tmp_path, tmp_path), NobodyPlays(), CredentialsFolder(tmp_path))
    job = a_job({"PlaybookName": name})
    with pytest.raises((DgWorkflowNotFound, InvalidInputParameter)):
        executor.examine(job)
    with pytest.raises(DgFailure):
        executor.carry_out(job, FakeRun())


def test_a_missing_playbook_is_307(root: Path, tmp_path: Path) -> None:
    """Before the request is accepted."""
    with pytest.raises(PlaybookMissing):
        Playbooks(root).find("nothing")
    executor = AnsibleExecutor(Folders(root, tmp_path, tmp_path), NobodyPlays(), CredentialsFolder(tmp_path))
    with pytest.raises(DgWorkflowNotFound, match="there is no playbook 'nothing' in PLAYBOOKS_DIR"):
        executor.find_parts(a_job({"PlaybookName": "nothing"}).artifact)


def test_a_playbook_that_a_parameter_names_is_missed_when_the_template_is_filled(root: Path, tmp_path: Path) -> None:
    """307 as well; the rest of a template may be filled with anything, or with nothing yet."""
    executor = AnsibleExecutor(Folders(root, tmp_path, tmp_path), NobodyPlays(), CredentialsFolder(tmp_path))
    job = a_job({"PlaybookName": "nothing"}, template='{"PlaybookName": "no${rest}"}')
    executor.find_parts(job.artifact)
    with pytest.raises(DgWorkflowNotFound, match="there is no playbook 'nothing' in PLAYBOOKS_DIR"):
        executor.examine(job)
    unfilled = a_job({"PlaybookName": "a"}, template='{"PlaybookName": "nothing", "Timeout": ${limit}, "x": "${y}"}')
    with pytest.raises(DgWorkflowNotFound, match="there is no playbook 'nothing' in PLAYBOOKS_DIR"):
        executor.find_parts(unfilled.artifact)


def test_the_folder_lists_its_playbooks(root: Path) -> None:
    """As the names that find them."""
    names = Playbooks(root).names()
    assert {"a.yml", "b.yaml", "c/site.yml", f"{UPGRADE}.yml"} <= set(names)
