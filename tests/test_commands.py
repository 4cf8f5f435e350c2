"""How commands end, each as a process of its own: what the shell is told, and that nobody meets a traceback."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from toy import write_toy_corpus

from model.machine.command import ExitCode, missing_package

ROOT = Path(__file__).parent.parent
FOLDERS = ("app", "model", "training", "benchmarks")
HELP = {
    **{f"-m {name} --help": ("-m", name, "--help") for name in ("app", "model", "training.fit")},
    **{
        f"-m training.{name} --help": ("-m", f"training.{name}", "--help")
        for name in ("check", "convert", "evaluate", "download", "vectors")
    },
}
WORK = {
    "tag": ("-m", "model", "{bundle}", "examples/sentences.txt"),
    "tag as jsonl": ("-m", "model", "{bundle}", "examples/sentences.txt", "--format", "jsonl"),
    "check": ("-m", "training.check", "--train", "{train}"),
    "check as JSON": ("-m", "training.check", "--train", "{train}", "--json"),
    "evaluate": ("-m", "training.evaluate", "{bundle}", "{train}"),
}
MISTAKES = {
    "no bundle": ("-m", "model", "none"),
    "no such flag": ("-m", "model", "--fromat"),
    "no bundle to score": ("-m", "training.evaluate", "none", "{train}"),
    "no bundle to compare": ("-m", "training.compare", "none", "none", "{train}"),
    "no corpus": ("-m", "training.check", "--train", "none.bio"),
    "no raw text": ("-m", "training.vectors", "--raw", "none.txt"),
    "nothing to convert": ("-m", "training.convert", "none.jsonl", "none.bio"),
    "no corpus to fit": ("-m", "training.fit", "--train", "none.bio"),
    "nothing to fetch": ("-m", "training.download", "none"),
    "service: no bundle": ("-m", "app"),
    "service: an argument": ("-m", "app", "8000"),
    "client: no argument": ("examples/client.py",),
    "client: no such file": ("examples/client.py", "none.txt"),
    "client: no service": ("examples/client.py", "examples/sentences.txt"),
}


@pytest.fixture(scope="module")
def given(tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the commands above are given."""
    corpora = write_toy_corpus(tmp_path_factory.mktemp("toy"))
    return {"bundle": str(tiny_bundle), "train": str(corpora / "train.bio")}


@pytest.fixture
def closed_pipe() -> Iterator[int]:
    """Return the end to write to of a pipe that nobody reads any more."""
    reader, writer = os.pipe()
    os.close(reader)
    yield writer
    os.close(writer)


def run(command: tuple[str, ...], given: dict[str, str], output: int, **more: str) -> tuple[int, str]:
    """Return the exit code and what came on standard error."""
    environment = {
        **os.environ,
        "ZITAG_URL": "http://127.0.0.1:9",
        "ZITAG_BUNDLE": "none",
        "ZITAG_PORT": "0",
        **more,
    }
    done = subprocess.run(
        [sys.executable, *(part.format(**given) for part in command)],
        stdout=output,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        cwd=ROOT,
        env=environment,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stderr


def test_the_documents_table_is_the_codes() -> None:
    rows = re.findall(r"^\| (\d+) \| ", (ROOT / "docs" / "commands.md").read_text("utf-8"), re.MULTILINE)
    assert [int(code) for code in rows] == [code.value for code in ExitCode]
    assert ExitCode.INTERRUPTED == 128 + signal.SIGINT
    assert ExitCode.PIPE_CLOSED == 128 + signal.SIGPIPE


def test_every_program_ends_by_the_one_function() -> None:
    sources = [path.read_text("utf-8") for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    typed = [
        source for source in sources if "ArgumentParser(" in source or "def usage(" in source
    ]  # by people
    ends = [source.partition('if __name__ == "__main__":')[2] for source in typed]
    assert len([end for end in ends if end]) > 10
    assert [end for end in ends if end and "sys.exit(run_command(" not in end] == []


@pytest.mark.parametrize("command", [*HELP.values(), *WORK.values()], ids=[*HELP, *WORK])
def test_a_reader_that_left_ends_it_quietly(
    command: tuple[str, ...], given: dict[str, str], closed_pipe: int
) -> None:
    assert run(command, given, closed_pipe) == (141, "")


@pytest.mark.parametrize("command", WORK.values(), ids=WORK)
def test_a_reader_of_unbuffered_output_may_leave_as_well(
    command: tuple[str, ...], given: dict[str, str], closed_pipe: int
) -> None:
    assert run(command, given, closed_pipe, PYTHONUNBUFFERED="1") == (141, "")


@pytest.mark.parametrize("command", [*HELP.values(), *WORK.values()], ids=[*HELP, *WORK])
def test_a_full_disk_is_told_in_one_line(command: tuple[str, ...], given: dict[str, str]) -> None:
    with open("/dev/full", "w") as full:
        code, said = run(command, given, full.fileno())
    assert (code, len(said.splitlines())) == (2, 1), said
    assert said.startswith("error: standard output: ")
    assert "No space left on device" in said


@pytest.mark.parametrize("command", MISTAKES.values(), ids=MISTAKES)
def test_what_the_user_can_mend_is_told_and_is_status_2(
    command: tuple[str, ...], given: dict[str, str], tmp_path: Path
) -> None:
    with (tmp_path / "stdout").open("w+") as output:
        code, said = run(command, given, output.fileno())
        output.seek(0)
        said += output.read()
    assert code == 2
    assert said
    assert "Traceback" not in said


@pytest.mark.parametrize("output", ["closed", "full"])
def test_what_cannot_be_said_ends_without_a_word(
    output: str, given: dict[str, str], closed_pipe: int
) -> None:
    with open("/dev/full", "w") as full:
        nowhere = closed_pipe if output == "closed" else full.fileno()
        command = [sys.executable, "-m", "model", "none"]
        done = subprocess.run(command, stdout=nowhere, stderr=nowhere, cwd=ROOT, timeout=60, check=False)
    assert done.returncode == (141 if output == "closed" else 2)


def test_output_closed_from_the_start_is_no_fault(given: dict[str, str]) -> None:
    command = (part.format(**given) for part in (sys.executable, *WORK["tag"]))
    done = subprocess.run(
        ["sh", "-c", '"$@" >&-', "sh", *command], cwd=ROOT, stderr=subprocess.PIPE, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_an_interrupt_is_130(given: dict[str, str]) -> None:
    command = [sys.executable, "-m", "model", given["bundle"]]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write("小明\n".encode())
        process.stdin.flush()
        assert process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert (process.wait(60), process.stderr.read()) == (130, b"")


def test_the_same_bytes_come_out_whatever_the_locale_says(given: dict[str, str], tmp_path: Path) -> None:
    with (tmp_path / "stdout").open("w+b") as output:
        code, _ = run(
            WORK["tag"], given, output.fileno(), LC_ALL="C", PYTHONUTF8="0", PYTHONIOENCODING="ascii"
        )
        output.seek(0)
        assert (code, "清华大学" in output.read().decode()) == (0, True)


def test_a_missing_package_is_named_with_its_extra() -> None:
    code = "import sys; from model.machine.command import run_command; sys.exit(run_command(lambda: __import__('{}')))"
    for name, said in (("gensim", "'.[train]'"), ("fastapi", "pip install . ")):
        program = f"import sys; sys.modules['{name}'] = None; " + code.format(name)
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (2, f"error: {missing_package(name)}\n")
        assert said in done.stderr
