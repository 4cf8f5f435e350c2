"""What the README tells people to type exists and does what it says."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.application import create_app
from app.settings import Settings
from model.cli import COMMANDS
from model.tagger import Tagger

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
# What is typed, by its first word; each kind has its test below, or is run by others.
KINDS = {"make", "zitag", "curl", ".", "docker"}


def blocks(language: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    return [content for name, content in found if name == language]


def commands(first: str = "") -> list[str]:
    lines = "\n".join(blocks("console")).splitlines()
    return [line.removeprefix("$ ") for line in lines if line.startswith(f"$ {first}")]


def run(*arguments: str) -> str:
    command = [sys.executable, "-c", "import sys; from model.cli import run; sys.exit(run())", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True, cwd=ROOT).stdout


def test_every_command_is_of_a_kind_that_is_looked_at() -> None:
    assert {shlex.split(command)[0] for command in commands()} == KINDS


@pytest.mark.parametrize("command", commands("make "))
def test_make_target_exists(command: str) -> None:
    target = command.removeprefix("make ")
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_environment_to_enter_is_the_one_that_make_makes() -> None:
    assert commands(". ") == [". .venv/bin/activate"]
    assert re.search(r"^VENV \?= \.venv$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("command", commands("zitag "))
def test_flags_of_a_command_exist(command: str) -> None:
    _, name, *arguments = shlex.split(command)
    assert name in {*COMMANDS, "--help"}
    said = run(*([name, "--help"] if name in COMMANDS else [name]))
    assert [flag for flag in arguments if flag.startswith("--") and flag not in said] == []


def test_command_that_tags_the_examples_runs(tiny_bundle: Path) -> None:
    (command,) = commands("zitag tag")
    said = run(*shlex.split(command.replace("bundles/default", str(tiny_bundle)))[1:])
    assert len(said.splitlines()) == len((ROOT / "examples/sentences.txt").read_text("utf-8").splitlines())


def test_the_output_shown_is_of_the_examples() -> None:
    (shown,) = [block for block in blocks("") if "PER]" in block]
    assert re.sub(r"\[(.*?) \w+\]", r"\1", shown) == (ROOT / "examples/sentences.txt").read_text("utf-8")


def test_python_example_runs(tiny_bundle: Path) -> None:
    (example,) = blocks("python")
    names: dict[str, object] = {}
    exec(compile(example.replace("bundles/default", str(tiny_bundle)), "README.md", "exec"), names)
    assert "tagger" in names


def test_the_request_is_answered(tagger: Tagger) -> None:
    _, _, where, _, header, _, body = shlex.split(commands("curl ")[0])
    with TestClient(create_app(Settings(), tagger)) as client:
        path = where.removeprefix("localhost:8000")
        reply = client.post(path, content=body.encode(), headers=dict([header.split(": ")]))
    assert set(json.loads(reply.text)) == {"entities", "bundle"}


def test_every_link_leads_somewhere() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "benchmarks").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8")):
            assert target.startswith("http") or (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_folder_of_the_map_exists() -> None:
    for folder in re.findall(r"^\| `(\w+)/` \|", README, re.MULTILINE):
        assert (ROOT / folder).is_dir(), folder


def test_every_room_is_on_the_map() -> None:
    for package in ("training", "model", "app"):
        (row,) = re.findall(rf"^\| `{package}/` \| (.*) \|$", README, re.MULTILINE)
        rooms = {path.parent.name for path in (ROOT / package).glob("*/__init__.py")}
        assert rooms <= set(re.findall(r"`(\w+)`", row)), package
