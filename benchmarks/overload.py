"""Overload: four times as much as the service can do. What it accepts stays right and in time, the rest gets 429.

    python benchmarks/overload.py --bundle bundles/default [--seconds 10] [--deadline-s 2]

Measures what the service can do with 32 connections that wait for each answer, then sends requests four times as
fast without waiting. Prints what came back and exits with 0 if every answer is right or 429 with Retry-After, the
99th percentile of the accepted is under the deadline, and memory grew by less than 100 MiB.
"""

import argparse
import asyncio
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from battle_requests import SENTENCES, check
from loopback import Server
from raw_client import Connection, Reply

from model.machine.command import run_command
from model.tagger import Tagger

FACTOR = 4
MAX_GROWTH_BYTES = 100 * 2**20

# A request, and what raises AssertionError unless a reply is its answer.
Case = tuple[bytes, Callable[[Reply], None]]


@dataclass
class Outcome:
    """What came back."""

    statuses: Counter[int] = field(default_factory=Counter)
    accepted_s: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def percentile_s(self, percent: float) -> float:
        """Return this percentile of the time that accepted requests took."""
        ordered = sorted(self.accepted_s)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


async def capacity(port: int, cases: Sequence[Case], seconds: float, connections: int = 32) -> float:
    """Return the requests/s of so many clients that wait for each answer."""
    done = 0
    end = time.monotonic() + seconds

    async def work(number: int) -> None:
        nonlocal done
        connection = Connection(port)
        while time.monotonic() < end:
            body, verify = cases[number % len(cases)]
            verify(await connection.ask(body))
            done += 1
            number += connections
        await connection.close()

    begun = time.monotonic()
    await asyncio.gather(*(work(number) for number in range(connections)))
    return done / (time.monotonic() - begun)


async def overload(port: int, cases: Sequence[Case], per_s: float, seconds: float) -> Outcome:
    """Send requests at this rate, whatever comes back, and return what did."""
    outcome = Outcome()
    idle: list[Connection] = []

    async def ask(case: Case) -> None:
        connection = idle.pop() if idle else Connection(port)
        begun = time.monotonic()
        try:
            reply = await connection.ask(case[0])
            outcome.statuses[reply.status] += 1
            if reply.status == 200:
                outcome.accepted_s.append(time.monotonic() - begun)
                case[1](reply)
            elif reply.status != 429 or int(reply.headers["retry-after"]) < 1:
                outcome.faults.append(f"{reply.status} {reply.body[:200]!r}")
        except (OSError, AssertionError, KeyError) as error:
            outcome.faults.append(f"{type(error).__name__}: {str(error)[:200]}")
        idle.append(connection)

    tasks = []
    begun = time.monotonic()
    for number in range(int(per_s * seconds)):
        await asyncio.sleep(max(0.0, begun + number / per_s - time.monotonic()))
        tasks.append(asyncio.create_task(ask(cases[number % len(cases)])))
    await asyncio.gather(*tasks)
    for connection in idle:
        await connection.close()
    return outcome


def make_cases(tagger: Tagger, count: int, texts: int) -> list[Case]:
    """Return requests of so many sentences, with what checks their answers."""
    generator = random.Random(0)

    def case() -> Case:
        chosen = ["".join(generator.choices(SENTENCES, k=2)) for _ in range(texts)]
        expected = [[entity._asdict() for entity in entities] for entities in tagger.tag(chosen)]

        def verify(reply: Reply) -> None:
            assert reply.status == 200, reply
            results: list[dict[str, Any]] = reply.json["results"]
            for result, entities in zip(results, expected, strict=True):
                check(result["entities"], entities)

        return json.dumps({"texts": chosen}).encode(), verify

    return [case() for _ in range(count)]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--bundle", type=Path, default=Path("bundles/default"))
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--deadline-s", type=float, default=2)
    options = parser.parse_args()
    cases = make_cases(Tagger.load(options.bundle, threads=1), count=50, texts=50)
    settings = {"bundle": options.bundle.resolve(), "deadline_s": options.deadline_s}
    with Server(settings) as server:
        possible = asyncio.run(capacity(server.port, cases, options.seconds / 2))
        before = server.rss_bytes()
        outcome = asyncio.run(overload(server.port, cases, FACTOR * possible, options.seconds))
        grown = server.rss_bytes() - before
        code = server.stop()
    p99 = outcome.percentile_s(99)
    print(
        f"possible: {possible:.0f} requests/s of 50 texts; sent: {FACTOR * possible:.0f}/s for {options.seconds:g} s"
    )
    print(f"answers by status: {dict(sorted(outcome.statuses.items()))}, faults: {len(outcome.faults)}")
    print(
        f"accepted: median {outcome.percentile_s(50):.2f} s, p99 {p99:.2f} s, deadline {options.deadline_s:g} s"
    )
    print(f"memory grew by {grown / 2**20:.0f} MiB; exit code after SIGTERM: {code}")
    for fault in outcome.faults[:10]:
        print(f"FAULT {fault}")
    holds = not outcome.faults and p99 < options.deadline_s and grown < MAX_GROWTH_BYTES and code == 0
    return 0 if holds and outcome.statuses[429] > 0 else 1


if __name__ == "__main__":
    sys.exit(run_command(main))
