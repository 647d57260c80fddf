"""The fenced blocks of a page, and what the comment above each says about it.

<!-- not run: why -->     the block is only shown
<!-- background -->       it goes on running; the next block waits for its ready line
<!-- exit: 1 -->          it ends with this code instead of 0
<!-- file: NAME -->       it is written to this file in the page's folder
"""

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"(?P<indent> *)```(?P<language>\w*).*")
_DIRECTIVE = re.compile(r"\s*<!-- (?P<word>not run|background|exit|file)(?:: (?P<value>.+?))? -->\s*")

#: What a block may be: run, judged, written to a file, or only shown.
LANGUAGES = frozenset({"sh", "python", "json", "yaml", "xml", "toml", "ini", "text", "markdown", "jinja"})


@dataclass(frozen=True)
class Block:
    """One block: its language and text, the line it begins at, and its directive."""

    language: str
    text: str
    line: int
    word: str = ""
    value: str = ""


def blocks_of(page: Path) -> list[Block]:
    """All blocks, from the top of the page to its end."""
    lines = page.read_text().splitlines()
    found = []
    at = 0
    while at < len(lines):
        if fence := _FENCE.fullmatch(lines[at]):
            end = lines.index(f"{fence['indent']}```", at + 1)
            directive = _DIRECTIVE.fullmatch(lines[at - 1]) if at else None
            word, value = (directive["word"], directive["value"] or "") if directive else ("", "")
            text = textwrap.dedent("\n".join(lines[at + 1 : end])) + "\n"
            found.append(Block(fence["language"], text, at + 1, word, value))
            at = end
        at += 1
    return found
