"""`zitag COMMAND` is `python -m ...` under another name, and says in words what is missing."""

import contextlib
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from toy import write_toy_corpus

from model.cli import COMMANDS, main

ROOT = Path(__file__).parent.parent
TRAINING = sorted(name for name, (module, _) in COMMANDS.items() if module.startswith("training."))
# What an import meets where an extra is not installed.
WITHOUT = (
    "import sys; sys.modules.update(dict.fromkeys({missing!r})); from model.cli import run; sys.exit(run())"
)
HEAVY = ("tensorflow", "tensorflow_addons", "gensim", "rjieba", "matplotlib")


def run(*arguments: str, missing: Sequence[str] = ()) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", WITHOUT.format(missing=tuple(missing)), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_help_says_each_command_in_one_line() -> None:
    done = run("--help")
    assert (done.returncode, done.stderr) == (0, "")
    for name in COMMANDS:
        assert len(re.findall(rf"^  {name} .*\w{{3}}", done.stdout, re.MULTILINE)) == 1


def test_no_command_is_a_mistake_that_shows_the_help() -> None:
    assert (run().returncode, run().stdout) == (2, run("--help").stdout)


def test_version_is_that_of_the_package() -> None:
    assert re.fullmatch(r"zitag \d+\.\d+\.\d+\n", run("--version").stdout)


def test_an_unknown_command_is_told_with_those_there_are() -> None:
    done = run("train")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: expected one of {', '.join(COMMANDS)}, got 'train'")


@pytest.mark.parametrize("name", COMMANDS)
def test_usage_names_the_command_as_it_was_called(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["/usr/local/bin/zitag", name, "--help"])
    with contextlib.suppress(SystemExit):
        main([name, "--help"])
    assert capsys.readouterr().out.split("\n")[0].startswith(f"usage: zitag {name}")


@pytest.mark.parametrize(("name", "module"), [(name, module) for name, (module, _) in COMMANDS.items()])
def test_a_command_is_the_module_of_its_row(name: str, module: str) -> None:
    command = [sys.executable, "-m", module.removesuffix(".__main__"), "--help"]
    direct = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    assert run(name, "--help").stdout == direct.stdout
    assert (
        f"| `zitag {name}` | `{' '.join(['python', *command[1:3]])}` |"
        in (ROOT / "docs/commands.md").read_text()
    )


@pytest.mark.parametrize("name", TRAINING)
def test_help_needs_no_extra(name: str) -> None:
    done = run(name, "--help", missing=HEAVY)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: ")


def test_a_missing_extra_is_told_in_words(tmp_path: Path) -> None:
    corpora = write_toy_corpus(tmp_path)
    done = run(
        "fit", "--train", str(corpora / "train.bio"), "--output", str(tmp_path / "bundle"), missing=HEAVY
    )
    assert done.returncode == 2
    assert done.stderr.endswith(
        "which is not installed; pip install '.[train]' (or '.[gpu]') in zitag's folder\n"
    )
    assert "Traceback" not in done.stderr


def test_training_lists_its_commands() -> None:
    command = [sys.executable, "-m", "training"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    listed = re.findall(r"^  python -m training\.(\w+) ", done.stdout, re.MULTILINE)
    assert listed == [name for name in COMMANDS if name in TRAINING]
