"""What an artifact says of its devices: the members of its `device`, read by each protocol in its own way."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from appc.lcm.artifact import Artifact
from appc.lcm.errors import DgWorkflowNotFound

Name = Annotated[str, StringConstraints(min_length=1)]


class DeviceSettings(BaseModel):
    """The settings, by their names with dashes. Files are names in CREDENTIALS_DIR; times are in seconds."""

    model_config = ConfigDict(
        alias_generator=lambda name: name.replace("_", "-"), extra="forbid", frozen=True, hide_input_in_errors=True
    )

    @classmethod
    def of(cls, artifact: Artifact) -> Self:
        """Raises: DgWorkflowNotFound (307) that names the setting."""
        try:
            return cls.model_validate(dict(artifact.device))
        except ValidationError as error:
            fault = error.errors(include_url=False)[0]
            where = ".".join(("device", *map(str, fault["loc"])))
            raise DgWorkflowNotFound(f"the artifact's {where}: {fault['msg'].removeprefix('Value error, ')}") from None
