"""Domain values as JSON text, for every store."""

import threading
from collections import OrderedDict

from pydantic import TypeAdapter

from appc.lcm.record import RequestRecord
from appc.lcm.vnf import VnfState

_RECORD = TypeAdapter(RequestRecord)
_VNF = TypeAdapter(VnfState)


class _Recent:
    """States by their text. What is read was mostly written by this very process a moment ago: it is not parsed again.

    States are immutable, and a text always means the same: this changes nothing but the time that it takes.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._states: OrderedDict[str, VnfState] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, text: str) -> VnfState | None:
        with self._lock:
            return self._states.get(text)

    def put(self, text: str, vnf: VnfState) -> None:
        with self._lock:
            self._states[text] = vnf
            if len(self._states) > self._size:
                self._states.popitem(last=False)


_RECENT = _Recent(500)


def record_to_json(record: RequestRecord) -> str:
    """A record as it is kept."""
    return _RECORD.dump_json(record, exclude_defaults=True).decode()


def record_from_json(text: str) -> RequestRecord:
    """The record that was kept."""
    return _RECORD.validate_json(text)


def vnf_to_json(vnf: VnfState) -> str:
    """A VNF's state as it is kept."""
    text = _VNF.dump_json(vnf, exclude_defaults=True).decode()
    _RECENT.put(text, vnf)
    return text


def vnf_from_json(text: str) -> VnfState:
    """The VNF's state that was kept."""
    vnf = _RECENT.get(text)
    if vnf is None:
        vnf = _VNF.validate_json(text)
        _RECENT.put(text, vnf)
    return vnf
