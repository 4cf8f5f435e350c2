"""Without the extra `train` every command helps and says what it lacks; with it, a fault is told before TensorFlow."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from model.machine.command import missing_package
from training.packages import NEEDED

ROOT = Path(__file__).parents[2]
SENTENCES = "小\tB-PER\n明\tI-PER\n去\tO\n\n" * 20

# As if the packages were not installed, or as if to import them were a fault.
HIDE = """
import runpy, sys
from importlib.machinery import ModuleSpec

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names}:
            if {installed}:
                return ModuleSpec(name, self)
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

    def create_module(self, spec):
        raise SystemExit("imported " + spec.name)

    def exec_module(self, module):
        pass

sys.meta_path.insert(0, Finder())
sys.argv = sys.argv[1:]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""


def run(*arguments: str, names: tuple[str, ...], installed: bool) -> subprocess.CompletedProcess[str]:
    code = HIDE.format(names=names, installed=installed)
    command = [sys.executable, "-c", code, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, capture_output=True, text=True, env=environment, timeout=300, check=False, cwd=ROOT
    )


def run_without_extra(*arguments: str) -> subprocess.CompletedProcess[str]:
    return run(*arguments, names=(*NEEDED, "onnx", "seqeval", "tensorboard", "keras"), installed=False)


@pytest.fixture
def corpus(tmp_path: Path) -> str:
    (tmp_path / "train.bio").write_text(SENTENCES, encoding="utf-8")
    return str(tmp_path / "train.bio")


@pytest.mark.parametrize(
    "command", ["training.fit", "training.check", "training.evaluate", "training.download"]
)
def test_help_needs_no_extra(command: str) -> None:
    done = run_without_extra(command, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage: python -m {command}")


def test_what_needs_no_extra_runs_without(corpus: str, tiny_bundle: Path) -> None:
    for arguments in (("training.check", "--train", corpus), ("training.evaluate", str(tiny_bundle), corpus)):
        done = run_without_extra(*arguments)
        assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr


def test_a_fit_without_its_extra_says_which(tmp_path: Path, corpus: str) -> None:
    done = run_without_extra("training.fit", "--train", corpus, "--output", str(tmp_path / "bundle"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(
        "error: expected the package 'tensorflow', which is not installed; pip install"
    )
    assert "[train]" in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_runtime_of_tensorflow_says_its_extra(corpus: str, tiny_bundle: Path) -> None:
    done = run_without_extra("training.evaluate", str(tiny_bundle), corpus, "--runtime", "tensorflow")
    assert done.returncode == 2
    assert done.stderr.startswith(
        "error: runtime: expected TensorFlow, got No module named 'tensorflow'; install the"
    )


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--train", "none.bio"), "none.bio"),
        (("--train", "{corpus}", "--test", "{bad}"), "bad.bio:2: expected"),
        (
            ("--train", "{corpus}", "--raw", "none", "--vectors", "{bad}"),
            "bad.bio:1: expected the number of keys",
        ),
        (("--train", "{corpus}", "--output", "{corpus}"), "--output: "),
        (("--config", "none.toml"), "none.toml"),
    ],
)
def test_a_fault_is_told_before_tensorflow_is_imported(
    tmp_path: Path, corpus: str, flags: tuple[str, ...], message: str
) -> None:
    (tmp_path / "bad.bio").write_text("好\tO\n好\n", encoding="utf-8")
    given = [flag.format(corpus=corpus, bad=tmp_path / "bad.bio") for flag in flags]
    places = [
        f"--{name}={tmp_path / name}" for name in ("output", "runs", "cache") if f"--{name}" not in given
    ]
    channels = ["--word-vectors=none", "--dictionary=none", "--bigram-dim=0", "--raw=none"]
    done = run("training.fit", *channels, *places, *given, names=("tensorflow",), installed=True)
    assert (done.returncode, "imported" in done.stderr) == (2, False), done.stderr
    assert message in done.stderr


def test_evaluate_tells_a_bad_file_before_tensorflow_is_imported(tmp_path: Path, tiny_bundle: Path) -> None:
    (tmp_path / "bad.bio").write_text("好\tO\n好\n", encoding="utf-8")
    arguments = ("training.evaluate", str(tiny_bundle), str(tmp_path / "bad.bio"), "--runtime", "tensorflow")
    done = run(*arguments, names=("tensorflow",), installed=True)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {tmp_path}/bad.bio:2: expected two columns")


def test_a_fit_whose_files_are_good_does_import_it(tmp_path: Path, corpus: str) -> None:
    places = [f"--{name}={tmp_path / name}" for name in ("output", "runs", "cache")]
    channels = ["--word-vectors=none", "--dictionary=none", "--bigram-dim=0", "--raw=none"]
    done = run("training.fit", "--train", corpus, *channels, *places, names=("tensorflow",), installed=True)
    assert done.stderr.endswith("imported tensorflow\n")


@pytest.mark.parametrize("name", [*NEEDED, "opencc", "seqeval"])
def test_what_only_training_imports_is_of_its_extra(name: str) -> None:
    assert "pip install '.[train]' (or '.[gpu]')" in missing_package(name)
