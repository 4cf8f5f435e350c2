"""docs/service.md and docs/operations.md say all that there is, and nothing else."""

import json
import re

import pytest
from loopback import ROOT

from app.application import create_app
from app.problems import PROBLEMS
from app.reference import reference
from app.settings import Settings, variable_name

PAGE = (ROOT / "docs/service.md").read_text("utf-8")
OPERATIONS = (ROOT / "docs/operations.md").read_text("utf-8")


@pytest.mark.parametrize("name", ["service.md", "operations.md", "openapi.json"])
def test_what_is_derived_is_up_to_date(name: str) -> None:
    derived = reference()[name]
    committed = (ROOT / "docs" / name).read_text("utf-8")
    if name.endswith(".json"):
        assert json.loads(committed) == json.loads(derived), "run `python -m app.reference`"
    assert committed == derived, "run `python -m app.reference`"


@pytest.mark.parametrize("path", create_app(Settings()).openapi()["paths"])
def test_every_route_is_documented(path: str) -> None:
    assert re.search(rf"`(GET|POST) {re.escape(path)}`", PAGE)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_documented(name: str) -> None:
    assert f"| `{variable_name(name)}` |" in OPERATIONS


@pytest.mark.parametrize("code", PROBLEMS)
def test_every_problem_is_documented(code: str) -> None:
    assert f"| `{code}` |" in PAGE


def test_what_is_documented_exists() -> None:
    paths = {*create_app(Settings()).openapi()["paths"], "/docs", "/openapi.json"}
    assert set(re.findall(r"`(?:GET|POST) (/[a-z/.]*)`", PAGE)) <= paths
    variables = {variable_name(name) for name in Settings.model_fields}
    assert set(re.findall(r"ZITAG_[A-Z_]+[A-Z]", PAGE)) <= variables
