"""What the tests of bundles share."""

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def folder(tiny_bundle: Path, tmp_path: Path) -> Path:
    """A copy of the tiny bundle to spoil."""
    return Path(shutil.copytree(tiny_bundle, tmp_path / "copy"))
