"""The second act of the demo: health, upgrade and traffic of the VNF's software, by playbooks on this machine."""

import json

from appc.demo.acts import DONE, Act, Ask

#: The upgrade's versions, by the names that the guide gives them.
_VERSIONS = json.dumps({"existing-software-version": "3.1", "new-software-version": "3.2"})
_DESTINATIONS = json.dumps({"destinations": [{"nf-name": "vfw-2", "weight": 70}, {"nf-name": "vfw-1", "weight": 30}]})
_TRAFFIC = json.dumps({"configuration-parameters": {"file_parameter_content": _DESTINATIONS}})
_QUIESCE = json.dumps({"operations-timeout": 30})

_NOT_QUIESCED = (100, 401)


def _act(title: str, *asks: Ask) -> Act:
    return Act(title, asks)


def _upgrade(what: str, action: str, shows: str = "", codes: tuple[int, ...] = DONE) -> Ask:
    return Ask(what, action, codes, payload=_VERSIONS, shows=shows)


UPGRADE_ACTS = (
    _act("How is the firewall?", Ask("HealthCheck", "HealthCheck", DONE, shows='"healthy"')),
    _act("Its software is to be upgraded", _upgrade("UpgradePreCheck of 3.1 to 3.2", "UpgradePreCheck", '"Available"')),
    _act("All its data is kept", _upgrade("UpgradeBackup", "UpgradeBackup")),
    _act(
        "Nothing is upgraded under traffic: the playbook says why",
        _upgrade("UpgradeSoftware", "UpgradeSoftware", "quiesce it first", _NOT_QUIESCED),
    ),
    _act("so traffic is quiesced", Ask("QuiesceTraffic", "QuiesceTraffic", DONE, payload=_QUIESCE)),
    _act(
        "A check that finds a fault has succeeded, too",
        Ask("HealthCheck", "HealthCheck", DONE, shows='"unhealthy"'),
    ),
    _act("The upgrade", _upgrade("UpgradeSoftware", "UpgradeSoftware")),
    _act("is done once, however often it is asked for", _upgrade("UpgradeSoftware again", "UpgradeSoftware")),
    _act("The new version runs", _upgrade("UpgradePostCheck", "UpgradePostCheck", '"Completed"')),
    _act("and cannot be upgraded from 3.1 again", _upgrade("UpgradePreCheck", "UpgradePreCheck", '"Not Available"')),
    _act("Traffic is resumed", Ask("ResumeTraffic", "ResumeTraffic", DONE)),
    _act("and distributed", Ask("DistributeTraffic to two destinations", "DistributeTraffic", DONE, payload=_TRAFFIC)),
    _act("as a check confirms", Ask("DistributeTrafficCheck", "DistributeTrafficCheck", DONE, payload=_TRAFFIC)),
    _act("The upgrade is taken back", _upgrade("UpgradeBackout", "UpgradeBackout")),
    _act("as a check finds", _upgrade("UpgradePostCheck", "UpgradePostCheck", '"Failed"')),
)
