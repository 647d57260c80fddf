"""The 19 self-service actions of contract section 6, a row each: what is asked, and what comes of it."""

import json
from dataclasses import dataclass, field
from typing import Any

VERSIONS = {"existing-software-version": "3.1", "new-software-version": "3.2"}
DESTINATIONS = json.dumps({"destinations": [{"nf-name": "vfw-2", "weight": 100}]})
TRAFFIC = {"configuration-parameters": {"file_parameter_content": DESTINATIONS}}
CONFIGURE = {"configuration-parameters": {"hostname": "vfw-9"}}


@dataclass(frozen=True)
class Row:
    """One action. `before`: what is asked first, with the same payloads as in its own row.

    `without`: the payload in which a parameter is missing, and `says`: the answer to it.
    """

    action: str
    payload: dict[str, Any] = field(default_factory=dict)
    before: tuple[str, ...] = ()
    result: dict[str, Any] = field(default_factory=dict)
    without: dict[str, Any] | None = None
    says: str = "301 INVALID INPUT PARAMETER - parameter book_name"


def missing(name: str) -> str:
    """The answer where a key that the contract requires is absent."""
    return f"302 MISSING MANDATORY PARAMETER - Parameter {name} is missing"


def upgrade(action: str, *before: str, **result: str) -> Row:
    """A row of the upgrade; a version that is missing is noticed before any template is looked at."""
    without = {"existing-software-version": "3.1"}
    return Row(action, VERSIONS, before, result, without, missing("new-software-version"))


ROWS = (
    Row("Audit", {"publish-config": "N"}, ("Configure",), without={"a": 1}, says=missing("publish-config")),
    Row("Sync", {"publish-config": "N"}, ("Configure",), without={"a": 1}, says=missing("publish-config")),
    Row("Configure", CONFIGURE),
    Row("ConfigModify", CONFIGURE),
    Row(
        "ConfigScaleOut",
        {"request-parameters": {"vf-module-id": "m-1"}},
        without={"request-parameters": {"a": 1}},
        says=missing("request-parameters.vf-module-id"),
    ),
    Row("ConfigBackup"),
    Row("ConfigRestore", before=("ConfigBackup",)),
    Row("HealthCheck", result={"state": "healthy", "info": "all is well", "fault": {}}),
    Row("StartApplication", before=("StopApplication",)),
    Row("StopApplication"),
    Row("QuiesceTraffic", {"operations-timeout": "60"}, without={"a": 1}, says=missing("operations-timeout")),
    Row("ResumeTraffic", before=("QuiesceTraffic",)),
    Row("DistributeTraffic", TRAFFIC),
    Row("DistributeTrafficCheck", TRAFFIC, before=("DistributeTraffic",)),
    upgrade("UpgradePreCheck", **{"upgrade-status": "Available"}),
    upgrade("UpgradePostCheck", "QuiesceTraffic", "UpgradeSoftware", **{"upgrade-status": "Completed"}),
    upgrade("UpgradeSoftware", "QuiesceTraffic"),
    upgrade("UpgradeBackup"),
    upgrade("UpgradeBackout", "UpgradeBackup"),
)
PAYLOADS = {row.action: row.payload for row in ROWS}
