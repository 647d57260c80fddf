"""Importing the package has no effect on the world: nothing connects, writes or starts."""

import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]

#: Imports every module of the package and prints what an import did to the world, by the interpreter's audit events.
IMPORT_EVERYTHING = """
import importlib, os, pkgutil, sys, threading
import urllib3.util.connection  # binds a socket to learn whether the machine speaks IPv6: not our doing

EFFECTS = {
    "os.exec", "os.fork", "os.mkdir", "os.posix_spawn", "os.remove", "os.rename", "os.system", "socket.bind",
    "socket.connect", "socket.getaddrinfo", "sqlite3.connect", "subprocess.Popen",
}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT

def audit(event, arguments):
    if event in EFFECTS or (event == "open" and arguments[2] & WRITING):
        print(module, event, *arguments[:1])

module = "appc"
sys.addaudithook(audit)
package = importlib.import_module(module)
for found in pkgutil.walk_packages(package.__path__, "appc."):
    module = found.name
    if module != "appc.__main__":
        importlib.import_module(module)
    if threading.active_count() > 1:
        print(module, "leaves a thread running")
print("last folder:", module.split(".")[1])
"""


def test_importing_every_module_has_no_effect() -> None:
    """No module opens a connection or a file to write, or starts a thread or a process, when it is imported."""
    done = subprocess.run(
        [sys.executable, "-B", "-c", IMPORT_EVERYTHING], cwd=CHECKOUT, capture_output=True, text=True, timeout=60
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["last folder: workflows"]
