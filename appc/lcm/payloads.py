"""The payload families: one pydantic model each (contract section 6).

Required keys may stand at the top level or inside `configuration-parameters`, with `-` or `_`.
Unknown keys are left alone: templates use them.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from appc.lcm import strict_json
from appc.lcm.errors import InvalidInputParameter, MissingMandatoryParameter, RequestParsingFailed
from appc.lcm.vm_id import VmId

REQUEST_PARAMETERS, CONFIGURATION_PARAMETERS = "request-parameters", "configuration-parameters"


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _boolean_word(value: object) -> object:
    return {"true": True, "false": False}.get(value.lower(), value) if isinstance(value, str) else value


def _whole_seconds(value: object) -> object:
    digits = isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value)
    whole = isinstance(value, float) and value.is_integer()
    return int(value) if digits or whole else value  # type: ignore[call-overload]  # both are what int takes


def _version(value: object) -> object:
    # vFWDT sends versions as numbers (facts 9.6).
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Text = Annotated[str, StringConstraints(min_length=1)]
Url = Annotated[str, StringConstraints(min_length=1, max_length=2048)]
Version = Annotated[str, StringConstraints(min_length=1), BeforeValidator(_version)]


class Payload(BaseModel):
    """What every family shares: members by their names on the wire, unknown ones kept aside."""

    model_config = ConfigDict(alias_generator=_dashed, extra="ignore", frozen=True, strict=True)

    @model_validator(mode="before")
    @classmethod
    def _from_both_places(cls, members: object) -> dict[str, Any]:
        if not isinstance(members, Mapping):
            raise ValueError("no object")
        both = [*configuration_parameters(members).items(), *members.items()]
        # null and "" are absent, so that a required key is missed (302) and an optional one is not set
        return {_dashed(name): value for name, value in both if value is not None and value != ""}

    @property
    def limit_s(self) -> int | None:
        """How many seconds the request gives the action; None: it does not say."""
        return None

    @classmethod
    def parse(cls, text: str | None) -> Self:
        """Read the payload member, check 4 of contract section 4.

        Raises: RequestParsingFailed (303), MissingMandatoryParameter (302), InvalidInputParameter (301).
        """
        try:
            return cls.model_validate(payload_members(text))
        except ValidationError as error:
            problems = error.errors(include_url=False)
            missing = [problem for problem in problems if problem["type"] == "missing"]
            if missing:
                raise MissingMandatoryParameter(".".join(map(str, missing[0]["loc"])), "in payload") from None
            where = ".".join(("payload", *map(str, problems[0]["loc"])))
            raise InvalidInputParameter(f"{where}: {problems[0]['msg']}") from None


def payload_members(text: str | None) -> dict[str, Any]:
    """The JSON object that the payload holds; an absent payload is an empty object.

    Raises: RequestParsingFailed (303).
    """
    if text is None:
        return {}
    try:
        return strict_json.parse_object(text)
    except ValueError as error:
        raise RequestParsingFailed(f"payload is {error}") from None


def configuration_parameters(members: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the payload gives templates, with its own names; empty where it gives nothing."""
    return _block(members, CONFIGURATION_PARAMETERS)


def request_parameters(members: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the payload says of the request itself, names with dashes; empty where it says nothing."""
    return {_dashed(name): value for name, value in _block(members, REQUEST_PARAMETERS).items()}


def _block(members: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    inner = members.get(name, members.get(name.replace("-", "_")))
    return inner if isinstance(inner, Mapping) else {}


class NoPayload(Payload):
    """Lock, CheckLock: nothing is read."""


class ActionStatusPayload(Payload):
    """ActionStatus: which request is asked about."""

    request_id: Text
    sub_request_id: Text | None = None
    originator_id: Text | None = None


class UnlockPayload(Payload):
    """Unlock: the guide's request-id, which must be the header's."""

    request_id: Text | None = None


class VmPayload(Payload):
    """The VM actions: which VM, on which cloud, of which project."""

    vm_id: Url | None = None
    identity_url: Url | None = None
    tenant_id: Text | None = None

    @property
    def vm(self) -> VmId | None:
        """The VM that the payload names. Raises: InvalidInputParameter (301)."""
        return VmId.parse(self.vm_id) if self.vm_id else None


class RebootPayload(VmPayload):
    """Reboot: SOFT asks the guest, HARD is a power cycle."""

    type: Literal["SOFT", "HARD"] = "SOFT"


class RebuildPayload(VmPayload):
    """Rebuild: from this snapshot instead of the latest one."""

    snapshot_id: Text | None = None


class EvacuatePayload(VmPayload):
    """Evacuate: to which host, and whether a rebuild follows."""

    rebuild_vm: Annotated[bool, BeforeValidator(_boolean_word)] = True
    targethost_id: Text | None = None


class DetachVolumePayload(VmPayload):
    """DetachVolume; the guide spells `volumeId`."""

    volume_id: Text = Field(alias="volumeId")
    device: Text | None = None


class AttachVolumePayload(DetachVolumePayload):
    """AttachVolume: at which device."""

    device: Text


class PublishConfigPayload(Payload):
    """Audit, Sync."""

    publish_config: Annotated[Literal["Y", "N"], BeforeValidator(_upper)]


class ConfigurationPayload(Payload):
    """The self-service actions without required keys."""

    request_parameters: dict[str, Any] = {}
    configuration_parameters: dict[str, Any] = {}


class _ScaleOutParameters(Payload):
    vf_module_id: Text


class ConfigScaleOutPayload(Payload):
    """ConfigScaleOut: the module that was added."""

    request_parameters: _ScaleOutParameters
    configuration_parameters: dict[str, Any] = {}


class QuiesceTrafficPayload(ConfigurationPayload):
    """QuiesceTraffic: the time limit in whole seconds."""

    operations_timeout: Annotated[int, Field(gt=0), BeforeValidator(_whole_seconds)]

    @property
    def limit_s(self) -> int | None:
        """See Payload."""
        return self.operations_timeout


class UpgradePayload(ConfigurationPayload):
    """The upgrade actions."""

    existing_software_version: Version
    new_software_version: Version
