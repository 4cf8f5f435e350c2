"""What is installed from the files under version control runs without the folder it was built in."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("app", "model", "training")
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Return what a command printed; what it said on standard error is shown when it fails."""
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def tracked_files(*folders: str) -> list[str]:
    """Return the files under version control, as a clean clone has them."""
    return run("git", "ls-files", "-z", *folders, cwd=ROOT).split("\0")[:-1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with our packages alone, installed from a wheel. Dependencies are those of this interpreter."""
    clone, wheels, target = (tmp_path_factory.mktemp(name) for name in ("clone", "wheels", "installed"))
    for name in tracked_files():
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, clone / name)
    run(*PIP, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", wheels, ".", cwd=clone)
    (wheel,) = wheels.glob("zitag-*.whl")
    run(*PIP, "install", "--no-deps", "--no-index", "--target", target, wheel, cwd=target)
    shutil.rmtree(clone)
    return target


def test_every_file_of_the_packages_is_installed(installed: Path) -> None:
    missing = [name for name in tracked_files(*PACKAGES) if not (installed / name).exists()]
    assert missing == []


@pytest.mark.parametrize("module", ["app", "model", "training.fit"])
def test_command_runs_from_what_is_installed(installed: Path, tmp_path: Path, module: str) -> None:
    alone = {"PYTHONPATH": str(installed)}
    where = run(sys.executable, "-c", f"import {module} as m; print(m.__file__)", cwd=tmp_path, **alone)
    assert Path(where.strip()).is_relative_to(installed)
    assert run(sys.executable, "-m", module, "--help", cwd=tmp_path, **alone).startswith("usage:")


def test_the_program_zitag_is_installed(installed: Path, tmp_path: Path) -> None:
    program = installed / "bin" / "zitag"
    said = run(sys.executable, program, "--help", cwd=tmp_path, PYTHONPATH=str(installed))
    assert said.startswith("usage: zitag COMMAND")


def test_type_checkers_find_our_annotations(installed: Path) -> None:
    assert [package for package in PACKAGES if not (installed / package / "py.typed").exists()] == []


def test_what_mypy_overrides_exists() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]
    modules = {module for override in settings["overrides"] for module in override["module"]}
    ours = [module for module in modules if module.split(".")[0] in PACKAGES]
    assert ours
    assert [name for name in ours if not (ROOT / (name.replace(".", "/") + ".py")).is_file()] == []
