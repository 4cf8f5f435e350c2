"""A server process with the fake tagger: `python tests/app/fake_server.py SECONDS SECONDS_PER_CHAR`."""

import os
import sys
import time
from pathlib import Path

from fakes import FakeTagger

from app.loader import LoadError, Serving, serving_of
from app.server import serve
from app.settings import Settings, read_settings
from model.machine.command import run_command


def load(settings: Settings) -> Serving:
    """Return a fake whose fingerprint is the content of the bundle's file `fingerprint`, if there is one."""
    path = Path(settings.bundle) / "fingerprint"
    fingerprint = path.read_text() if path.exists() else "f" * 64
    slow = Path(settings.bundle) / "slow"
    if slow.exists():
        time.sleep(float(slow.read_text() or "1"))
    if fingerprint == "broken":
        raise LoadError(f"{path}: broken")
    tagger = FakeTagger(fingerprint, seconds=float(sys.argv[1]), seconds_per_char=float(sys.argv[2]))
    return serving_of(tagger, settings.bundle)


if __name__ == "__main__":
    sys.exit(run_command(lambda: serve(read_settings(os.environ), load)))
