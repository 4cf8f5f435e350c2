"""What the tests of the service share."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

# The benchmarks' server processes and HTTP client serve the tests as well.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "benchmarks"))

from fakes import FakeTagger

from app.application import create_app
from app.settings import Settings


@pytest.fixture
def tagger() -> FakeTagger:
    return FakeTagger()


@pytest.fixture
def client(tagger: FakeTagger) -> Iterator[TestClient]:
    """A client of an application with the fake tagger, in this process."""
    with TestClient(create_app(Settings(), tagger)) as made:
        yield made
