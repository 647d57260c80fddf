"""Every command and message in the README and in docs/ does what the page says it does."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.docs_site.pages import LANGUAGES, Block, blocks_of
from tests.docs_site.reader import CHECKOUT, CONTROLLER, KAFKA, Reader
from tests.e2e.conftest import commands
from tests.pairs import Brokers

PAGES = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").rglob("*.md"))]
#: What is run needs a controller, unless the page starts one.
RUN = ("sh", "python")


@pytest.fixture(scope="session")
def controller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a controller with the demonstration's cloud and inventory."""
    folder = tmp_path_factory.mktemp("controller")
    with commands(folder) as start:
        start("demo-cloud", "--delay-s", "0.2")
        inventory = str(CHECKOUT / "appc" / "demo" / "inventory.yaml")
        served = start("serve", clouds_file="var/demo-clouds.yaml", inventory_file=inventory)
        yield served.url.removeprefix("http://")


@pytest.fixture(scope="session")
def kafka() -> Iterator[Brokers]:
    """The Kafka of the run, started when the first page needs it."""
    with closing(Brokers()) as brokers:
        yield brokers


@pytest.mark.timeout(300)  # a page may start several programs
@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_a_reader_can_do_what_a_page_says(
    page: Path, request: pytest.FixtureRequest, kafka: Brokers, tmp_path: Path
) -> None:
    """Block by block, from the top; what is not run has a reason in the page's source."""
    blocks = blocks_of(page)
    strange = [(block.line, block.language) for block in blocks if block.language not in LANGUAGES]
    assert strange == [], f"blocks are of a language in {sorted(LANGUAGES)}"
    with Reader(tmp_path, addresses(blocks, request, kafka)) as reader:
        for block in blocks:
            try:
                reader.follow(block)
            except Exception as error:
                raise AssertionError(f"{page.name}:{block.line}: {error}") from error


def addresses(blocks: list[Block], request: pytest.FixtureRequest, kafka: Brokers) -> dict[str, str]:
    """The addresses of what the page needs and does not start itself."""
    run = [block for block in blocks if block.language in RUN and block.word != "not run"]
    found = {}
    if any(KAFKA in block.text for block in run):
        found[KAFKA] = kafka.servers()
    if run and not any(block.word == "background" for block in run):
        found[CONTROLLER] = request.getfixturevalue("controller")
    return found
