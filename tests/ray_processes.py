"""Ray's processes on this machine, by what /proc says of them: who tags which split, and what belongs to a node."""

import contextlib
import os
import signal
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Tagging(NamedTuple):
    """A process of Ray's that tags a split, the raylet of its node, and the output that it writes aside."""

    pid: int
    node: int
    output: str


def tagging(target: Path) -> Iterator[Tagging]:
    """Yield who tags for `target`: such a process calls itself so, and has the output open."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (folder / "cmdline").read_bytes().startswith(b"ray::answer_split"):
                for path in map(os.readlink, (folder / "fd").iterdir()):
                    _, aside, name = path.partition(f"{target}/_temporary/")
                    if aside and name.endswith(".jsonl"):
                        yield Tagging(int(folder.name), parent_of(folder), name.partition("-")[2])


def parent_of(folder: Path) -> int:
    """Return the parent of the process that a folder of /proc is about."""
    return int((folder / "stat").read_text().rpartition(")")[2].split()[1])


def kill_all_of(process: int) -> None:
    """Kill a process and all that descend from it."""
    children: dict[int, list[int]] = defaultdict(list)
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            children[parent_of(folder)].append(int(folder.name))
    family = [process]
    for one in family:
        family += children[one]
    for one in family:
        with contextlib.suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)
