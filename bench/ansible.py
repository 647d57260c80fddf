"""A play that does nothing, in every way to play it: bare, by ansible_runner.run, and by our executor in each mode.

Rounds of all ways alternate, so that a machine that gets slower slows all. Run it with `make bench`, or
`python bench/ansible.py [PLAYS] [ROUNDS]`.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import ansible_runner

from appc.lcm.actions import DeviceProtocol
from appc.lcm.artifact import Artifact, ArtifactKey
from appc.lcm.ports.device import DeviceJob
from appc.lcm.ports.inventory import Vnf
from appc.lcm.record import Task
from appc.lcm.request import CommonHeader, ReplyTo, Request
from appc.lcm.target import ActionIdentifiers, Target
from appc.southbound.ansible.environment import play_environment
from appc.southbound.ansible.executor import AnsibleExecutor, Folders
from appc.southbound.ansible.playing import Player
from appc.southbound.ansible.runner_player import RunnerPlayer
from appc.southbound.ansible.warm_player import WarmPlayer
from appc.stores.credentials import CredentialsFolder
from tests.fakes.run import UnwatchedRun

PLAYBOOK = """
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.debug: {msg: nothing}
"""
INVENTORY = f"localhost ansible_connection=local ansible_python_interpreter={sys.executable}\n"
#: How often memory is looked at, in seconds.
_LOOK_S = 0.05

Way = Callable[[], object]


def a_job() -> DeviceJob:
    """A job whose artifact names the playbook."""
    header = CommonHeader("2030-01-01T00:00:00Z", "2.00", "bench", "bench-1")
    request = Request(
        header, "ConfigBackup", ActionIdentifiers("vnf-1"), ReplyTo("bench-1", "config-backup"), datetime.now(UTC)
    )
    template = '{"PlaybookName": "nothing"}'
    artifact = Artifact(ArtifactKey("bench", "ConfigBackup"), 1, DeviceProtocol.ANSIBLE, template)
    task = Task(request, Target("vnf-1"), DeviceProtocol.SELF_SERVICE, "type:bench")
    return DeviceJob(task, artifact, Vnf("vnf-1", "bench"), template)


def bare(folder: Path) -> Way:
    """`ansible-playbook` as a person calls it."""
    command = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", str(folder / "hosts")]

    def play() -> None:
        subprocess.run([*command, str(folder / "nothing.yml")], check=True, stdout=subprocess.DEVNULL)

    return play


def runner(folder: Path) -> Way:
    """`ansible_runner.run` as a program calls it."""

    def play() -> None:
        data = tempfile.mkdtemp(dir=folder)
        done = ansible_runner.run(
            private_data_dir=data, playbook=str(folder / "nothing.yml"), inventory=str(folder / "hosts"), quiet=True
        )
        shutil.rmtree(data)
        if done.rc:
            raise SystemExit(f"ansible_runner.run ended with {done.rc}")

    return play


def executor(folder: Path, player: Player) -> Way:
    """Our executor."""
    ours = AnsibleExecutor(Folders(folder, folder, folder), player, CredentialsFolder(folder))
    job = a_job()
    return lambda: ours.carry_out(job, UnwatchedRun())


def timed(way: Way) -> float:
    """Milliseconds that one play takes."""
    begun = time.perf_counter()
    way()
    return (time.perf_counter() - begun) * 1000


def per_minute(way: Way, plays: int, at_once: int) -> float:
    """Plays a minute, so many at a time."""
    begun = time.perf_counter()
    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(lambda _: way(), range(plays)))
    return plays * 60 / (time.perf_counter() - begun)


@contextmanager
def memory_watched(peak_mib: list[float]) -> Iterator[None]:
    """Append the largest proportional memory that processes started by this one had together, in MiB."""
    ends, largest = threading.Event(), [0.0]

    def look() -> None:
        while not ends.wait(_LOOK_S):
            largest[0] = max(largest[0], memory_of(os.getpid()))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield
    finally:
        ends.set()
        looking.join()
    peak_mib.append(largest[0])


def memory_of(root: int) -> float:
    """The proportional memory of all descendants of a process, in MiB."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found, pending = 0.0, [root]
    while pending:
        parent = pending.pop()
        for pid in [pid for pid, of in parents.items() if of == parent]:
            pending.append(pid)
            found += proportional_mib(pid)
    return found


def proportional_mib(pid: int) -> float:
    """What a process has, shared pages counted in parts, in MiB."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return int(next(line.split()[1] for line in lines if line.startswith("Pss:"))) / 1024
    except (OSError, StopIteration):
        return 0.0


def measure(ways: dict[str, Way], plays: int, rounds: int) -> None:
    """All ways, and a line for each."""
    took: dict[str, list[float]] = {name: [] for name in ways}
    rates: dict[str, list[float]] = {name: [] for name in ways}
    memory: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():  # caches, and the warm process
        way()
    for _ in range(rounds):
        for name, way in ways.items():
            took[name] += [timed(way) for _ in range(plays)]
            with memory_watched(memory[name]):
                rates[name].append(per_minute(way, plays, 4))
    print(f"{'':22} {'p50 ms':>8} {'p95 ms':>8} {'plays/min':>10} {'4 at a time':>12} {'memory MiB':>11}")
    for name, values in took.items():
        p50, p95 = statistics.median(values), statistics.quantiles(values, n=20)[18]
        one = 60_000 / statistics.fmean(values)
        speed = f"{p50:8.0f} {p95:8.0f} {one:10.0f} {statistics.median(rates[name]):12.0f}"
        print(f"{name:22} {speed} {max(memory[name]):11.0f}")
    warm, library = (statistics.median(took[name]) for name in ("executor, warm", "ansible_runner.run"))
    print(f"a warm play takes 1/{library / warm:.0f} of ansible_runner.run; the goals are 120 ms and 1/10")


def main() -> None:
    """Measure."""
    plays = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "nothing.yml").write_text(PLAYBOOK)
        (folder / "hosts").write_text(INVENTORY)
        environ = play_environment(os.environ, folder, folder)
        warm = WarmPlayer(folder, environ)
        ways = {
            "ansible-playbook": bare(folder),
            "ansible_runner.run": runner(folder),
            "executor, runner": executor(folder, RunnerPlayer(environ)),
            "executor, warm": executor(folder, warm),
        }
        try:
            measure(ways, plays, rounds)
        finally:
            warm.close()


if __name__ == "__main__":
    main()
