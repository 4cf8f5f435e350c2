"""How far gensim has come with its passes over a file of tokens. Within one it says nothing: Linux knows what it reads.

gensim's threads, each in a part of the file --/proc/self/fdinfo--> how far each part is read --> 0.37 of a pass
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from model.machine.progress import Progress

EVERY_S = 0.5
_OPEN_FILES, _FACTS = Path("/proc/self/fd"), Path("/proc/self/fdinfo")


@contextmanager
def passes_shown(title: str, passes: int, folder: Path, threads: int) -> Iterator[Callable[[], None]]:
    """Show how far the passes over a file in `folder` have come while the block runs; give what to call after each."""
    done = 0
    over = threading.Event()

    def passed() -> None:
        nonlocal done
        done += 1

    def watch() -> None:
        reading, seen = PassReading(folder, threads), 0
        while not (done or reading.share()):  # the tokens are still being written and counted
            if over.wait(EVERY_S):
                return
        with Progress(title, passes, "passes") as progress:
            while not over.wait(EVERY_S):
                if seen != done:
                    reading, seen = PassReading(folder, threads), done
                progress.reach(seen + reading.share())

    watcher = threading.Thread(target=watch, name="vector-passes", daemon=True)
    watcher.start()
    try:
        yield passed
    finally:
        over.set()
        watcher.join()


class PassReading:
    """The share of one pass that has been read; so many threads read the file in `folder`, in equal parts."""

    def __init__(self, folder: Path, threads: int) -> None:
        self._folder = os.path.realpath(folder) + os.sep
        self._threads = threads
        self._read: dict[
            int, float
        ] = {}  # part -> share; a thread that is done with its part closes the file

    def share(self) -> float:
        """Return the share that has been read up to now, from 0 to 1; 0 where the system does not tell."""
        for place in _places(self._folder):
            part, within = divmod(place * self._threads, 1.0)
            self._read[int(part)] = max(within, self._read.get(int(part), 0.0))
        return min(1.0, sum(self._read.values()) / self._threads)


def _places(folder: str) -> Iterator[float]:
    """Yield how far each open file below `folder` has been read by C++, from 0 to just below 1."""
    try:
        numbers = os.listdir(_OPEN_FILES)
    except OSError:  # not Linux
        return
    for number in numbers:
        try:
            if not os.readlink(_OPEN_FILES / number).startswith(folder):
                continue
            size = os.stat(_OPEN_FILES / number).st_size
            facts = dict(line.split(":", 1) for line in (_FACTS / number).read_text("ascii").splitlines())
            flags, place = int(facts["flags"], 8), int(facts["pos"])
        except (OSError, ValueError, KeyError):  # closed in the meantime
            continue
        # What Python opens is closed on exec: so gensim counts tokens, before it learns.
        if not flags & (os.O_ACCMODE | os.O_CLOEXEC) and place < size:
            yield place / size
