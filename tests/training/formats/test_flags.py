"""Remedies name flags that there are: each is one of every command that reads corpora."""

import argparse
import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from training import check, compare, convert, evaluate
from training.settings.flags import build_parser

ROOT = Path(__file__).parents[3]
ROOMS = ("training/corpus", "training/formats")
COMMANDS: dict[str, Callable[[], argparse.ArgumentParser]] = {
    "fit": build_parser,
    "check": check._parser,
    "evaluate": evaluate._parser,
    "compare": compare._parser,
    "convert": convert._parser,
}
# Said by convert alone, of what it writes; and what convert calls --from.
WRITING, ELSEWHERE = {"--to", "--overwrite"}, {"convert": {"--format"}}


def sayings(path: Path) -> Iterator[str]:
    """Yield the strings of a module without its docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docstrings = {
        ast.get_docstring(node, clean=False) for node in ast.walk(tree) if isinstance(node, documented)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value not in docstrings:
            yield node.value


def advised() -> set[str]:
    """Return the flags that readers of corpora name."""
    paths = (path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
    return {
        flag
        for path in paths
        if path.name != "options.py"
        for text in sayings(path)
        for flag in re.findall(r"(?<![\w-])--[a-z][a-z-]*", text)
    }


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_the_flags_that_are_advised_to_its_users(name: str) -> None:
    has = {flag for action in COMMANDS[name]()._actions for flag in action.option_strings}
    assert {"--encoding", "--unit", "--nested", "--names", "--format"} <= advised()
    assert advised() - has <= (WRITING if name != "convert" else set()) | ELSEWHERE.get(name, set())
