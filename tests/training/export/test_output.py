"""Where a fit writes: what could not hold its bundle at the end is told before it begins."""

from pathlib import Path

import pytest

from training.export.output import check_output
from training.settings.config import ConfigError, FitConfig


@pytest.mark.parametrize(
    ("output", "runs", "message"),
    [
        ("b/" + "x" * 250, "runs", "--output: .*x: File name too long; choose another name"),
        ("b/x", "b", "--runs: .*b: expected a folder apart from --output, .*b/x, where the bundle shall be;"),
        ("b", "b/runs", "--runs: .*b/runs: expected a folder apart from --output"),
        ("link/x", "b", "--runs: .*b: expected a folder apart from --output"),
    ],
)
def test_a_place_where_no_bundle_can_be_saved_is_told_at_once(
    output: str, runs: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to("b")
    config = FitConfig(output=tmp_path / output, runs=tmp_path / runs, cache=tmp_path / "cache")
    with pytest.raises(ConfigError, match=message):
        check_output(config)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(("output", "runs"), [("b/" + "x" * 240, "runs"), ("b/x", "b/runs"), ("b/b", "b/c")])
def test_other_places_are_fine(output: str, runs: str, tmp_path: Path) -> None:
    check_output(FitConfig(output=tmp_path / output, runs=tmp_path / runs, cache=tmp_path / "cache"))
