"""The environment of processes that play: the controller's own, without its secrets, and what Ansible is told by it."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

#: What Ansible finds here: the callback, the rehearsal, and a configuration where PLAYBOOKS_DIR has none.
PLUGINS = Path(__file__).parent / "plugins"
#: Settings of the controller and credentials of clouds are none of a playbook's business.
_WITHHELD = ("APPC_", "OS_")


def play_environment(environ: Mapping[str, str], home: Path, playbooks: Path) -> dict[str, str]:
    """For Ansible of this machine. `home`: where it keeps its own things; `playbooks`: PLAYBOOKS_DIR.

    An `ansible.cfg` in PLAYBOOKS_DIR is obeyed; without one, collections and roles are found there, too. What the
    environment says by ANSIBLE_* variables stands, but for what the controller relies on.
    """
    kept = {name: value for name, value in environ.items() if not name.startswith(_WITHHELD)}
    config = playbooks / "ansible.cfg"
    found_beside = {
        "ANSIBLE_COLLECTIONS_PATH": f"{playbooks}/collections:~/.ansible/collections:/usr/share/ansible/collections",
        "ANSIBLE_ROLES_PATH": f"{playbooks}/roles:~/.ansible/roles:/usr/share/ansible/roles:/etc/ansible/roles",
    }
    needed = {
        "ANSIBLE_CONFIG": str(config if config.is_file() else PLUGINS / "ansible.cfg"),
        "ANSIBLE_INVENTORY_ENABLED": "yaml",
        "ANSIBLE_LOCAL_TEMP": f"{home}/tmp",
        "ANSIBLE_NOCOLOR": "true",
        "LC_ALL": "C.UTF-8",  # Ansible wants UTF-8
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), environ.get("PATH", os.defpath)]),
    }
    return {"ANSIBLE_HOME": str(home), **({} if config.is_file() else found_beside), **kept, **needed}
