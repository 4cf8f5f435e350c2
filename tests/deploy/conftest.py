"""Tests marked e2e need a container engine and take long: they run when asked for, `make e2e`."""

import pytest

NOT_RUN = "not run: it builds the images and drives docker compose for real; `make e2e` does"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "e2e" in config.getoption("markexpr"):
        return
    for item in items:
        if item.get_closest_marker("e2e"):
            item.add_marker(pytest.mark.skip(reason=NOT_RUN))
