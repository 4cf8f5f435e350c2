"""What the README tells people to type exists and does what it says."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def commands() -> list[str]:
    lines = "\n".join(blocks("console")).splitlines()
    return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]


@pytest.mark.parametrize("command", [c for c in commands() if c.startswith("make ")])
def test_make_target_exists(command: str) -> None:
    target = command.removeprefix("make ")
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("command", [c for c in commands() if c.startswith("python -m training")])
def test_flags_of_a_command_exist(command: str) -> None:
    _, _, module, *arguments = shlex.split(command)
    done = subprocess.run(
        [sys.executable, "-m", module, "--help"],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        cwd=ROOT,
    )
    for flag in (argument for argument in arguments if argument.startswith("--")):
        assert flag in done.stdout


def test_command_that_tags_the_examples_runs(tiny_bundle: Path) -> None:
    (command,) = [c for c in commands() if c.startswith("python -m model")]
    arguments = shlex.split(command.replace("bundles/default", str(tiny_bundle)))[1:]
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=120, check=True, cwd=ROOT
    )
    assert len(done.stdout.splitlines()) == len((ROOT / "examples/sentences.txt").read_text().splitlines())


def test_python_example_runs(tiny_bundle: Path) -> None:
    (example,) = blocks("python")
    names: dict[str, object] = {}
    exec(compile(example.replace("bundles/default", str(tiny_bundle)), "README.md", "exec"), names)
    assert "tagger" in names


def test_every_link_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("http") or (ROOT / target).exists(), target


def test_every_folder_of_the_map_exists() -> None:
    for folder in re.findall(r"^\| `(\w+)/` \|", README, re.MULTILINE):
        assert (ROOT / folder).is_dir(), folder
