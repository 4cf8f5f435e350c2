"""The imports between our modules, as their source says them: at the head of a file or inside a function."""

import ast
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("app", "model", "training")


@dataclass
class Imports:
    """What one module imports: of ours, and of others by the name of their package."""

    path: str
    ours: set[str] = field(default_factory=set)
    libraries: set[str] = field(default_factory=set)


def read_imports() -> dict[str, Imports]:
    """Return the imports of every module of ours, by its dotted name."""
    modules = {
        module_name(path): path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))
    }
    read = {}
    for name, path in modules.items():
        read[name] = Imports(str(path.relative_to(ROOT)))
        for imported in imported_names(path):
            found = next((part for part in parents(imported) if part in modules), None)
            library = imported.partition(".")[0]
            if found:
                read[name].ours.add(found)
            elif library not in sys.stdlib_module_names:
                read[name].libraries.add(library)
    return read


def imported_names(path: Path) -> set[str]:
    """Return the dotted names that a file imports: `from a.b import c` is a.b.c, which may be no module."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: expected an absolute import, got a relative one"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def parents(name: str) -> list[str]:
    """Return a dotted name and those above it.

    >>> parents("a.b.c")
    ['a.b.c', 'a.b', 'a']
    """
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(len(parts), 0, -1)]


def module_name(path: Path) -> str:
    """Return the dotted name of a file; a package's `__init__` has the package's."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str) -> str:
    """Return the room of a module: its folder below the package, or itself where it lies in none.

    >>> room_of("model.crf.viterbi"), room_of("model.crf"), room_of("model.tagger")
    ('model.crf', 'model.crf', 'model.tagger')
    """
    return ".".join(module.split(".")[:2])
