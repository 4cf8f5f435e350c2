"""Alerts and dashboard ask for metrics that the service has, in queries that Prometheus understands."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from programs import DEPLOY, ROOT, program, run
from prometheus_client.parser import text_string_to_metric_families

from app.metrics import Metrics
from app.problems import PROBLEMS
from model.tagger import Entity, Tagging

REMEDY = "install Debian's prometheus, which brings it"
ALERTS = DEPLOY / "prometheus/alerts.yml"
DASHBOARD = DEPLOY / "grafana/dashboards/zitag.json"
# What Prometheus itself adds to what it scrapes.
OF_PROMETHEUS = {"up": {"job", "instance"}}


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    return found


def queries() -> list[str]:
    shown = [target["expr"] for panel in panels() for target in panel["targets"]]
    return [rule["expr"] for rule in rules()] + [expr.replace("$__rate_interval", "5m") for expr in shown]


@pytest.fixture(scope="module")
def series() -> dict[str, set[str]]:
    """The names of all series of a service that has seen everything, with their labels."""
    metrics = Metrics()
    metrics.watch(lambda: 0, lambda: True)
    metrics.request("/tag", 200, 0.1)
    metrics.rejected("queue_full")
    metrics.started(0.1)
    metrics.batch(1, 10, 0.1)
    metrics.found([Tagging([Entity(0, 1, "x", "PER", 1.0)], unknown_chars=1)])
    metrics.reload("loaded")
    metrics.serving("a", "onnx", "cpu")
    families = text_string_to_metric_families(metrics.render().decode())
    found = {
        sample.name: {*sample.labels, "job", "instance"} for family in families for sample in family.samples
    }
    return {**found, **OF_PROMETHEUS}


def selectors(node: Any) -> Iterator[Any]:
    """Yield every vector selector of a parsed query."""
    if isinstance(node, promql_parser.VectorSelector):
        yield node
    for name in ("expr", "lhs", "rhs", "param", "vector_selector", "vs"):
        child = getattr(node, name, None)
        if child is not None:
            yield from selectors(child)
    for child in getattr(node, "args", None) or ():
        yield from selectors(child)


@pytest.mark.parametrize("query", queries())
def test_query_asks_for_what_the_service_gives(query: str, series: dict[str, set[str]]) -> None:
    asked = list(selectors(promql_parser.parse(query)))
    assert asked
    for selector in asked:
        assert selector.name in series
        assert {matcher.name for matcher in selector.matchers.matchers} <= series[selector.name]
    for labels in re.findall(r"\bby \(([^)]*)\)", query):
        everything = set.union(*(series[selector.name] for selector in asked))
        assert {label.strip() for label in labels.split(",")} <= everything


def test_query_of_a_metric_that_is_not_there_is_noticed(series: dict[str, set[str]]) -> None:
    names = [
        s.name for s in selectors(promql_parser.parse("sum by (job) (rate(zitag_texts_total[5m])) / up"))
    ]
    assert names == ["zitag_texts_total", "up"]
    assert "zitag_texts_total" not in series


def test_reasons_in_queries_are_problem_codes() -> None:
    for query in queries():
        for reasons in re.findall(r'reason=~?"([^"]+)"', query):
            assert set(reasons.split("|")) <= set(PROBLEMS)
        for statuses in re.findall(r'status=~?"([^"]+)"', query):
            assert {int(status) for status in statuses.split("|")} <= {
                status for status, _ in PROBLEMS.values()
            }


def test_every_metric_of_ours_is_shown(series: dict[str, set[str]]) -> None:
    shown = {s.name for query in queries() for s in selectors(promql_parser.parse(query))}
    families = {re.sub(r"_(total|bucket|count|sum|created)$", "", name) for name in series if "zitag" in name}
    assert families == {re.sub(r"_(total|bucket|count|sum)$", "", name) for name in shown if "zitag" in name}


def test_every_alert_says_how_bad_it_is_and_what_is_wrong() -> None:
    for rule in rules():
        assert rule["alert"].startswith("Zitag")
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert rule["annotations"]["summary"].endswith(".")


def test_prometheus_scrapes_the_name_that_instances_have() -> None:
    config = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text(encoding="utf-8"))
    (job,) = [job for job in config["scrape_configs"] if job["job_name"] == "zitag"]
    assert job["dns_sd_configs"][0]["names"] == ["instances"]
    assert job["dns_sd_configs"][0]["port"] == 8000
    assert [(ALERTS.parent / name) for name in config["rule_files"]] == [ALERTS]


def test_dashboard_is_found_where_grafana_looks() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]["grafana"]
    mounts = dict(mount.split(":")[:2] for mount in compose["volumes"])
    mounted = {inside: Path(outside) for outside, inside in mounts.items() if outside.startswith("./")}
    provider = yaml.safe_load(
        (DEPLOY / "grafana/provisioning/dashboards/zitag.yml").read_text(encoding="utf-8")
    )
    (folder,) = [p["options"]["path"] for p in provider["providers"]]
    assert ROOT / mounted["/etc/zitag"] / Path(folder).relative_to("/etc/zitag") == DASHBOARD.parent
    source = yaml.safe_load(
        (DEPLOY / "grafana/provisioning/datasources/prometheus.yml").read_text(encoding="utf-8")
    )
    assert {panel["datasource"]["uid"] for panel in panels()} == {source["datasources"][0]["uid"]}


def test_panels_have_ids_of_their_own_and_do_not_overlap() -> None:
    cells = [
        (x, y)
        for panel in panels()
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) == 23
    assert len({panel["id"] for panel in panels()}) == len(panels())


def test_prometheus_takes_its_configuration() -> None:
    done = run(program("promtool", REMEDY), "check", "config", str(DEPLOY / "prometheus/prometheus.yml"))
    assert done.returncode == 0, done.stdout + done.stderr


def test_alerts_fire_and_rest_as_they_should() -> None:
    done = run(program("promtool", REMEDY), "test", "rules", str(Path(__file__).parent / "alerts.test.yml"))
    assert done.returncode == 0, done.stdout + done.stderr
