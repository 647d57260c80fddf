"""Jobs on clouds that die at a named call."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from appc.lcm.errors import Aborted
from appc.workflows.cloud_job import CloudJob
from tests.fakes.clock import FakeClock
from tests.fakes.faulty_cloud import FaultyCloud, then
from tests.fakes.memory_documents import MemoryDocuments
from tests.fakes.run import FakeRun


@contextmanager
def dying_after(job: CloudJob, faulty: FaultyCloud, method: str, path: str) -> Iterator[CloudJob]:
    """The job, whose controller dies inside as soon as the cloud was told this: nothing is written any more."""
    documents, run = job.documents, FakeRun(FakeClock())
    assert isinstance(documents, MemoryDocuments)

    def die() -> None:
        documents.down = True
        run.cancel()

    faulty.spoil(method, path, then(die))
    with pytest.raises(Aborted):
        yield replace(job, run=run)
    assert documents.down
    documents.down = False
