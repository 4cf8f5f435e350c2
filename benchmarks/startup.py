"""From start to ready, and the memory that takes.

    python benchmarks/startup.py --bundle bundles/default [--runtime auto] [--rounds 5]

Starts `python -m app` and asks /healthz/ready until it is 200; then has a few texts tagged and
reads the resident memory. Prints medians and exits with 0 if it is ready in under 2 s and holds under 300 MB.
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from loopback import Server

from model.machine.command import run_command

MAX_S = 2.0
MAX_BYTES = 300_000_000
TEXTS = ["新华社北京八月二十日电，记者小明今天在人民大会堂见到了李鹏总理。" * 3] * 32


def start(bundle: Path, runtime: str) -> tuple[float, int, int]:
    """Return seconds to ready, resident bytes then, and after some work."""
    begun = time.monotonic()
    with Server({"bundle": bundle.resolve(), "runtime": runtime}, wait_ready=False) as server:
        while server.get("/healthz/ready").status != 200:
            time.sleep(0.005)
        seconds = time.monotonic() - begun
        before = server.rss_bytes()
        for _ in range(20):
            assert server.post("/tag", {"texts": TEXTS}).status == 200
        after = server.rss_bytes()
        assert server.stop() == 0
    return seconds, before, after


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--bundle", type=Path, default=Path("bundles/default"))
    parser.add_argument("--runtime", default="auto", help="as ZITAG_RUNTIME")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    seconds, before, after = map(
        statistics.median,
        zip(*(start(options.bundle, options.runtime) for _ in range(options.rounds)), strict=True),
    )
    print(f"start to ready: {seconds:.2f} s (median of {options.rounds})")
    print(f"resident: {before / 1e6:.0f} MB when ready, {after / 1e6:.0f} MB after tagging")
    return 0 if seconds < MAX_S and max(before, after) < MAX_BYTES else 1


if __name__ == "__main__":
    sys.exit(run_command(main))
