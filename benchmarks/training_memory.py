"""Peak memory of a fit on a corpus once and on the same corpus twenty times over.

    python -m training.download msra
    python benchmarks/training_memory.py            # whole fits, minutes
    python benchmarks/training_memory.py --arrays   # arrays and two epochs of batches alone, without TensorFlow

Each run is a process of its own; its peak is the kernel's (ru_maxrss), mapped files included. The fits are
short in steps, but read, index and train vectors on the whole corpus. Exit code 1 when the peak grows by more
than --limit.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from model.machine.command import run_command

ROOT = Path(__file__).resolve().parent.parent
LIMIT_GIB = 1.5
GIB = 1 << 30


class Run(NamedTuple):
    """What one process took."""

    peak_bytes: int
    seconds: float


def main() -> int:
    options = _parser().parse_args()
    for path in (options.train, options.dev):
        if not path.is_file():
            print(f"{path}: no such file; get it by `python -m training.download msra`", file=sys.stderr)
            return 2
    runs = {}
    print(f"{'times':>5}  {'peak GiB':>8}  {'seconds':>7}")
    for times in (1, options.times):
        runs[times] = run = measure(command(options, times))
        print(f"{times:>5}  {run.peak_bytes / GIB:>8.2f}  {run.seconds:>7.0f}", flush=True)
    growth = (runs[options.times].peak_bytes - runs[1].peak_bytes) / GIB
    print(f"growth {growth:.2f} GiB, at most {options.limit:.2f} wanted")
    return int(growth > options.limit)


def command(options: argparse.Namespace, times: int) -> list[str]:
    """Return the command that reads the training file `times` times over; {folder} is a scratch folder."""
    files = [str(options.train)] * times
    if options.arrays:
        return [sys.executable, __file__, "--index", *files]
    short = ["--preset", "quick", "--epochs", "1", "--max-steps", str(options.steps), "--vector-epochs", "1"]
    folders = ["--output", "{folder}/bundle", "--runs", "{folder}/runs", "--cache", "{folder}/cache"]
    fit = [
        sys.executable,
        "-m",
        "training.fit",
        "--train",
        *files,
        "--dev",
        str(options.dev),
        "--raw",
        "none",
    ]
    return [*fit, *short, *folders]


def measure(arguments: Sequence[str]) -> Run:
    """Return the peak memory and time of a command; CalledProcessError when it fails."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+") as output:
        started = time.perf_counter()
        given = [argument.replace("{folder}", folder) for argument in arguments]
        environment = {**os.environ, "TMPDIR": folder, "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(given, stdout=output, stderr=subprocess.STDOUT, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - started
        if process.returncode:
            output.seek(0)
            print(output.read()[-4000:], file=sys.stderr)
            raise subprocess.CalledProcessError(process.returncode, given[:8])
    return Run(usage.ru_maxrss * 1024, seconds)  # Linux counts it in KiB


def index(files: Sequence[str]) -> None:
    """Build the arrays of `files` and go through two epochs of batches: what a fit does beside TensorFlow."""
    from model.features.channels import Channel, Features
    from model.features.vocabulary import END, PAD, UNK, Vocabulary
    from model.tags.tag_set import TagSet
    from model.text import normalise
    from training.corpus.reader import ReadReport, read_sentences
    from training.data.arrays import build_arrays
    from training.data.batches import batches

    counts: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    report = ReadReport()
    for sentence in read_sentences(files[0], report=report):
        text = normalise(sentence.text)
        counts[0].update(text)
        counts[1].update(map(str.__add__, text, text[1:] + END))
    keys = [[PAD, UNK, *(key for key, count in found.items() if count > 1)] for found in counts]
    channels = zip(("char", "bigram"), map(Vocabulary, keys), strict=True)
    features = Features(tuple(Channel(name, vocabulary) for name, vocabulary in channels))
    tag_set = TagSet("BIOES", tuple(report.entities))
    cache = Path(tempfile.gettempdir()) / "cache"
    arrays = build_arrays(read_sentences(files), features, tag_set, cache, key="benchmark", max_chars=100)
    for epoch in range(2):
        chars = sum(int(batch.lengths.sum()) for batch in batches(arrays, 3072, seed=0, epoch=epoch))
        assert chars == arrays.n_chars


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--train", type=Path, default=ROOT / "data" / "msra" / "train.bio")
    parser.add_argument("--dev", type=Path, default=ROOT / "data" / "msra" / "dev.bio")
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--steps", type=int, default=50, help="training steps of each fit")
    parser.add_argument("--limit", type=float, default=LIMIT_GIB, help="growth allowed, GiB")
    parser.add_argument("--arrays", action="store_true", help="leave TensorFlow out")
    return parser


if __name__ == "__main__":
    if sys.argv[1:2] == ["--index"]:
        index(sys.argv[2:])
    else:
        sys.exit(run_command(main))
