"""`zitag bulk` in one run: two local workers beside one, Ray beside local processes.

    python benchmarks/bulk_engines.py --bundle bundles/default [--rows 300000] [--rounds 2]

On a machine of two CPUs that does nothing else, under four minutes. The runs take turns. Rates are of the time from
the first split that is done to the end of the last, so starting is left out (Ray's is some seconds); CPU seconds are
those of all processes of the run, Ray's own among them. Exit code 1 where two workers do less than 1.8 times the rows
of one in the same time, or Ray less than 90 % of the rows of local processes in the same CPU seconds.
"""

import argparse
import ctypes
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from bulk_memory import make_text

from model.machine.command import run_command

ROOT = Path(__file__).resolve().parents[1]
RUNS = {
    "local, one worker": ("--workers", "1"),
    "local, two workers": ("--workers", "2"),
    "ray, two workers": ("--workers", "2", "--engine", "ray"),
}
ONE, TWO, RAY = RUNS
MIN_TWO, MIN_RAY = 1.8, 0.9
SPLITS = 32
TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_CHILD_SUBREAPER = 36  # of prctl: what a dead process of ours leaves becomes our child, so we see it


class Rates(NamedTuple):
    """Of one run: with start and end, and of the time in between."""

    seconds: float
    cpu_s: float
    rows_per_s: float
    rows_per_cpu_s: float


def main() -> int:
    options = _parser().parse_args()
    ctypes.CDLL(None).prctl(_CHILD_SUBREAPER, 1)
    found: dict[str, list[Rates]] = {name: [] for name in RUNS}
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "rows.txt"
        dice = random.Random(1)
        source.write_text("".join(f"{make_text(dice, row)}\n" for row in range(options.rows)), "utf-8")
        split_mb = source.stat().st_size / (1 << 20) / SPLITS
        for turn in range(options.rounds):
            for name, flags in RUNS.items():
                target = Path(folder) / f"{turn}-{name.replace(', ', '-').replace(' ', '-')}"
                command = [sys.executable, "-m", "model.bulk", options.bundle, source, target, "--quiet"]
                command += ["--split-mb", f"{split_mb:.3f}", *flags]
                found[name].append(measure(list(map(str, command)), target))
    return report(found)


def measure(command: list[str], target: Path) -> Rates:
    """Return what a run took. Raises CalledProcessError where it fails."""
    used: dict[int, float] = {}
    began, first = time.monotonic(), (0.0, 0.0, 0)
    done = (0.0, 0.0)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        while process.poll() is None:
            used.update(cpu_seconds(process.pid))
            now = (time.monotonic() - began, sum(used.values()))
            if not first[2]:
                first = (*now, rows_done(target))
            if not done[0] and (target / "_SUCCESS").exists():
                done = now
            time.sleep(0.05)
    seconds = time.monotonic() - began
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    rows = json.loads((target / "_SUCCESS").read_text("utf-8"))["rows"] - first[2]
    done = done if done[0] else now
    return Rates(seconds, sum(used.values()), rows / (done[0] - first[0]), rows / (done[1] - first[1]))


def rows_done(target: Path) -> int:
    """Return the rows of the splits that are done."""
    return sum(json.loads(path.read_text("utf-8"))["rows"] for path in target.glob("_splits/*.json"))


def cpu_seconds(driver: int) -> dict[int, float]:
    """Return the CPU seconds so far of each process of a run: the driver, all below it and what was orphaned."""
    used: dict[int, float] = {}
    children: dict[int, list[int]] = defaultdict(list)
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # one that has just ended
            continue
        used[int(folder.name)] = (int(fields[11]) + int(fields[12])) * TICK_S
        children[int(fields[1])].append(int(folder.name))
    family = [child for child in children[os.getpid()] if child >= driver]
    for process in family:
        family += children[process]
    return {process: used[process] for process in family}


def report(found: dict[str, list[Rates]]) -> int:
    """Print the medians of the rounds and their ratios; return 0 where both goals are met."""
    print(f"{'':20}{'seconds':>9}{'CPU s':>8}{'rows/s':>9}{'rows per CPU s':>16}")
    medians = {}
    for name, rounds in found.items():
        medians[name] = Rates(*map(statistics.median, zip(*rounds, strict=True)))
        seconds, cpu_s, per_s, per_cpu_s = medians[name]
        print(f"{name:20}{seconds:9.1f}{cpu_s:8.1f}{per_s:9,.0f}{per_cpu_s:16,.0f}")
    two = medians[TWO].rows_per_s / medians[ONE].rows_per_s
    ray = medians[RAY].rows_per_cpu_s / medians[TWO].rows_per_cpu_s
    print(f"two local workers beside one: {two:.2f} times the rows, at least {MIN_TWO} wanted")
    print(f"Ray beside local: {ray:.2f} of the rows per CPU second, at least {MIN_RAY} wanted")
    return int(two < MIN_TWO or ray < MIN_RAY)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--bundle", type=Path, default=Path("bundles/default"))
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=2)
    return parser


if __name__ == "__main__":
    sys.exit(run_command(main))
