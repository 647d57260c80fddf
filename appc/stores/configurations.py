"""The configuration store: port Configurations on Documents, so that every controller of a store sees the same."""

from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter

from appc.lcm.ports.configurations import StoredConfiguration
from appc.lcm.ports.store import Documents

_CONFIGURATION = TypeAdapter(StoredConfiguration)
#: Kinds of documents: a configuration by its id; by VNF which there are, and which of them are current.
_ONE, _OF_VNF = "configuration", "configurations-of-vnf"
#: Configurations of a VNF that are kept, the current ones always.
KEPT = 200


class StoredConfigurations:
    """See Configurations."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def keep(self, configuration: StoredConfiguration, current: bool) -> None:
        """See Configurations."""
        new, vnf_id = configuration.upload_config_id, configuration.vnf_id
        # first the configuration, then its place among the others: nobody finds an id without content
        self._documents.put(_ONE, new, _CONFIGURATION.dump_python(configuration, mode="json"))
        while True:
            index, version = self._index(vnf_id)
            now_current = index["current"] | ({configuration.vnfc_type or "": new} if current else {})
            ids = [new, *index["ids"]]
            kept = [id for id in ids if id in ids[:KEPT] or id in now_current.values()]
            if self._documents.put(_OF_VNF, vnf_id, {"ids": kept, "current": now_current}, version) is not None:
                break
        for id in set(ids) - set(kept):
            self._documents.delete(_ONE, id)

    def current(self, vnf_id: str) -> Sequence[StoredConfiguration]:
        """See Configurations."""
        return self._found(self._index(vnf_id)[0]["current"].values())

    def history(self, vnf_id: str) -> Sequence[StoredConfiguration]:
        """See Configurations."""
        return self._found(self._index(vnf_id)[0]["ids"])

    def find(self, upload_config_id: str) -> StoredConfiguration | None:
        """See Configurations."""
        found = self._documents.get(_ONE, upload_config_id)
        return _CONFIGURATION.validate_python(found[0], strict=False) if found else None

    def _found(self, ids: Sequence[str]) -> Sequence[StoredConfiguration]:
        return [each for each in map(self.find, ids) if each]

    def _index(self, vnf_id: str) -> tuple[dict[str, Any], int]:
        return self._documents.get(_OF_VNF, vnf_id) or ({"ids": [], "current": {}}, 0)
