"""Tests marked peers need the libraries that the formats are from: they run when asked for, `make test-peers`."""

import pytest

NOT_RUN = "not run: it needs datasets, spaCy, Label Studio's converter and doccano's; `make test-peers` installs them"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "peers" in config.getoption("markexpr"):
        return
    for item in items:
        if item.get_closest_marker("peers"):
            item.add_marker(pytest.mark.skip(reason=NOT_RUN))
