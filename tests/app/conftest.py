"""What the tests of the service share."""

from collections.abc import Iterator

import pytest
from fakes import FakeTagger
from starlette.testclient import TestClient

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
