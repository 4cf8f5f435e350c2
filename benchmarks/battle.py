"""A battle: valid requests from many connections, a third of all malformed, oversized, of a wrong type or abandoned.

    python benchmarks/battle.py --bundle bundles/default [--requests 20000] [--connections 64] [--seed 0]

Every valid request must get the answer that the tagger alone gives to its text, every bad one the refusal that it
earned; no 5xx; the process lives; its memory at the end is within 10 % of what it was after the first 2,000.
Prints what happened and exits with 0 if all of this holds.
"""

import argparse
import asyncio
import random
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from battle_attacks import BAD
from battle_requests import GOOD, SENTENCES, Source
from loopback import Server
from raw_client import Connection

from model.machine.command import run_command
from model.tagger import Tagger

WARM_REQUESTS = 2000
MAX_GROWTH = 1.10


class Battle:
    """The state of one battle."""

    def __init__(self, server: Server, tagger: Tagger, seed: int) -> None:
        chance = random.Random(seed)
        self.outcomes: Counter[str] = Counter()
        self.faults: list[str] = []
        # Beforehand: computed here meanwhile, they would stop all connections for as long.
        texts = {"".join(chance.choices(SENTENCES, k=k)) for k in (1, 1, 1, 2, 3, 4, 5, 40) * 40}
        expected = {text: [entity._asdict() for entity in tagger.tag([text])[0]] for text in sorted(texts)}
        self.source = Source(server.port, chance, expected)

    async def run(self, requests: int, connections: int) -> None:
        """Send so many requests from so many connections at once."""
        numbers = iter(range(requests))

        async def work() -> None:
            connection = Connection(self.source.port)
            for _ in numbers:
                await self._one(connection)
            await connection.close()

        await asyncio.gather(*(work() for _ in range(connections)))

    async def _one(self, connection: Connection) -> None:
        kinds = GOOD if self.source.random.random() < 2 / 3 else BAD
        (kind,) = self.source.random.choices(list(kinds), list(kinds.values()))
        try:
            outcome = await asyncio.wait_for(kind(self.source, connection), 60)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, AssertionError, KeyError) as error:
            await connection.close()
            self.faults.append(f"{kind.__name__}: {type(error).__name__}: {str(error)[:200]}")
            outcome = "FAULT"
        self.outcomes[f"{kind.__name__} {outcome}"] += 1


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--bundle", type=Path, default=Path("bundles/default"))
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    tagger = Tagger.load(options.bundle, threads=1)
    settings = {"bundle": options.bundle.resolve(), "log_level": "info"}
    with Server(settings) as server:
        battle = Battle(server, tagger, options.seed)
        warm = min(WARM_REQUESTS, options.requests // 2)
        asyncio.run(battle.run(warm, options.connections))
        before = server.rss_bytes()
        asyncio.run(battle.run(options.requests - warm, options.connections))
        after = server.rss_bytes()
        is_alive = server.get("/healthz/ready").status == 200
        metrics = server.get("/metrics").body.decode()
        code = server.stop()
    errors = [
        line
        for line in metrics.splitlines()
        if line.startswith("zitag_requests_total") and 'status="5' in line
    ]
    for name, count in sorted(battle.outcomes.items()):
        print(f"{count:7d}  {name}")
    print(f"{options.requests} requests, {len(battle.faults)} faults, 5xx: {errors or 'none'}")
    print(
        f"memory after {warm}: {before / 2**20:.0f} MiB, at the end: {after / 2**20:.0f} MiB ({after / before:.3f})"
    )
    print(f"alive: {is_alive}, exit code after SIGTERM: {code}")
    for fault in battle.faults[:20]:
        print(f"FAULT {fault}")
    return (
        0
        if not battle.faults and not errors and is_alive and code == 0 and after <= MAX_GROWTH * before
        else 1
    )


if __name__ == "__main__":
    sys.exit(run_command(main))
