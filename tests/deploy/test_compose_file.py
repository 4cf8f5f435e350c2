"""The compose file as docker compose reads it: contained, bounded, patient. No engine is needed for that."""

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from programs import ROOT, program, run

from app.settings import Settings, variable_name
from training.loop.workers import Task, read_task

Service = dict[str, Any]
# Ours; what others make is pinned to a version, or stable.
BUILT = {"zitag-bulk", "zitag-serve", "zitag-serve-gpu", "zitag-train", "zitag-train-gpu"}
SERVING = ("app", "replica", "app-gpu")
FITS = {"bundle", "train", "train-gpu", "train-worker-1", "train-worker-2"}


def compose(*profiles: str, folder: Path = ROOT, **variables: str) -> dict[str, Service]:
    """Return the services that `docker compose --profile ... up` would start in a folder."""
    flags = [flag for profile in profiles for flag in ("--profile", profile)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("ZITAG_", "COMPOSE_"))}
    place = [
        "--env-file",
        os.devnull,
        "--project-directory",
        str(folder),
        "-f",
        str(folder / "docker-compose.yml"),
    ]
    command = [program("docker-compose"), *place, *flags, "config", "--format", "json"]
    done = run(*command, env={**clean, **variables})
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    services: dict[str, Service] = json.loads(done.stdout)["services"]
    return services


@pytest.fixture(scope="module")
def services() -> dict[str, Service]:
    return compose("*")


@pytest.mark.parametrize(
    ("profiles", "started"),
    [
        ((), {"bundle", "app"}),
        (("gpu",), {"bundle", "app", "app-gpu"}),
        (("train",), {"bundle", "app", "train"}),
        (("train-workers",), {"bundle", "app", "train-worker-1", "train-worker-2"}),
        (("train-gpu",), {"bundle", "app", "train-gpu"}),
        (("scale",), {"bundle", "app", "replica", "nginx"}),
        (("bulk",), {"bundle", "app", "ray-head", "ray-worker", "bulk"}),
        (("observe",), {"bundle", "app", "prometheus", "grafana"}),
    ],
)
def test_profile_starts(profiles: tuple[str, ...], started: set[str]) -> None:
    assert set(compose(*profiles)) == started


def test_workers_of_a_fit_are_told_of_each_other(services: dict[str, Service]) -> None:
    names = ["train-worker-1", "train-worker-2"]
    told = [json.loads(services[name]["environment"]["TF_CONFIG"]) for name in names]
    assert [read_task({"TF_CONFIG": json.dumps(each)}) for each in told] == [Task(0, 2), Task(1, 2)]
    hosts = [f"{name}:2222" for name in names]
    assert all(each["cluster"]["worker"] == hosts for each in told)
    assert services[names[0]]["command"] == services[names[1]]["command"]


def test_every_service_is_contained(services: dict[str, Service]) -> None:
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "privileged" not in service, name
        assert "cap_add" not in service, name


def test_every_service_is_bounded(services: dict[str, Service]) -> None:
    for name, service in services.items():
        limits = service["deploy"]["resources"]["limits"]
        assert int(limits["memory"]) > 0, name
        assert limits["pids"] > 0, name
        assert service["logging"]["options"].keys() == {"max-size", "max-file"}, name
        assert all("size=" in mount for mount in service.get("tmpfs", ())), name


def test_ports_are_open_to_this_host_alone_unless_told(services: dict[str, Service]) -> None:
    open_to = [(port["host_ip"], port["published"]) for s in services.values() for port in s.get("ports", ())]
    assert {address for address, _ in open_to} == {"127.0.0.1"}
    assert len({port for _, port in open_to}) == len(open_to)
    everywhere = compose("*", PUBLISH="0.0.0.0")
    assert {p["host_ip"] for s in everywhere.values() for p in s.get("ports", ())} == {"0.0.0.0"}


def test_images_are_ours_or_pinned(services: dict[str, Service]) -> None:
    others = {service["image"] for service in services.values()} - BUILT
    assert {image.split(":")[0] for image in others} == {"nginx", "prom/prometheus", "grafana/grafana"}
    assert all(":" in image and not image.endswith(":latest") for image in others)
    targets = {s["image"]: s["build"]["target"] for s in services.values() if "build" in s}
    assert targets == {image: image.removeprefix("zitag-") for image in BUILT}


@pytest.mark.parametrize("name", SERVING)
def test_service_waits_for_a_bundle_and_only_reads_it(services: dict[str, Service], name: str) -> None:
    assert services[name]["depends_on"]["bundle"]["condition"] == "service_completed_successfully"
    (volume,) = services[name]["volumes"]
    assert (volume["source"], volume["target"], volume["read_only"]) == ("bundles", "/bundles", True)


