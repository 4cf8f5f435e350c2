"""The unit for hosts without containers: systemd takes it, and it fits what the service does."""

import os
import re
import sys
from pathlib import Path

from programs import DEPLOY, ROOT, program, run

from app.settings import Settings, read_settings
from model.machine.command import ExitCode

UNIT = (DEPLOY / "systemd/zitag.service").read_text(encoding="utf-8")


def values(name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", UNIT, re.MULTILINE)


def test_systemd_finds_nothing_wrong_with_it(tmp_path: Path) -> None:
    """It looks for the programs, too: this Python stands for the one that zitag would be installed in."""
    (tmp_path / "zitag.service").write_text(UNIT.replace("/opt/zitag/bin/zitag", sys.executable))
    verify = (program("systemd-analyze", "apt-get install systemd"), "verify", "--recursive-errors=no")
    done = run(*verify, str(tmp_path / "zitag.service"), env={**os.environ, "SYSTEMD_LOG_LEVEL": "warning"})
    assert (done.returncode, done.stderr) == (0, "")


def test_it_leaves_the_service_time_to_stop_and_files_to_open() -> None:
    settings = Settings()
    assert int(values("TimeoutStopSec")[0]) >= settings.drain_s + 10
    assert int(values("LimitNOFILE")[0]) > settings.max_connections + 100


def test_it_does_not_start_again_what_would_end_so_again() -> None:
    assert values("RestartPreventExitStatus") == [str(int(ExitCode.MENDABLE))]
    assert values("Restart") == ["on-failure"]


def test_its_settings_are_settings() -> None:
    lines = " ".join(re.findall(r"^#?Environment=(.*)$", UNIT, re.MULTILINE)).split()
    given = dict(line.split("=", 1) for line in lines)
    own = {name: value for name, value in given.items() if name.startswith("ZITAG_")}
    assert set(own) == {"ZITAG_BUNDLE", "ZITAG_API_KEYS_FILE"}
    assert str(read_settings({"ZITAG_BUNDLE": own["ZITAG_BUNDLE"]}).bundle) == own["ZITAG_BUNDLE"]


def test_the_folders_that_are_documented_are_those_of_the_unit() -> None:
    text = (
        (ROOT / "docs/operations.md")
        .read_text(encoding="utf-8")
        .partition("## systemd")[2]
        .partition("\n## ")[0]
    )
    for path in ("/opt/zitag", "/srv/zitag/bundles", "/etc/zitag/zitag.env", "/etc/zitag/keys"):
        assert path in text, path
        assert path in UNIT, path
