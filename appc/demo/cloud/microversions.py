"""Which of Nova's microversions a call asks for, and what the answer says about it.

Source: Nova, `nova/api/openstack/wsgi.py`. A microversion is its minor number: 96 is 2.96.
"""

import re
from functools import cache

from starlette.datastructures import Headers

from appc.demo.cloud.faults import Fault

LOWEST, HIGHEST = 1, 96
_FORM = re.compile(r"2\.(0|[1-9]\d*)")


def asked(headers: Headers) -> int:
    """The minor number of the microversion; 1 where none is asked for.

    Raises: Fault 400 for no version at all, 406 for one that this cloud does not have.
    """
    text = _of_compute(headers.get("openstack-api-version")) or headers.get("x-openstack-nova-api-version")
    if text is None:
        return LOWEST
    if text == "latest":
        return HIGHEST
    if not re.fullmatch(r"\d+\.\d+", text):
        raise Fault(400, f"API Version String {text} is of invalid format. Must be of format MajorNum.MinorNum.")
    found = _FORM.fullmatch(text)
    if found is None or not LOWEST <= int(found[1]) <= HIGHEST:
        message = f"Version {text} is not supported by the API. Minimum is 2.{LOWEST} and maximum is 2.{HIGHEST}."
        raise Fault(406, message)
    return int(found[1])


@cache
def answered(minor: int) -> tuple[tuple[bytes, bytes], ...]:
    """The headers that tell the caller which microversion was used."""
    version = f"2.{minor}".encode()
    return (
        (b"openstack-api-version", b"compute " + version),
        (b"x-openstack-nova-api-version", version),
        (b"vary", b"OpenStack-API-Version, X-OpenStack-Nova-API-Version"),
    )


def _of_compute(header: str | None) -> str | None:
    # One header may name versions for several services: `compute 2.96, volume 3.0`.
    for part in (header or "").split(","):
        service, _, version = part.strip().partition(" ")
        if service == "compute" and version:
            return version.strip()
    return None
