"""What many tests share: one tiny bundle a session, written by the real save path, without any training."""

from pathlib import Path

import hypothesis
import pytest
import tiny

from model.bundle.bundle import Bundle, load_bundle, save_bundle
from model.tagger import Tagger

# Nothing is timed here: on a busy machine an example may take long, and the first may compile.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Return what runs async tests: the event loop of the service."""
    return "asyncio"


@pytest.fixture(scope="session")
def tiny_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a bundle with random weights. Copy it before changing anything in it."""
    path = tmp_path_factory.mktemp("bundles") / "tiny"
    return save_bundle(path, tiny.tiny_bundle(), check=Tagger.load)


@pytest.fixture(scope="session")
def bundle(tiny_bundle: Path) -> Bundle:
    return load_bundle(tiny_bundle)


@pytest.fixture(scope="session")
def tagger(tiny_bundle: Path) -> Tagger:
    return Tagger.load(tiny_bundle, threads=1)
