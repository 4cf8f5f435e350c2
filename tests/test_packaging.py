"""What is installed from the files under version control runs without the folder it was built in."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from loopback import Server

from model.tagger import Tagger

ROOT = Path(__file__).parent.parent
PACKAGES = ("app", "model", "training")
LATER = ("python3.14", "python3.13", "python3.12")
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
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of our packages, whose folder of sources is gone."""
    clone, wheels = (tmp_path_factory.mktemp(name) for name in ("clone", "wheels"))
    for name in tracked_files():
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, clone / name)
    run(*PIP, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", wheels, ".", cwd=clone)
    shutil.rmtree(clone)
    (path,) = wheels.glob("zitag-*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with our packages alone, installed from the wheel. Dependencies are those of this interpreter."""
    target = tmp_path_factory.mktemp("installed")
    run(*PIP, "install", "--no-deps", "--no-index", "--target", target, wheel, cwd=target)
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


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A later Python with what the lock of serving and the wheel install, and nothing else."""
    python = later_python()
    if python is None:
        pytest.skip(f"needs one of {', '.join(LATER)}: what serves was looked at on this Python alone")
    folder = tmp_path_factory.mktemp("elsewhere")
    run(python, "-m", "venv", "--without-pip", folder / "venv", cwd=folder)
    into = (*PIP, "--python", folder / "venv/bin/python", "install")
    run(*into, "--require-hashes", "--only-binary=:all:", "-r", ROOT / "locks/serve.txt", cwd=folder)
    run(*into, "--no-deps", "--no-index", wheel, cwd=folder)
    return folder / "venv/bin"


def later_python() -> str | None:
    """Return the latest Python that can be had here beside 3.11, on the path or where pyenv keeps them."""
    for name in LATER:
        kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
        found = [shutil.which(name), *map(str, kept.glob(f"{name.removeprefix('python')}.*/bin/{name}"))]
        for path in filter(None, found):
            if subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0:
                return path  # pyenv's programs on the path are there for versions that are not chosen too
    return None


@pytest.mark.parametrize("runtime", ["onnx", "auto"])  # auto: int8 where the processor has the instructions
def test_a_later_python_tags_as_this_one(elsewhere: Path, tiny_bundle: Path, runtime: str) -> None:
    arguments = (tiny_bundle, ROOT / "examples/sentences.txt", "--format", "bio", "--runtime", runtime)
    here = run(sys.executable, "-m", "model", *arguments, cwd=ROOT)
    there = run(elsewhere / "python", "-W", "error", elsewhere / "zitag", "tag", *arguments, cwd=elsewhere)
    assert "B-" in here
    assert there == here


def test_a_later_python_serves(elsewhere: Path, tiny_bundle: Path, tagger: Tagger) -> None:
    text = "新华社北京八月二十日电记者小明"
    with Server({"bundle": tiny_bundle}, python=str(elsewhere / "python")) as server:
        entities = server.post("/tag", {"text": text}).json["entities"]
        assert server.stop() == 0
    expected = [(entity.start, entity.end, entity.label) for entity in tagger.tag([text])[0]]
    assert expected
    assert [(entity["start"], entity["end"], entity["label"]) for entity in entities] == expected


def test_a_later_python_says_what_training_needs(elsewhere: Path, tmp_path: Path) -> None:
    (tmp_path / "train.bio").write_text("小\tB-PER\n明\tI-PER\n\n" * 20, encoding="utf-8")
    command = [elsewhere / "zitag", "fit", "--train", tmp_path / "train.bio", "--output", tmp_path / "bundle"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("error: expected Python 3.11 to train with, got Python 3.1")
