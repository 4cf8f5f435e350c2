"""The services that are abused: processes of their own, with the fake tagger."""

from collections.abc import Iterator

import pytest
from hostile import FAKE
from loopback import Server


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A service without keys, with the limits that it has by default."""
    with Server({"max_connections": 200, "body_timeout_s": 2}, (FAKE, "0", "0")) as running:
        yield running
        assert running.stop() == 0
        assert all("Traceback" not in str(entry) for entry in running.log)


@pytest.fixture(scope="module")
def keyed() -> Iterator[Server]:
    """A service with a key."""
    with Server({"api_keys": "right", "body_timeout_s": 2}, (FAKE, "0", "0")) as running:
        yield running
