"""Memory of `zitag bulk --engine local` in each tenth of a run over one large file.

    python benchmarks/bulk_memory.py --bundle bundles/default --gb 10 --folder /tmp/bulk-memory

The file is made first: rows of JSON with a sentence of 20 to 40 characters, no two the same, and `--field-bytes` of
other fields, so that the bytes are many and the tagging is little. Each second the resident and the anonymous memory
of the driver and of each worker is read. Exit code 1 where the median of a tenth is more than 10 % over that of
another. What was made is deleted.
"""

import argparse
import contextlib
import random
import shutil
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from model.machine.command import run_command

ROOT = Path(__file__).resolve().parents[1]
LIMIT = 1.10
TENTHS = 10
TEXT = (
    "新华社北京八月二十日电记者小明今天在人民大会堂见到了李鹏总理和江泽民主席他们说中国与美国的关系很好"
    "张三李四去年到过上海市复旦大学王五现任中共中央委员会书记老舍先生写的茶馆在法国巴黎上演，。中国致公党"
)
FILLER = "各位代表各位同志我们热烈祝贺大会召开。"


class Memory(NamedTuple):
    """Of a process at one moment, in MB. at: seconds since the run began."""

    at: float
    resident: float
    anonymous: float


Samples = dict[str, list[Memory]]  # by "driver" or "worker PID"


def main() -> int:
    options = _parser().parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    source, target = options.folder / "rows.jsonl", options.folder / "tagged"
    try:
        write_rows(source, int(options.gb * 1e9), options.field_bytes)
        command = [sys.executable, "-m", "model.bulk", options.bundle, source, target]
        command += ["--workers", str(options.workers), "--quiet"]
        with subprocess.Popen(list(map(str, command)), cwd=ROOT) as process:
            samples = watch(process, target, options.minutes * 60)
        done = sum(path.stat().st_size for path in target.glob("rows*"))
    finally:
        source.unlink(missing_ok=True)
        shutil.rmtree(target, ignore_errors=True)
    print(f"{done / 1e9:.2f} GB written")
    return report(samples)


def write_rows(path: Path, size: int, field_bytes: int) -> None:
    """Write rows of JSON to `path`, `size` bytes or a little more."""
    dice, fields = random.Random(1), FILLER * (field_bytes // len(FILLER.encode()))
    written = number = 0
    with open(path, "wb") as file:
        while written < size:
            number += 1
            text = make_text(dice, number)
            written += file.write(f'{{"id": {number}, "body": "{fields}", "text": "{text}"}}\n'.encode())


def make_text(dice: random.Random, number: int) -> str:
    """Return a sentence of 20 to 40 characters, another for each number."""
    start = dice.randrange(len(TEXT) - 40)
    return f"第{number}号{TEXT[start : start + dice.randint(20, 40)]}"[:40]


def watch(process: "subprocess.Popen[bytes]", target: Path, most_s: float) -> Samples:
    """Return what the driver and its workers had, each second from the end of the first split to that of the driver.

    most_s: after so many seconds it is ended.
    """
    samples: Samples = defaultdict(list)
    started = time.monotonic()
    while process.poll() is None:
        at = time.monotonic() - started
        if at > most_s:
            process.terminate()
        for name, pid in processes_of(process.pid) if samples or any(target.glob("_splits/*")) else ():
            with contextlib.suppress(OSError, KeyError):  # one that has just ended
                samples[name].append(Memory(at, *read_memory(pid)))
        time.sleep(1)
    return samples


def processes_of(driver: int) -> Iterator[tuple[str, int]]:
    """Yield the driver and the processes that it has started to tag."""
    yield "driver", driver
    with contextlib.suppress(OSError):
        for child in Path(f"/proc/{driver}/task/{driver}/children").read_text().split():
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                yield f"worker {child}", int(child)


def read_memory(pid: int) -> tuple[float, float]:
    """Return the resident and the anonymous memory of a process, in MB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    kib = {name: int(rest.split()[0]) for name, rest in (line.split(":") for line in lines)}
    return kib["Rss"] * 1024 / 1e6, kib["Anonymous"] * 1024 / 1e6


def report(samples: Samples) -> int:
    """Print min, median and max of each tenth of the run; return 0 where the medians stay within the limit."""
    grown = False
    print(f"{'':16}{'tenth':>6}{'seconds':>9}{'resident MB':>22}{'anonymous MB':>22}")
    for name, of_process in samples.items():
        medians = []
        for tenth, part in enumerate(tenths(of_process), 1):
            resident, anonymous = ([m[field] for m in part] for field in (1, 2))
            medians.append(statistics.median(resident))
            print(f"{name:16}{tenth:>6}{part[-1].at:9.0f}{_spread(resident):>22}{_spread(anonymous):>22}")
        ratio = max(medians) / min(medians)
        print(f"{name:16}largest median {ratio:.3f} times the smallest, at most {LIMIT:.2f} wanted")
        grown = grown or ratio > LIMIT
    return int(grown)


def tenths(of_process: list[Memory]) -> Iterator[list[Memory]]:
    """Yield the samples of a process in ten parts of equal time; fewer of a short run."""
    bounds = [len(of_process) * part // TENTHS for part in range(TENTHS + 1)]
    for start, end in pairwise(bounds):
        if start < end:
            yield of_process[start:end]


def _spread(values: list[float]) -> str:
    return f"{min(values):.0f} / {statistics.median(values):.0f} / {max(values):.0f}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--bundle", type=Path, default=Path("bundles/default"))
    parser.add_argument("--gb", type=float, default=10.0, help="size of the file")
    parser.add_argument("--field-bytes", type=int, default=2000, help="of the other fields of a row")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=60.0, help="the run is stopped after so many")
    parser.add_argument("--folder", type=Path, required=True, help="where the file and the output go")
    return parser


if __name__ == "__main__":
    sys.exit(run_command(main))
