"""Giving memory back breaks nothing."""

import subprocess
import sys

import numba

from app.memory import _text_of, release_memory

# In a process of its own, because arenas are counted from its start. Each thread frees as much as it took.
ARENAS = """
import re, sys, threading
from pathlib import Path
if sys.argv[1] == "shared":
    from app.memory import share_arenas
    share_arenas(1)
def work():
    held.append([bytes(1000) for _ in range(1000)])
    barrier.wait(10)
held, barrier = [], threading.Barrier(8)
threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
# Each further arena reserves 64 MiB of addresses, which it uses bit by bit.
sizes = [int(end, 16) - int(start, 16) for start, end in
         re.findall(r"^([0-9a-f]+)-([0-9a-f]+) ---p 0+ 00:00 0 *$", Path("/proc/self/maps").read_text(), re.M)]
print(sum(size > 32 << 20 for size in sizes))
"""


def test_what_is_compiled_still_runs_and_more_can_be_compiled() -> None:
    before = numba.njit(lambda x: x + 1)
    assert before(1) == 2
    release_memory()
    assert before(2) == 3
    assert numba.njit(lambda x: x * 7)(6) == 42


def test_the_compiler_is_found_in_memory() -> None:
    parts = list(_text_of("libllvmlite.so"))
    assert sum(size for _, size in parts) > 10_000_000
    assert list(_text_of("libnone.so")) == []


def test_threads_share_two_arenas() -> None:
    counts = [
        int(subprocess.run([sys.executable, "-c", ARENAS, how], capture_output=True, check=True).stdout)
        for how in ("own", "shared")
    ]
    assert counts[1] <= 1 < counts[0]
