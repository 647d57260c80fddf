"""One look-up: a VNF and all that A&AI relates to it."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from appc.lcm.ports.clock import Clock
from appc.lcm.ports.failures import InventoryUnavailable
from appc.lcm.ports.inventory import VfModule, Vnf
from appc.stores.aai.client import AaiClient
from appc.stores.aai.objects import GenericVnf, Relationship, VfModuleObject, VnfcObject, Vserver, address

#: What a look-up may take, all objects of the VNF together, in seconds: the bus is not read meanwhile.
_LIMIT_S = 15.0

M = TypeVar("M", bound=BaseModel)
#: The name of a model, by its invariant and its version; None if there is none.
ModelName = Callable[[str, str], str | None]


class LookUp:
    """For one use. Everything that it asks for raises InventoryUnavailable if A&AI cannot be asked."""

    def __init__(self, client: AaiClient, clock: Clock, model_name: ModelName) -> None:
        self._client = client
        self._clock = clock
        self._model_name = model_name
        self._until = clock.monotonic() + _LIMIT_S

    def vnf(self, vnf_id: str) -> Vnf | None:
        """The VNF; None if A&AI has none of this id."""
        found = generic_vnf(self._client, vnf_id)
        if found is None:
            return None
        return Vnf(
            found.vnf_id,
            found.vnf_type,
            found.state,
            tuple(vserver.vm(link) for link, vserver in self._related(found, "vserver", Vserver)),
            tuple(vnfc.vnfc() for _, vnfc in self._related(found, "vnfc", VnfcObject)),
            tuple(self._module(each) for each in found.vf_modules),
            found.vnf_name,
            address(found.ipv4_oam_address),
        )

    def _related(self, found: GenericVnf, kind: str, model: type[M]) -> Iterator[tuple[Relationship, M]]:
        """The objects of a kind that the VNF is related to; one that is gone meanwhile is passed over."""
        for link in found.related(kind):
            if self._clock.monotonic() > self._until:
                raise InventoryUnavailable(f"A&AI takes more than {_LIMIT_S:g} s for VNF {found.vnf_id}")
            content = self._client.get(link.related_link)
            if content is not None:
                yield link, understood(content, model)

    def _module(self, module: VfModuleObject) -> VfModule:
        invariant, version = module.model_invariant_id, module.model_version_id
        return module.module(self._model_name(invariant, version) if invariant and version else None)


def generic_vnf(client: AaiClient, vnf_id: str) -> GenericVnf | None:
    """The generic-vnf of this id, or None. Raises: InventoryUnavailable."""
    content = client.get(client.path("network", "generic-vnfs", "generic-vnf", vnf_id))
    return None if content is None else understood(content, GenericVnf)


def understood(content: dict[str, Any], model: type[M]) -> M:
    """An object as it is read. Raises: InventoryUnavailable if it is another one than A&AI's schema has."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, fault["loc"]))
        raise InventoryUnavailable(f"A&AI's answer is not understood: {where}: {fault['msg']}") from None
