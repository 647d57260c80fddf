"""The catalogue of playbooks: what stands in PLAYBOOKS_DIR, and nothing else."""

from pathlib import Path

from appc.lcm.playbook_template import is_playbook_name
from appc.southbound.ansible.failures import NotPlayable, PlaybookMissing

#: What a name may leave out: `healthcheck` is healthcheck.yml or healthcheck/site.yml.
_ENDINGS = ("", ".yml", ".yaml", "/site.yml")
_YAML = (".yml", ".yaml")


class Playbooks:
    """The playbooks below a folder, by name."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def find(self, name: str) -> Path:
        """The playbook's file.

        Raises: PlaybookMissing; NotPlayable if it is no name, or what it names lies elsewhere, by a symbolic link.
        """
        if not is_playbook_name(name):
            raise NotPlayable(f"{_shown(name)} is no name of a playbook")
        for ending in _ENDINGS:
            path = (self.root / f"{name}{ending}").resolve()
            if path.is_file() and path.suffix in _YAML:
                if not path.is_relative_to(self.root):
                    raise NotPlayable(f"playbook {_shown(name)} lies outside of PLAYBOOKS_DIR")
                return path
        raise PlaybookMissing(f"there is no playbook {_shown(name)} in PLAYBOOKS_DIR")

    def names(self) -> list[str]:
        """Every YAML file below the folder, as the name that finds it."""
        files = (path for path in sorted(self.root.rglob("*.y*ml")) if path.suffix in _YAML)
        return [path.relative_to(self.root).as_posix() for path in files]


def _shown(name: str) -> str:
    return repr(name if len(name) <= 100 else f"{name[:100]}…")
