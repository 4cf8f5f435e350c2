"""`zitag COMMAND ...`: all commands under one name. Each runs the function that its `python -m ...` runs.

    zitag fit --preset quick   ->  COMMANDS["fit"]  ->  training.fit  ->  main(["--preset", "quick"])

Modules stand here by name and are imported when asked for: serving needs no TensorFlow, and model imports no training.
"""

import importlib
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import version

from model.machine.command import ExitCode, run_command

# What follows `zitag` -> the module whose `main` it is, and what it does.
COMMANDS = {
    "download": ("training.download", "fetch a public corpus, raw text or vectors"),
    "check": ("training.check", "look corpora over before a fit: leaks, illegal tags, rare labels"),
    "convert": ("training.convert", "convert tagged texts from one format to another"),
    "fit": ("training.fit", "train a tagger from tagged corpora and save it as a bundle"),
    "vectors": ("training.vectors", "train vectors on raw text, once for many fits"),
    "tune": ("training.tune", "try settings of a fit on dev, and write down the best"),
    "evaluate": ("training.evaluate", "score a bundle on tagged corpora"),
    "compare": ("training.compare", "whether one of two bundles is really better, and what it changed"),
    "tag": ("model.__main__", "tag texts, one a line, from files or standard input"),
    "bulk": ("model.bulk.__main__", "tag files of any size on all cores, and go on after a kill"),
    "explain": ("model.explain", "why a text is tagged as it is: other taggings, probabilities, words seen"),
    "serve": ("app.__main__", "serve a bundle over HTTP"),
    "precompile": ("model.precompile", "compile what is otherwise compiled on first use"),
}


def main(arguments: Sequence[str]) -> int:
    """Run the command that the first argument names with the others; return its exit code."""
    name = arguments[0] if arguments else ""
    if name in ("", "-h", "--help"):
        print("\n".join(usage()))
        return ExitCode.FINE if name else ExitCode.MENDABLE
    if name == "--version":
        print(f"zitag {version('zitag')}")
        return ExitCode.FINE
    if name not in COMMANDS:
        print(
            f"error: expected one of {', '.join(COMMANDS)}, got {name!r}; see zitag --help", file=sys.stderr
        )
        return ExitCode.MENDABLE
    module, _ = COMMANDS[name]
    return int(importlib.import_module(module).main(arguments[1:]))


def usage() -> Iterator[str]:
    """Yield the lines of the help: a command each."""
    yield from ("usage: zitag COMMAND ...", "", "Train a Chinese named-entity tagger, and serve it.", "")
    for name, (module, does) in COMMANDS.items():
        yield f"  {name:<10}  {does} (python -m {module.removesuffix('.__main__')})"
    yield from ("", "zitag COMMAND --help lists the flags of each, zitag --version prints the version.")


def run() -> int:
    """Return the exit code of the command line: the program `zitag`."""
    return run_command(lambda: main(sys.argv[1:]))


if __name__ == "__main__":
    sys.exit(run_command(lambda: main(sys.argv[1:])))
