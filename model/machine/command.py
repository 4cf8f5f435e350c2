"""How every command ends: its exit code, and what happens when its output or its user goes away.

    if __name__ == "__main__":
        sys.exit(run_command(main))

A fault of our own keeps its traceback, with Python's exit code 1. Nothing that a user can cause has one.
"""

import io
import os
import sys
from collections.abc import Callable, Sequence
from enum import IntEnum
from pathlib import Path
from typing import Any, TextIO, cast

# What the extras [train] and [gpu] install and serving does without.
OF_TRAINING = {
    *("gensim", "matplotlib", "onnx", "opencc", "rjieba", "seqeval"),
    *("tensorboard", "tensorflow", "tensorflow_addons"),
}
# And the others, each with its extra.
OF_EXTRAS = {
    **dict.fromkeys(OF_TRAINING, "'.[train]' (or '.[gpu]')"),
    "optuna": "'.[train,tune]'",
    "pyarrow": "'.[bulk]'",
    "fsspec": "'.[bulk]'",
}

LAST_TO_TRAIN = (
    3,
    11,
)  # tensorflow-addons and the TensorFlow that it needs have no release for later Pythons


class ExitCode(IntEnum):
    """What a command tells the shell; docs/commands.md has the same table."""

    FINE = 0
    FINDINGS = 1  # done, and there is something to look at
    MENDABLE = 2  # not done: a flag, a file, a setting, a disk, all of which the user can mend
    INTERRUPTED = 130  # 128 + SIGINT, as shells count
    PIPE_CLOSED = 141  # 128 + SIGPIPE: whoever read the output has gone, as in `| head`


class OutputError(Exception):
    """Standard output or error takes nothing more. No OSError: a command would take it for one of its files."""


class _Output(io.FileIO):
    """Where a stream's bytes go. argparse, for one, would swallow an OSError and end as if all were well."""

    def write(self, content: Any) -> int:
        """Return how many bytes were written. Raises OutputError."""
        try:
            return super().write(content) or 0
        except OSError as error:
            raise OutputError from error


def run_command(main: Callable[[], int]) -> int:
    """Return the exit code of `main`, which prints UTF-8 whatever the locale says.

    Its output may be closed or full, its user may press Ctrl-C, a package may be missing, a file unreadable: then
    one line on standard error says so, none for a closed pipe.
    """
    _hold_standard_files()
    sys.stdin = sys.stdin or os.fdopen(0, encoding="utf-8", closefd=False)  # closed: there is nothing to read
    sys.stdout, sys.stderr = _open(sys.stdout, 1), _open(sys.stderr, 2)
    try:
        return _and_flush(main)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] in {"app", "model", "training"}:
            raise
        return _fail(missing_package(error.name))
    except OutputError as error:
        return _end_of_output(error)
    except OSError as error:
        return _fail(f"{error.filename or 'the system'}: {error.strerror}")


def program_name(module: str, called: Sequence[str] | None = None) -> str:
    """Return what a usage line calls the command of `module`: as it was called.

    >>> program_name("training.fit", ["/usr/bin/zitag", "fit", "--help"])
    'zitag fit'
    >>> program_name("training.fit", ["/home/me/training/fit.py", "--help"])
    'python -m training.fit'
    """
    program, *arguments = sys.argv if called is None else called
    return f"zitag {arguments[0]}" if Path(program).name == "zitag" and arguments else f"python -m {module}"


def missing_package(name: str, python: tuple[int, int] = sys.version_info[:2]) -> str:
    """Return what to do about a package that is not installed, on Python 3.11 or a later one.

    >>> missing_package("gensim.models", (3, 11))
    "expected the package 'gensim', which is not installed; pip install '.[train]' (or '.[gpu]') in zitag's folder"
    """
    package = name.partition(".")[0]
    if package in OF_TRAINING and python > LAST_TO_TRAIN:
        return (
            f"expected Python 3.11 to train with, got Python {python[0]}.{python[1]}, which tensorflow-addons does not "
            "run on: what tags and serves does; `uv venv --python 3.11` makes an environment to train in, for one"
        )
    extra = OF_EXTRAS.get(package, ".")
    return f"expected the package {package!r}, which is not installed; pip install {extra} in zitag's folder"


def _hold_standard_files() -> None:
    """Open what whoever started us has closed of files 0, 1 and 2: the next one opened would get its number.

    A message would land in that file, and libuv aborts when it shall close such a connection.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free


def _open(stream: TextIO | None, number: int) -> TextIO:
    """Return the stream in UTF-8, or one that goes nowhere where whoever started us has closed it."""
    if stream is None:
        return open(os.devnull, "w", encoding="utf-8")
    stream.flush()
    output = _Output(number, "w", closefd=False)
    # Names of files may hold bytes that are no text: they come out as they are.
    errors = "surrogateescape" if number == 1 else "backslashreplace"
    by_line = getattr(stream, "line_buffering", True) or getattr(
        stream, "write_through", True
    )  # terminals, python -u
    return io.TextIOWrapper(io.BufferedWriter(output), "utf-8", errors, line_buffering=by_line)


def _and_flush(main: Callable[[], int]) -> int:
    try:
        return main()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _end_of_output(error: OutputError) -> int:
    cause = cast(OSError, error.__cause__)
    _discard(sys.stdout, sys.stderr)
    if isinstance(cause, BrokenPipeError):
        return ExitCode.PIPE_CLOSED
    return _fail(
        f"standard output: expected to write to it, got {cause.strerror!r}; make room, or send it elsewhere"
    )


def _fail(message: str) -> int:
    try:
        print(f"error: {message}", file=sys.stderr, flush=True)
    except OutputError as error:
        return _end_of_output(error)  # which sends standard error nowhere: the second time it succeeds
    return ExitCode.MENDABLE


def _discard(*streams: TextIO) -> None:
    """Let what could not be written go nowhere: Python complains at its end about what is left."""
    for stream in streams:
        try:
            stream.flush()
        except OutputError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
