"""Runs python-crfsuite beside zitag: installed in an environment of its own, trained, and asked for speed and tags."""

import json
import subprocess
import tempfile
import venv
from pathlib import Path
from typing import Any

_TAGGER = Path(__file__).with_name("crfsuite_tagger.py")


def run_crfsuite(train: Path, test: Path) -> dict[str, Any]:
    """Return {"chars_s", "chars", "tags"}: for each sentence of `test` the tags of a CRF that learnt from `train`."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / "bin" / "python"
        subprocess.run([python, "-m", "pip", "install", "-q", "python-crfsuite"], check=True)
        done = subprocess.run([python, _TAGGER, train, test], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)
