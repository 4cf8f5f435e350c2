"""What each setting of a fit is worth: best dev F1 with and without it, mean and spread over seeds.

    python benchmarks/levers.py --train train.bio --dev dev.bio \
        --lever "no dictionary: --dictionary none" --lever "no words: --word-vectors none" -- --epochs 8

A lever is a name, a colon and flags of `python -m training.fit`, which stand after those that follow `--`. Each is
fitted once with every seed, beside the settings as they are. Test files are not asked for: levers are chosen on dev.
"""

import argparse
import csv
import platform
import shlex
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from statistics import mean, stdev

from model.machine.command import run_command
from training.loop.checkpoint import LOG

DEFAULT = "as they are"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", required=True, help="BIO file, or the name of a corpus")
    parser.add_argument("--dev", required=True, help="BIO file that is scored after each epoch")
    parser.add_argument("--lever", action="append", default=[], metavar="'NAME: FLAGS'")
    parser.add_argument("--seeds", type=int, nargs="+", default=[20261122, 1, 2])
    parser.add_argument("--at-once", type=int, default=1, help="fits beside each other, one thread each")
    parser.add_argument("flags", nargs="*", help="flags of every fit, after --")
    options = parser.parse_args()
    levers = {DEFAULT: ""} | dict(map(_split, options.lever))
    common = [
        "--train",
        options.train,
        "--dev",
        options.dev,
        "--threads",
        "1" if options.at_once > 1 else "0",
    ]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(options.at_once) as pool:
        jobs = {
            (name, seed): pool.submit(
                best_dev_f1,
                [*common, *options.flags, *shlex.split(flags), "--seed", str(seed)],
                Path(folder) / f"{number}-{seed}",
            )
            for seed in options.seeds
            for number, (name, flags) in enumerate(levers.items())
        }
        try:
            scores = {name: [jobs[name, seed].result() for seed in options.seeds] for name in levers}
        except BaseException:  # those that are done stand on stderr
            pool.shutdown(cancel_futures=True)
            raise
    print(f"{date.today()}, {platform.processor() or platform.machine()}, Python {platform.python_version()}")
    print(f"train {options.train}, dev {options.dev}, seeds {options.seeds}, {shlex.join(options.flags)}\n")
    print("\n".join(table(scores)))
    return 0


def best_dev_f1(flags: list[str], folder: Path) -> float:
    """Return the dev F1 of the best epoch of one fit, in per cent."""
    places = ["--output", str(folder / "bundle"), "--runs", str(folder / "runs")]
    run = subprocess.run(
        [sys.executable, "-m", "training.fit", *flags, *places],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if run.returncode:
        raise SystemExit(f"{shlex.join(flags)}: exit status {run.returncode}\n{run.stdout[-2000:]}")
    with (folder / "runs" / "bundle" / LOG).open(newline="") as file:
        best = max(float(row["f1"]) for row in csv.DictReader(file))
    print(f"{shlex.join(flags)}: {100 * best:.2f}", file=sys.stderr, flush=True)
    return 100 * best


def table(scores: dict[str, list[float]]) -> list[str]:
    """Return the lines of a table: mean, spread and gain over the settings as they are.

    >>> table({"as they are": [80.0, 82.0], "no words": [79.0, 80.0]})[-1]
    '| no words | 79.50 | 0.71 | -1.50 | 79.00, 80.00 |'
    """
    base = mean(scores[DEFAULT])
    lines = [
        "| settings | mean | standard deviation | against the first | each seed |",
        "|---|---|---|---|---|",
    ]
    for name, each in scores.items():
        spread = stdev(each) if len(each) > 1 else 0.0
        listed = ", ".join(f"{score:.2f}" for score in each)
        lines.append(f"| {name} | {mean(each):.2f} | {spread:.2f} | {mean(each) - base:+.2f} | {listed} |")
    return lines


def _split(lever: str) -> tuple[str, str]:
    name, colon, flags = lever.partition(":")
    if not colon:
        raise SystemExit(f"--lever {lever!r}: expected 'NAME: FLAGS'")
    return name.strip(), flags


if __name__ == "__main__":
    sys.exit(run_command(main))
