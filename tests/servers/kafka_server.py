"""An Apache Kafka of one node (KRaft) on loopback, for tests: with its own data, listeners and users.

`KafkaServer` is a broker to do anything with: stop it, kill it, start it again on the same data. `kafka_of_the_run` is
one for all workers of a test run; it ends when the last of them has ended, however that went.
"""

import base64
import json
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import pytest

from tests.servers.certificates import write_certificates
from tests.servers.heirs import dismiss, heir_of
from tests.servers.kafka_jars import NoKafka, class_path

#: The users of the listeners with SASL. The broker lets `clerk` do nothing to topics but use those that exist.
USERS = {"appc": "appc-secret", "clerk": "clerk-secret"}

#: How long a broker may take to start or to stop, in seconds.
START_S = 90.0
STOP_S = 20.0

#: How long a shared broker waits for the next worker after the last one has left, in seconds.
LINGER_S = 10.0

_JVM = [
    "-Xms64m",
    "-Xmx320m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
]

_PROPERTIES = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{plain},SSL://127.0.0.1:{tls},SASL_PLAINTEXT://127.0.0.1:{sasl},\
SASL_SSL://127.0.0.1:{sasl_tls},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{plain},SSL://127.0.0.1:{tls},SASL_PLAINTEXT://127.0.0.1:{sasl},\
SASL_SSL://127.0.0.1:{sasl_tls}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL,\
CONTROLLER:PLAINTEXT
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
{jaas}
ssl.keystore.type=PEM
ssl.keystore.location={folder}/broker.pem
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:appc
allow.everyone.if.no.acl.found=true
log.dirs={folder}/data
auto.create.topics.enable=false
delete.topic.enable=true
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.session.timeout.ms=1500
broker.heartbeat.interval.ms=300
num.network.threads=2
num.io.threads=4
background.threads=2
log.cleaner.enable=false
"""


@dataclass(frozen=True)
class Addresses:
    """Where a broker listens, as `host:port`, by what it asks for; and who vouches for its certificate."""

    plain: str
    tls: str = ""
    sasl: str = ""
    sasl_tls: str = ""
    ca_file: str = ""


class KafkaServer:
    """A broker in a folder. Raises: NoKafka where there is none to be had."""

    def __init__(self, folder: Path) -> None:
        self._class_path = class_path()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._heir: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        ports = dict(zip(["plain", "tls", "sasl", "sasl_tls", "controller"], _free_ports(5), strict=True))
        write_certificates(folder / "ca.pem", folder / "broker.pem")
        properties = _PROPERTIES.format(folder=folder, jaas=_jaas(), **ports)
        (folder / "server.properties").write_text(properties)
        del ports["controller"]
        servers = {name: f"127.0.0.1:{port}" for name, port in ports.items()}
        self.addresses = Addresses(**servers, ca_file=str(folder / "ca.pem"))
        self._format()

    def start(self) -> None:
        """Start it, again on the data that are there; returns when it serves."""
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._java("kafka.Kafka", self._properties),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._heir = heir_of(self._process.pid, self._folder)
        deadline = time.monotonic() + START_S
        while not self._serves():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"Kafka does not start:\n{(self._folder / 'log').read_text()[-3000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop it in order."""
        if self._process:
            dismiss(self._heir)
            self._process.terminate()
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.kill()
            self._process = None

    def kill(self) -> None:
        """kill -9."""
        if self._process:
            dismiss(self._heir)
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Let it hang: connections stay open, and nothing is answered."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _properties(self) -> str:
        return str(self._folder / "server.properties")

    def _java(self, main: str, *arguments: str) -> list[str]:
        return ["java", *_JVM, "-cp", self._class_path, main, *arguments]

    def _format(self) -> None:
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        scram = [
            f"--add-scram={mechanism}=[name={user},password={password}]"
            for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512")
            for user, password in USERS.items()
        ]
        named = f"--cluster-id={cluster}"  # one word: every 64th begins with a dash
        tool = self._java("kafka.tools.StorageTool", "format", named, "-c", self._properties, *scram)
        done = subprocess.run(tool, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def _serves(self) -> bool:
        host, port = self.addresses.plain.split(":")
        with suppress(OSError), socket.create_connection((host, int(port)), 1):
            return True
        return False


def _jaas() -> str:
    """Who may come in: PLAIN's users stand here, those of SCRAM in the metadata."""
    users = " ".join(f'user_{user}="{password}"' for user, password in USERS.items())
    modules = {
        "plain": f"org.apache.kafka.common.security.plain.PlainLoginModule required {users};",
        "scram-sha-256": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
        "scram-sha-512": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
    }
    return "\n".join(
        f"listener.name.{listener}.{mechanism}.sasl.jaas.config={module}"
        for listener in ("sasl_plaintext", "sasl_ssl")
        for mechanism, module in modules.items()
    )


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


# ---------------------------------------------------------------- one for all workers


class SharedKafka:
    """The broker of this test run; `addresses` are those of all its listeners.

    Its keeper is a process of its own: the first worker that needs it starts it, and it ends when no worker is
    connected any more. Raises: NoKafka.
    """

    def __init__(self) -> None:
        class_path()  # brings the jars
        run = os.environ.get("PYTEST_XDIST_TESTRUNUID", f"{os.getpid()}")
        self._connection = _connected(Path(tempfile.gettempdir()) / f"appc-kafka-{run[:16]}")
        with self._connection.makefile() as told:
            self.addresses = Addresses(**json.loads(told.readline()))

    def close(self) -> None:
        """This process does not need it any more."""
        self._connection.close()


def _connected(folder: Path) -> socket.socket:
    deadline = time.monotonic() + START_S
    while True:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(str(folder / "keeper"))
            return connection
        except OSError:
            connection.close()
        with suppress(FileExistsError):  # who makes the folder starts the keeper
            folder.mkdir(mode=0o700)
            _spawn_keeper(folder)
        if time.monotonic() > deadline:
            failure = _failure(folder)
            why = failure.read_text() if failure.exists() else f"{folder} may be left over"
            raise AssertionError(f"the keeper of Kafka does not start: {why}")
        time.sleep(0.05)


def _spawn_keeper(folder: Path) -> None:
    """Start it on its own: nobody waits for it, and it holds nothing of who happened to start it open."""
    _failure(folder).unlink(missing_ok=True)
    program = [sys.executable, "-m", "tests.servers.kafka_server", str(folder)]
    environ = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    silent = [(os.POSIX_SPAWN_OPEN, descriptor, os.devnull, os.O_RDWR, 0) for descriptor in range(3)]
    os.posix_spawn(program[0], program, environ, file_actions=silent, setsid=True)


def _failure(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.failure")


def _keep(folder: Path) -> None:
    """The keeper: tells everybody who connects where the broker is, until nobody is connected."""
    try:
        with socket.socket(socket.AF_UNIX) as door, selectors.DefaultSelector() as selector:
            door.bind(str(folder / "keeper"))
            door.listen(64)
            with KafkaServer(folder / "broker") as server:
                _attend(door, selector, json.dumps(asdict(server.addresses)).encode() + b"\n")
    except BaseException as error:
        _failure(folder).write_text(str(error))
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _attend(door: socket.socket, selector: selectors.BaseSelector, told: bytes) -> None:
    selector.register(door, selectors.EVENT_READ)
    while True:
        ready = selector.select(LINGER_S)
        if not ready and len(selector.get_map()) == 1:
            return
        for key, _ in ready:
            if key.fileobj is door:
                visitor, _ = door.accept()
                visitor.sendall(told)
                selector.register(visitor, selectors.EVENT_READ)
            else:  # nobody says anything: it has gone
                selector.unregister(key.fileobj)
                key.fileobj.close()  # type: ignore[union-attr]  # it is a socket


@contextmanager
def kafka_of_the_run() -> Iterator[Addresses]:
    """The broker that APPC_TEST_KAFKA names, for what needs no TLS and no SASL; else that of the run."""
    given = os.environ.get("APPC_TEST_KAFKA")
    if given:
        yield Addresses(given)
        return
    with own_kafka_of_the_run() as addresses:
        yield addresses


@contextmanager
def own_kafka_of_the_run() -> Iterator[Addresses]:
    """The broker of the run, with all its listeners."""
    with fails_or_skips():
        shared = SharedKafka()
    yield shared.addresses
    shared.close()


@contextmanager
def fails_or_skips() -> Iterator[None]:
    """Where there is no Kafka: fail under CI, skip on a laptop."""
    try:
        yield
    except NoKafka as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error))
        pytest.skip(str(error))


if __name__ == "__main__":
    _keep(Path(sys.argv[1]))