@pytest.mark.parametrize("name", SERVING)
def test_service_may_finish_its_drain(services: dict[str, Service], name: str) -> None:
    assert services[name]["stop_grace_period"] == "1m0s"
    assert Settings().drain_s + 10 <= 60


@pytest.mark.parametrize("name", SERVING)
def test_settings_come_from_one_file_that_may_be_missing(name: str) -> None:
    source = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"][name]
    assert source["env_file"][1:] == [{"path": "zitag.env", "required": False}]
    # A value here, an empty one too, would win over the file: only what a container must have for itself.
    own = {variable_name(field) for field in ("host", "port")}
    assert set(source["environment"]) == own


def test_every_variable_of_the_file_is_explained_at_its_head() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    head, _, body = text.partition("name: zitag")
    explained = set(re.findall(r"^#   ([A-Z_]+) ", head, re.MULTILINE))
    assert explained == set(re.findall(r"\$\{([A-Z_]+)", body))


def test_service_is_open_without_a_file_of_keys_and_reads_it_as_a_secret(
    services: dict[str, Service],
) -> None:
    assert "ZITAG_API_KEYS_FILE" not in services["app"]["environment"]
    keyed = compose("*", API_KEYS_FILE="./keys")
    for name in SERVING:
        assert keyed[name]["environment"]["ZITAG_API_KEYS_FILE"] == "/run/secrets/api_keys", name
        assert [secret["target"] for secret in keyed[name]["secrets"]] == ["/run/secrets/api_keys"], name


@pytest.mark.parametrize("variables", [{}, {"API_KEYS_FILE": "./keys"}])
def test_what_zitag_env_says_wins(variables: dict[str, str], tmp_path: Path) -> None:
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
    shutil.copy(ROOT / "docker-compose.yml", tmp_path)
    said = {"ZITAG_API_KEYS_FILE": "/bundles/keys", "ZITAG_BUNDLE": "/bundles/other"}
    lines = "".join(f"{name}={value}\n" for name, value in said.items())
    (tmp_path / "zitag.env").write_text(lines, encoding="utf-8")
    environment = compose("*", folder=tmp_path, **variables)["app"]["environment"]
    assert said.items() <= environment.items()
    assert environment["ZITAG_HOST"] == "0.0.0.0"


def test_file_that_stands_for_no_keys_holds_none() -> None:
    lines = (ROOT / "deploy/no-api-keys").read_text(encoding="utf-8").splitlines()
    assert all(line.startswith("#") for line in lines)


def test_only_gpu_services_ask_for_a_gpu(services: dict[str, Service]) -> None:
    asking = {
        name: service["deploy"]["resources"]["reservations"]["devices"]
        for name, service in services.items()
        if "reservations" in service["deploy"]["resources"]
    }
    assert set(asking) == {"app-gpu", "train-gpu"}
    for (device,) in asking.values():
        assert (device["driver"], device["count"], device["capabilities"]) == ("nvidia", 1, ["gpu"])


def test_what_serves_restarts_and_what_trains_does_not(services: dict[str, Service]) -> None:
    fits = {name for name, service in services.items() if service["restart"] == "no"}
    assert fits == FITS | {"ray-head", "ray-worker", "bulk"}
    assert {service["restart"] for name, service in services.items() if name not in fits} == {
        "unless-stopped"
    }


def test_stopped_fit_leaves_its_checkpoint_and_no_half_trained_bundle(services: dict[str, Service]) -> None:
    for name in FITS:
        assert services[name]["stop_signal"] == "SIGKILL", name


def test_instances_have_one_name(services: dict[str, Service]) -> None:
    for name in SERVING:
        assert services[name]["networks"]["default"]["aliases"] == ["instances"], name


def test_replicas_are_as_many_as_asked() -> None:
    assert compose("scale")["replica"]["deploy"]["replicas"] == 2
    assert compose("scale", REPLICAS="5")["replica"]["deploy"]["replicas"] == 5


def test_two_nodes_tag_what_bulk_reads(services: dict[str, Service]) -> None:
    for name in ("ray-head", "ray-worker", "bulk"):
        volumes = {volume["target"]: volume.get("read_only", False) for volume in services[name]["volumes"]}
        assert volumes == {"/bundles": True, "/ray": False, "/files": False}, name
        assert "ports" not in services[name], name
    assert services["ray-worker"]["deploy"]["replicas"] == 2
    limits = services["ray-worker"]["deploy"]["resources"]["limits"]
    assert services["ray-worker"]["environment"]["CPUS"] == str(limits["cpus"])
