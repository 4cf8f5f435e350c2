"""The unit for hosts without containers: systemd takes it, and it fits what the service does."""

import re
import sys
from pathlib import Path

import pytest
from programs import DEPLOY, ROOT, program, run

from app.settings import Settings, read_settings
from model.machine.command import ExitCode

UNIT = (DEPLOY / "systemd/zitag.service").read_text(encoding="utf-8")


def values(name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", UNIT, re.MULTILINE)


@pytest.mark.parametrize(
    ("line", "said"),
    [("", []), ("Restart=often", ["Failed to parse service restart"]), ("Colour=red", ["Unknown key"])],
)
def test_systemd_finds_nothing_wrong_with_it(tmp_path: Path, line: str, said: list[str]) -> None:
    """It looks for the programs, too: this Python stands for the one that zitag would be installed in."""
    unit = UNIT.replace("/opt/zitag/bin/zitag", sys.executable).replace("[Service]", f"[Service]\n{line}")
    (tmp_path / "zitag.service").write_text(unit, encoding="utf-8")
    done = run(
        program("systemd-analyze", "apt-get install systemd"), "verify", str(tmp_path / "zitag.service")
    )
    # Of other units of this machine it may speak as well.
    found = [told for told in done.stderr.splitlines() if "zitag.service" in told]
    assert [wanted for wanted in said if not any(wanted in told for told in found)] == []
    assert bool(found) == bool(said), found


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
