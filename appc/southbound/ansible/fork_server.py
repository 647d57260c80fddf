"""The warm process: it has loaded ansible-core and forks a child for each play.

Started by the controller as `python -m appc.southbound.ansible.fork_server HANDLE FOLDER`. HANDLE is a socket: each
message on it carries the socket of a play to begin, and its end is the end of this process and of all plays. What is
loaded here once, by playing a rehearsal, is what takes `ansible-playbook` a second each time. It has one thread only,
so that its children are whole.
"""

import gc
import json
import os
import signal
import socket
import sys
import warnings
from pathlib import Path
from typing import NoReturn

from appc.southbound.ansible.environment import PLUGINS
from appc.southbound.ansible.process_tree import die_with_parent, keep_descendants, kill_tree
from appc.southbound.ansible.telling import tell

#: What a play says when Ansible could not even begin it; ansible-core's own code for that.
_NOT_BEGUN = 4


def serve(control: socket.socket, folder: Path) -> None:
    """Fork a child for each socket that comes, until the controller is gone."""
    rehearse(folder)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children need no funeral: the controller hears of their end itself
    gc.collect()
    gc.freeze()  # what is here now is shared with the children, as long as nobody touches it
    while True:
        message, handles, _, _ = socket.recv_fds(control, 1, 1)
        if not message:
            kill_tree(os.getpid(), itself=False)
            return
        if os.fork() == 0:
            control.close()
            play(socket.socket(fileno=handles[0]))
        for handle in handles:
            os.close(handle)


def rehearse(folder: Path) -> None:
    """Play the rehearsal, so that all that plays need is loaded, by ansible-core's documented Python API."""
    from ansible import context
    from ansible.executor.playbook_executor import PlaybookExecutor
    from ansible.inventory.manager import InventoryManager
    from ansible.parsing.dataloader import DataLoader
    from ansible.plugins.loader import init_plugin_loader
    from ansible.utils.context_objects import CLIArgs
    from ansible.utils.vars import load_extra_vars, load_options_vars
    from ansible.vars.manager import VariableManager

    absent = "become become_method become_user listhosts listtags listtasks module_path start_at_task subset"
    switches = "check diff flush_cache force_handlers step syntax"
    options = {"connection": "local", "forks": 1, "verbosity": 0, "tags": ("all",), "skip_tags": (), "extra_vars": ()}
    context.CLIARGS = CLIArgs({**dict.fromkeys(absent.split()), **dict.fromkeys(switches.split(), False), **options})
    init_plugin_loader()
    loader = DataLoader()
    inventory = InventoryManager(loader=loader, sources=[str(folder / "inventory.yml")])
    variables = VariableManager(loader=loader, inventory=inventory)
    os.environ["APPC_EVENTS"] = str(os.open(os.devnull, os.O_WRONLY))
    code = PlaybookExecutor([str(PLUGINS / "rehearsal.yml")], inventory, variables, loader, {}).run()
    if code:
        raise SystemExit(f"the rehearsal of Ansible failed with code {code}")
    for cached in (load_extra_vars, load_options_vars):  # the children have options of their own
        vars(cached).clear()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is for the controller


def play(connection: socket.socket) -> NoReturn:
    """Play what the controller says, in this child, and end it."""
    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        keep_descendants()
        os.register_at_fork(after_in_child=die_with_parent)  # Ansible's workers
        tell(connection.fileno(), {"pid": os.getpid()})
        with connection.makefile("rb") as lines:
            line = lines.readline()
        if line:
            code = _played(connection.fileno(), json.loads(line))
            tell(connection.fileno(), {"event": "end", "code": code})
    except BrokenPipeError:
        pass
    finally:
        os._exit(code)  # nothing of the warm process is to be tidied up here


def _played(handle: int, what: dict[str, str]) -> int:
    """What `ansible-playbook` does, in this process. The exit code."""
    from ansible import constants
    from ansible.cli.playbook import PlaybookCLI
    from ansible.errors import AnsibleError

    folder = what["folder"]
    for stream in (1, 2):
        os.dup2(os.open(f"{folder}/output.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), stream)
    os.environ |= {"APPC_EVENTS": str(handle), "TMPDIR": f"{folder}/tmp"}
    os.chdir(folder)
    constants.DEFAULT_LOCAL_TMP = f"{folder}/tmp"
    warnings.simplefilter("ignore")  # the plugin loader was there before
    try:
        command = PlaybookCLI(["ansible-playbook", *_arguments(what)])
        command.parse()
        return int(command.run())
    except AnsibleError as error:
        tell(handle, {"event": "problem", "message": str(error)})
        return _NOT_BEGUN


def _arguments(what: dict[str, str]) -> list[str]:
    """What is to be played, as options of `ansible-playbook`; operands follow the dashes."""
    folder = what["folder"]
    given = ["--inventory", f"{folder}/inventory.yml", "--extra-vars", f"@{folder}/variables.yml"]
    return [*given, "--", what["playbook"]]


def main() -> None:
    """Serve on the socket that the controller has handed over."""
    from ansible.cli.playbook import PlaybookCLI  # noqa: F401  # the largest part of what is to be loaded

    serve(socket.socket(fileno=int(sys.argv[1])), Path(sys.argv[2]))


if __name__ == "__main__":
    main()
