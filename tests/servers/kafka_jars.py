"""Apache Kafka's jars, brought by Maven into a cache folder, once for all test runs of this user."""

import fcntl
import os
import re
import shutil
import subprocess
from pathlib import Path

POM = Path(__file__).parents[2] / "compose" / "local" / "kafka" / "pom.xml"

#: What Kafka needs at least.
JAVA = 17

#: How to get what is missing.
CURE = "on Debian and Ubuntu: apt-get install default-jre-headless maven; or name a broker: APPC_TEST_KAFKA=host:port"


class NoKafka(Exception):
    """There is no Kafka to be had here; the text says how to get one."""


def class_path() -> str:
    """Java's class path. Raises: NoKafka."""
    _check_java()
    return f"{_folder()}/*"


def _check_java() -> None:
    if not shutil.which("java"):
        raise NoKafka(f"Java is not installed; {CURE}")
    said = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    if not found or int(found[1]) < JAVA:
        raise NoKafka(f"Java {JAVA} is needed, here is {said.splitlines()[:1]}; {CURE}")


def _folder() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "appc"
    version = re.findall(r"<version>([\d.]+)</version>", POM.read_text())[1]
    folder = cache / f"kafka-{version}"
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with (cache / "kafka.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.exists():
                _fetch(folder)
    return folder


def _fetch(folder: Path) -> None:
    if not shutil.which("mvn"):
        raise NoKafka(f"Maven is not installed; {CURE}")
    part = folder.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    copy = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={part}"]
    done = subprocess.run(["mvn", "-q", "-B", "-f", str(POM), *copy], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoKafka(f"Maven could not bring Kafka's jars: {done.stdout[-500:]}; {CURE}")
    part.rename(folder)
