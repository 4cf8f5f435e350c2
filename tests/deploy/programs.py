"""Where the tests of deploy/ find the files they read and the programs they run."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
DEPLOY = ROOT / "deploy"


def program(name: str, remedy: str = "make setup") -> str:
    """Return the path of a program; skip the test, and say how to run it, where there is none.

    What comes with the extra `dev` stands beside this Python.
    """
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        pytest.skip(f"not run: there is no {name} here; to run it: {remedy}")
    return found


def run(*command: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Return the finished process; its output is text, and it has a minute."""
    settings = {"capture_output": True, "text": True, "timeout": 60, "cwd": ROOT, **options}
    return subprocess.run(command, **settings)  # type: ignore[call-overload,no-any-return]
