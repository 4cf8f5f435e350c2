"""What docs/operations.md tells people to do exists and is complete."""

import re

import pytest
import yaml
from programs import DEPLOY, ROOT

from app.settings import Settings, variable_name

TEXT = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
COMPOSE = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")


def alerts() -> set[str]:
    groups = yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text(encoding="utf-8"))["groups"]
    return {rule["alert"] for group in groups for rule in group["rules"]}


def test_every_alert_has_its_row() -> None:
    rows = re.findall(r"^\| (Zitag\w+) \| ([^|]+) \| ([^|]+) \|$", TEXT, re.MULTILINE)
    assert {name for name, _, _ in rows} == alerts()
    assert all(len(meaning) > 20 and len(remedy) > 40 for _, meaning, remedy in rows)


def test_every_setting_named_is_one() -> None:
    known = {variable_name(name) for name in Settings.model_fields}
    assert set(re.findall(r"\bZITAG_[A-Z_]+\b", TEXT)) <= known


def test_settings_table_is_complete() -> None:
    for name, field in Settings.model_fields.items():
        row = re.search(rf"^\| `{variable_name(name)}` \| (.*?) \| (.*) \|$", TEXT, re.MULTILINE)
        assert row is not None, name
        assert row[2] == field.description, name
        assert row[1].strip("`") == ("" if field.default in (None, ()) else str(field.default)), name


def test_every_variable_named_is_one_of_the_compose_file() -> None:
    named = set(re.findall(r"`([A-Z]+_?[A-Z_]+)(?:=[^`]*)?`", TEXT)) - {"NAME", "POST"}
    named = {name for name in named if not name.startswith("ZITAG_")}
    assert named <= set(re.findall(r"(?:\$\{|^      )([A-Z_]+)", COMPOSE, re.MULTILINE))


@pytest.mark.parametrize(
    "service", ["app", "app-gpu", "bundle", "replica", "nginx", "prometheus", "grafana", "train"]
)
def test_service_is_named(service: str) -> None:
    assert service in yaml.safe_load(COMPOSE)["services"]
    assert f"`{service}`" in TEXT


def test_every_volume_is_explained() -> None:
    row = "".join(re.findall(r"^\| (`.*?) \|", TEXT, re.MULTILINE))
    assert {name for name in yaml.safe_load(COMPOSE)["volumes"] if f"`{name}`" not in row} == set()


def test_every_manifest_is_explained_or_applied() -> None:
    applied = yaml.safe_load((DEPLOY / "kubernetes/kustomization.yaml").read_text(encoding="utf-8"))[
        "resources"
    ]
    for path in (DEPLOY / "kubernetes").glob("*.yaml"):
        assert path.name in applied or f"`{path.name}`" in TEXT, path.name


def test_every_link_and_file_exists() -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", TEXT):
        assert (ROOT / "docs" / target).exists(), target
    for path in re.findall(r"`((?:deploy|benchmarks)/[\w./-]+)`", TEXT):
        assert (ROOT / path).exists(), path


def test_commands_of_the_train_image_exist() -> None:
    script = (DEPLOY / "bundles.sh").read_text(encoding="utf-8")
    for command in re.findall(r"(?:run --rm train|args: \[)\s*([a-z]+)", TEXT):
        assert f"bundles {command}" in script, command
