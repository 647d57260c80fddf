"""The configuration store on Documents: one current for each VNF and VNFC type, a limited history."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from appc.lcm.artifact import TemplateFormat
from appc.lcm.ports.configurations import StoredConfiguration
from appc.lcm.ports.failures import Unavailable
from appc.northbound.configuration_feed import ConfigurationTopic
from appc.stores import configurations
from appc.stores.configurations import StoredConfigurations
from appc.wire.schemas import installed_schemas
from tests.fakes.clock import START, FakeClock
from tests.fakes.memory_bus import MemoryBus
from tests.fakes.memory_documents import MemoryDocuments

ONE = StoredConfiguration(
    *("id-0", "vnf-1", "vFW", None, "Sync", "r", "o", START),
    '{"password": "p", "b": "é", "community": "hush"}',
    TemplateFormat.JSON,
    ("hush",),
)


@pytest.fixture
def documents() -> MemoryDocuments:
    """Where they are kept."""
    return MemoryDocuments(FakeClock())


def numbered(number: int) -> StoredConfiguration:
    """Another one."""
    return replace(ONE, upload_config_id=f"id-{number}", stored_at=START + timedelta(seconds=number))


def test_what_is_stored_comes_back(documents: MemoryDocuments) -> None:
    """By its id, in the history, and as the current one; for every controller of the store."""
    StoredConfigurations(documents).keep(ONE, current=True)
    other = StoredConfigurations(documents)
    assert (other.find("id-0"), list(other.history("vnf-1")), list(other.current("vnf-1"))) == (ONE, [ONE], [ONE])
    assert (other.find("id-1"), list(other.history("vnf-2")), list(other.current("vnf-2"))) == (None, [], [])


def test_a_configuration_of_an_older_controller_has_no_secrets_that_are_known(documents: MemoryDocuments) -> None:
    """Then names alone say what is not shown."""
    store = StoredConfigurations(documents)
    store.keep(ONE, current=True)
    members, _ = documents.get("configuration", "id-0") or ({}, 0)
    documents.put("configuration", "id-0", {name: value for name, value in members.items() if name != "secrets"})
    assert store.find("id-0") == replace(ONE, secrets=())


def test_of_the_history_a_limited_number_is_kept_and_the_current_ones_always(documents: MemoryDocuments) -> None:
    """The oldest go; their content goes too."""
    store = StoredConfigurations(documents)
    store.keep(ONE, current=True)
    for number in range(1, configurations.KEPT + 3):
        store.keep(numbered(number), current=False)
    ids = [each.upload_config_id for each in store.history("vnf-1")]
    assert (len(ids), ids[0], ids[-1]) == (configurations.KEPT + 1, f"id-{configurations.KEPT + 2}", "id-0")
    assert (store.find("id-1"), store.find("id-2"), store.find("id-3")) == (None, None, numbered(3))


def test_two_controllers_lose_nothing(documents: MemoryDocuments) -> None:
    """The place among the others is written if nobody else has written meanwhile, else again."""

    class Interrupting(MemoryDocuments):
        def get(self, kind: str, id: str) -> tuple[dict[str, object], int] | None:
            found = documents.get(kind, id)
            if kind == "configurations-of-vnf" and not interrupted:
                interrupted.append(True)
                StoredConfigurations(documents).keep(numbered(1), current=True)
            return found

        def put(self, kind: str, id: str, document: object, expected: int | None = None) -> int | None:
            return documents.put(kind, id, document, expected)  # type: ignore[arg-type]  # passed through

    interrupted: list[bool] = []
    StoredConfigurations(Interrupting(FakeClock())).keep(numbered(2), current=False)
    store = StoredConfigurations(documents)
    assert [each.upload_config_id for each in store.history("vnf-1")] == ["id-2", "id-1"]
    assert [each.upload_config_id for each in store.current("vnf-1")] == ["id-1"]


def test_a_store_that_is_away_says_so(documents: MemoryDocuments) -> None:
    """The caller makes a 501 of it."""
    documents.down = True
    with pytest.raises(Unavailable):
        StoredConfigurations(documents).keep(ONE, current=True)


def test_the_topic_gets_appc_s_members_without_secrets() -> None:
    """Facts 7.5; keyed by the VNF, so that its configurations keep their order."""
    bus = MemoryBus(FakeClock())
    ConfigurationTopic(bus, "topic").publish(ONE, current=True)
    ((key, value),) = bus.messages("topic")
    assert key == "vnf-1"
    assert installed_schemas().faults("configuration-message", json.loads(value)) == []
    assert json.loads(value) == {
        "UPLOAD_CONFIG_ID": "id-0",
        "REQUEST_ID": "r",
        "ORIGINATOR_ID": "o",
        "ACTION": "Sync",
        "UPLOAD_TIMESTAMP": round(START.timestamp() * 1000),
        "UPLOAD_DATE": f"{START:%Y-%m-%dT%H:%M:%SZ}",
        "VNF_ID": "vnf-1",
        "VNF_TYPE": "vFW",
        "VNFC_TYPE": "",
        "CONFIG_INDICATOR": "Current",
        "FORMAT": "json",
        "CONTENT": json.dumps({"password": "***", "b": "é", "community": "***"}),
    }
