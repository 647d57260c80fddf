"""The judge: it reads only the topics and the cloud's effect log, and knows contract section 7."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.crash.topics import Topics, code_of, is_final


def effects(file: Path) -> list[dict[str, Any]]:
    """What really happened in the cloud, in order."""
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


@dataclass(frozen=True)
class Verdict:
    """What the judge found; every list must be empty. `codes` counts the final answers by code."""

    unanswered: list[str]
    several_finals: list[str]
    several_hundreds: list[str]
    final_before_100: list[str]
    final_without_100: list[str]
    effect_twice: list[str]
    effect_without_100: list[str]
    codes: Counter[int]

    @property
    def broken(self) -> dict[str, list[str]]:
        """The promises that were not kept, and to which requests."""
        return {name: found for name, found in vars(self).items() if found and name != "codes"}


def judge(topics: Topics, effect_log: Path) -> Verdict:
    """Hold answers and effects against contract section 7. Repetitions, byte for byte, are allowed."""
    found = topics.deliveries()
    by_id = {each.key.openstack_request_id: each.reply_to.correlation_id for each in topics.sent}
    distinct = {cid: list(dict.fromkeys(each.value for each in found[cid])) for cid in by_id.values()}
    codes = {cid: [code_of(answer) for answer in answers] for cid, answers in distinct.items()}
    finals = {cid: [code_of(answer) for answer in answers if is_final(answer)] for cid, answers in distinct.items()}
    times = Counter((effect["request"], effect["operation"]) for effect in effects(effect_log))
    accepted = {cid for cid, mine in codes.items() if 100 in mine}
    return Verdict(
        unanswered=[cid for cid, mine in finals.items() if not mine],
        several_finals=[cid for cid, mine in finals.items() if len(mine) > 1],
        several_hundreds=[cid for cid, mine in codes.items() if mine.count(100) > 1],
        final_before_100=[cid for cid in accepted if codes[cid][0] != 100],
        final_without_100=[cid for cid, mine in finals.items() if cid not in accepted and max(mine, default=0) > 400],
        effect_twice=[f"{operation} of {by_id.get(id)}" for (id, operation), count in times.items() if count > 1],
        effect_without_100=[str(id) for id, _ in times if by_id.get(id) not in accepted],
        codes=Counter(code for mine in finals.values() for code in mine),
    )
