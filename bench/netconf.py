"""A configuration of 64 KB to a real netconfd and back, again and again: the same bytes, and equal for Audit.

Each round sends another configuration by the executor (locked, tested, confirmed), reads the running one in a session
of its own, and compares. Needs netconfd and sshd (Debian: netconfd, openssh-server). Run it with `make bench`, or
`python bench/netconf.py [ROUNDS]`.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

from appc.lcm.actions import DeviceProtocol
from appc.lcm.artifact import Artifact, ArtifactKey, TemplateFormat
from appc.lcm.canonical import canonical
from appc.lcm.ports.device import DeviceJob
from appc.lcm.ports.inventory import Vnf
from appc.lcm.record import Task
from appc.lcm.target import Target
from appc.southbound.netconf.executor import NetconfExecutor
from appc.stores.credentials import CredentialsFolder
from appc.system_clock import SystemClock
from tests.fakes.requests import a_request
from tests.fakes.run import FakeRun
from tests.servers.netconf_server import MODEL, NetconfServer, NoNetconf

SIZE = 65_536
VNF = Vnf("vnf-1", "bench", vms=(), address="127.0.0.1")


def configuration(number: int) -> str:
    """One of SIZE bytes at least, another for each number, with what XML has to escape and what is no ASCII."""
    streams: list[str] = []
    size = 0
    while size < SIZE:
        streams.append(
            f"<stream><id>s{len(streams)}</id><text>{number} &lt; &amp; ü {number * len(streams):060}</text></stream>"
        )
        size += len(streams[-1].encode())
    base = "urn:ietf:params:xml:ns:netconf:base:1.0"
    return f'<config xmlns="{base}"><streams xmlns="{MODEL}">{"".join(streams)}</streams></config>'


def job(server: NetconfServer, action: str, content: str = "") -> DeviceJob:
    """What the workflows hand over."""
    device = {**server.device, "default-operation": "replace", "filter": f'<streams xmlns="{MODEL}"/>'}
    artifact = Artifact(
        ArtifactKey("bench", action), 1, DeviceProtocol.NETCONF, content, TemplateFormat.XML, device=device
    )
    task = Task(a_request(action), Target(VNF.vnf_id), DeviceProtocol.SELF_SERVICE, "type:bench")
    return DeviceJob(task, artifact, VNF, content)


def main(rounds: int) -> int:
    """The rounds, and what they took; 1 if one was not as it should be."""
    wrong, sent_s, read_s = 0, [], []
    with tempfile.TemporaryDirectory(prefix="appc-netconf-") as folder:
        server = NetconfServer(Path(folder))
        executor = NetconfExecutor(CredentialsFolder(server.folder), SystemClock())
        try:
            server.start()
            for number in range(rounds):
                content = configuration(number)
                begun = time.perf_counter()
                back = executor.carry_out(job(server, "Configure", content), FakeRun()).configuration
                sent_s.append(time.perf_counter() - begun)
                begun = time.perf_counter()
                read = executor.carry_out(job(server, "Audit"), FakeRun()).configuration
                read_s.append(time.perf_counter() - begun)
                texts = [each.content for each in (back, read) if each]
                same = texts == [content, content]
                equal = {canonical(text, TemplateFormat.XML) for text in (content, *texts)}
                wrong += not (same and len(equal) == 1)
        finally:
            server.kill()
    print(
        f"{rounds} rounds of {len(configuration(0).encode())} bytes: {rounds - wrong} identical and equal, {wrong} not"
    )
    for what, seconds in (("Configure, with read-back", sent_s), ("Audit's read", read_s)):
        print(f"{what}: median {statistics.median(seconds):.2f} s, longest {max(seconds):.2f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100))
    except NoNetconf as missing:
        print(f"left out: {missing}")
