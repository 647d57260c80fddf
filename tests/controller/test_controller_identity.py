"""Who a controller is: an id in the state directory, held by a file lock while it lives."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from appc.stores.identity import ControllerIdentity

CHECKOUT = Path(__file__).parents[2]
PROGRAM = """
import sys
from pathlib import Path
from appc.stores.identity import ControllerIdentity
print(ControllerIdentity(Path(sys.argv[1])).controller_id, flush=True)
sys.stdin.read()
"""


@contextmanager
def process(state_dir: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Another process that has taken an id, and the id."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(state_dir)],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout
        try:
            yield running, running.stdout.readline().strip()
        finally:
            running.kill()


def test_two_at_once_have_different_ids(tmp_path: Path) -> None:
    """In one process or in two."""
    with ControllerIdentity(tmp_path) as first, ControllerIdentity(tmp_path) as second, process(tmp_path) as (_, third):
        assert len({first.controller_id, second.controller_id, third}) == 3


def test_one_that_is_started_again_has_its_id_again(tmp_path: Path) -> None:
    """So its former life is known to be over."""
    with ControllerIdentity(tmp_path) as before:
        pass
    with ControllerIdentity(tmp_path) as after:
        assert after.controller_id == before.controller_id


def test_the_kernel_gives_it_back_when_its_process_is_killed(tmp_path: Path) -> None:
    """kill -9: nobody had time to."""
    with process(tmp_path) as (running, its_id):
        assert its_id
        with ControllerIdentity(tmp_path) as another:
            assert another.controller_id != its_id
        running.kill()
        running.wait(20)
        with ControllerIdentity(tmp_path) as after:
            assert after.controller_id == its_id


def test_the_first_free_one_is_taken(tmp_path: Path) -> None:
    """Of several that were in use once: their leases are over as soon as somebody takes their place."""
    first, second = ControllerIdentity(tmp_path), ControllerIdentity(tmp_path)
    first.close()
    with ControllerIdentity(tmp_path) as third:
        assert third.controller_id == first.controller_id
    second.close()


def test_one_that_died_before_it_had_written_its_id_is_no_matter(tmp_path: Path) -> None:
    """Whoever finds the empty file writes its own."""
    with ControllerIdentity(tmp_path) as before:
        pass
    (file,) = (tmp_path / "controllers").iterdir()
    file.write_text("")
    with ControllerIdentity(tmp_path) as after:
        assert after.controller_id not in ("", before.controller_id)
        assert file.read_text() == after.controller_id


def test_ids_of_different_state_directories_differ(tmp_path: Path) -> None:
    """Those who share a store over the network must not take each other for themselves."""
    with ControllerIdentity(tmp_path / "a") as first, ControllerIdentity(tmp_path / "b") as second:
        assert first.controller_id != second.controller_id


def test_only_its_owner_may_look(tmp_path: Path) -> None:
    """Contract section 2, STATE_DIR."""
    with ControllerIdentity(tmp_path):
        folder = tmp_path / "controllers"
        assert folder.stat().st_mode & 0o777 == 0o700
        assert [file.stat().st_mode & 0o777 for file in folder.iterdir()] == [0o600]
