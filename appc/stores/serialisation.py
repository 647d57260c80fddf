"""Domain values as JSON text, for every store."""

from pydantic import TypeAdapter

from appc.lcm.record import RequestRecord
from appc.lcm.vnf import VnfState

_RECORD = TypeAdapter(RequestRecord)
_VNF = TypeAdapter(VnfState)


def record_to_json(record: RequestRecord) -> str:
    """A record as it is kept."""
    return _RECORD.dump_json(record, exclude_defaults=True).decode()


def record_from_json(text: str) -> RequestRecord:
    """The record that was kept."""
    return _RECORD.validate_json(text)


def vnf_to_json(vnf: VnfState) -> str:
    """A VNF's state as it is kept."""
    return _VNF.dump_json(vnf, exclude_defaults=True).decode()


def vnf_from_json(text: str) -> VnfState:
    """The VNF's state that was kept."""
    return _VNF.validate_json(text)
