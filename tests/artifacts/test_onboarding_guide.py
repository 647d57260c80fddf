"""docs/onboarding.md, from nothing to a HealthCheck: its files are written and its commands run as they stand."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

GUIDE = Path(__file__).parents[2] / "docs" / "onboarding.md"
_BLOCK = re.compile(r"^```(\w+)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)

#: How long the commands may take on a machine that is busy with other tests, in seconds; alone they take ten.
_PATIENCE_S = 300


@pytest.mark.timeout(_PATIENCE_S + 20)
def test_the_guide_leads_to_a_working_health_check(tmp_path: Path) -> None:
    """In the order in which they stand; only the path of the file that is checked is made the test's own."""
    first_part = GUIDE.read_text(encoding="utf-8").split("\n## The manifest\n")[0]
    service = str(tmp_path / "vdemo.service")
    script = ["set -e", "trap 'kill %1; wait' EXIT"]
    for language, title, content in _BLOCK.findall(first_part.replace("/tmp/vdemo.service", service)):
        if title:
            path = tmp_path / title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        elif language == "sh":
            script.append(content)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("APPC_")}
    environ |= {"PATH": f"{Path(sys.executable).parent}:{environ['PATH']}", "APPC_HTTP_PORT": "0", "COLUMNS": "200"}
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)],
        cwd=tmp_path,
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    finals = re.findall(r"400 SUCCESS.*\n\s+payload: (.*)", done.stdout)
    assert ['"unhealthy"' in payload for payload in finals] == [True, False], done.stdout + done.stderr
    assert ['"healthy"' in payload for payload in finals] == [False, True]
    assert service in finals[0]
