"""The REST executor: carries self-service actions out on services of the VNFs themselves."""

from typing import TYPE_CHECKING, Any

from appc.lcm import strict_json
from appc.lcm.artifact import Artifact, TemplateFormat
from appc.lcm.device_address import REST_HOST, device_address
from appc.lcm.device_settings import RestSettings
from appc.lcm.errors import DgFailure
from appc.lcm.ports.credentials import Credentials
from appc.lcm.ports.device import Configuration, DeviceJob, DeviceResult
from appc.lcm.ports.execution import Run

if TYPE_CHECKING:
    from appc.southbound.rest.service import Answer

#: For these the answer is the running configuration.
_READS = frozenset({"Audit", "ConfigBackup", "Sync"})


class RestExecutor:
    """Port DeviceExecutor; the template is the request's body, the answer becomes the payload."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def find_parts(self, artifact: Artifact) -> None:
        """See DeviceExecutor."""
        RestSettings.of(artifact).find_files(self._credentials)

    def examine(self, job: DeviceJob) -> None:
        """See DeviceExecutor."""
        device_address(job, REST_HOST)

    def carry_out(self, job: DeviceJob, run: Run) -> DeviceResult:
        """See DeviceExecutor."""
        # Imported here because the HTTP client takes a tenth of a second, and many controllers need none.
        from appc.southbound.rest.service import Service

        settings = RestSettings.of(job.artifact)
        address = device_address(job, REST_HOST)
        service = Service(address, settings, self._credentials, run)
        answer = service.ask(settings.method, settings.path, job.content, job.artifact.format)
        if job.task.request.action in _READS:
            return DeviceResult(configuration=Configuration(answer.content, answer.format))
        payload = _payload(answer)
        if settings.read_path is None:
            return DeviceResult(payload)
        try:
            read = service.ask("GET", settings.read_path)
        except DgFailure as failure:
            return DeviceResult(payload, configuration_problem=failure.detail)
        return DeviceResult(payload, configuration=Configuration(read.content, read.format))


def _payload(answer: "Answer") -> dict[str, Any] | None:
    """A JSON object is the payload, anything else its `output`. Raises: DgFailure (401) if it is no JSON after all."""
    if not answer.content.strip():
        return None
    if answer.format is not TemplateFormat.JSON:
        return {"output": answer.content}
    try:
        value = strict_json.parse(answer.content)
    except ValueError as error:
        raise DgFailure(f"the service's answer is no JSON: {error}") from None
    return value if isinstance(value, dict) else {"output": value}
