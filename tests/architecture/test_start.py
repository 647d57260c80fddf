"""What a start does not wait for: libraries that only some controllers need, and those only later."""

import os
import subprocess
import sys

#: Clouds, devices, playbooks, an A&AI, Kafka and Redis: each of them takes a tenth of a second or more.
LATER = ("ansible", "ansible_runner", "httpx", "kafka", "keystoneauth1", "ncclient", "openstack", "paramiko", "redis")


def test_a_controller_starts_without_the_libraries_of_what_it_does_not_use() -> None:
    """They are imported where they are used first."""
    program = f"import sys, appc.bootstrap.application; print([name for name in {LATER!r} if name in sys.modules])"
    environ = {**os.environ, "PYTHONPATH": os.getcwd()}
    done = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
