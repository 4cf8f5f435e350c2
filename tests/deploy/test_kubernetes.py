"""The Kubernetes manifests against the API's own schemas, and against what the service needs."""

import json
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from programs import DEPLOY, ROOT

from app.settings import Settings, variable_name
from training.loop.workers import Task, read_task

FOLDER = DEPLOY / "kubernetes"
FILES = sorted(path for path in FOLDER.glob("*.yaml") if path.name != "kustomization.yaml")
# The oldest that has all fields, and the newest that the validator knows.
VERSIONS = ("1.29", kubernetes_validate.latest_version())


def documents(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


def document(kind: str) -> dict[str, Any]:
    (found,) = [
        doc for path in FILES if path.name in applied() for doc in documents(path) if doc["kind"] == kind
    ]
    return found


def applied() -> list[str]:
    resources: list[str] = documents(FOLDER / "kustomization.yaml")[0]["resources"]
    return resources


def pods() -> list[dict[str, Any]]:
    every = [doc for path in FILES for doc in documents(path)]
    return [doc["spec"]["template"]["spec"] for doc in every if doc["kind"] in {"Deployment", "Job"}]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_manifest_has_the_shape_of_its_kind(path: Path, version: str) -> None:
    for doc in documents(path):
        kubernetes_validate.validate(doc, version, strict=True)


def test_validator_refuses_a_mistyped_field() -> None:
    wrong = document("Deployment")
    wrong["spec"]["template"]["spec"]["containers"][0]["readinessprobe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError, match="readinessprobe"):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)


def test_what_is_applied_exists_and_what_is_not_is_named() -> None:
    names = {path.name for path in FILES}
    assert set(applied()) <= names
    head = (FOLDER / "kustomization.yaml").read_text(encoding="utf-8").partition("apiVersion")[0]
    assert all(name in head for name in names - set(applied()))


def test_every_pod_is_contained() -> None:
    assert len(pods()) == 5
    for pod in pods():
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] == 10001
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in [*pod["containers"], *pod.get("initContainers", ())]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert container["resources"]["limits"]["memory"]
            assert container["resources"]["requests"]["cpu"]


def test_no_pod_gets_the_address_of_the_service_for_its_port() -> None:
    assert all(pod["enableServiceLinks"] is False for pod in pods())


def test_grace_is_longer_than_the_drain() -> None:
    pod = document("Deployment")["spec"]["template"]["spec"]
    sleep_s = int(pod["containers"][0]["lifecycle"]["preStop"]["exec"]["command"][1])
    drain_s = float(document("ConfigMap")["data"]["ZITAG_DRAIN_S"])
    assert drain_s == Settings().drain_s
    assert pod["terminationGracePeriodSeconds"] > sleep_s + 2 * drain_s


def test_probes_ask_what_they_are_for() -> None:
    container = document("Deployment")["spec"]["template"]["spec"]["containers"][0]
    asked = {
        name: container[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "readiness", "liveness")
    }
    assert asked == {"startup": "/healthz/ready", "readiness": "/healthz/ready", "liveness": "/healthz/live"}
    assert [port["containerPort"] for port in container["ports"]] == [8000]


def test_settings_are_settings() -> None:
    known = {variable_name(name) for name in Settings.model_fields}
    assert set(document("ConfigMap")["data"]) <= known


def test_keys_come_from_a_secret_that_is_mounted() -> None:
    pod = document("Deployment")["spec"]["template"]["spec"]
    (keys,) = [volume for volume in pod["volumes"] if volume["name"] == "keys"]
    (mount,) = [mount for mount in pod["containers"][0]["volumeMounts"] if mount["name"] == "keys"]
    assert keys["secret"]["secretName"] == "zitag-keys"
    assert document("ConfigMap")["data"]["ZITAG_API_KEYS_FILE"] == f"{mount['mountPath']}/keys"


def test_selectors_find_the_pods() -> None:
    labels = document("Deployment")["spec"]["template"]["metadata"]["labels"]
    assert document("Deployment")["spec"]["selector"]["matchLabels"] == labels
    assert document("Service")["spec"]["selector"] == labels
    assert document("PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == labels
    assert document("HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]["name"] == "zitag"


def test_workers_of_a_fit_are_told_of_each_other() -> None:
    service, job = documents(FOLDER / "train-workers.yaml")
    name, pod = service["metadata"]["name"], job["spec"]["template"]
    assert service["spec"]["clusterIP"] == "None"
    assert service["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
    assert pod["spec"]["subdomain"] == name
    index, told = pod["spec"]["containers"][0]["env"]
    assert "job-completion-index" in index["valueFrom"]["fieldRef"]["fieldPath"]
    count = job["spec"]["completions"]
    assert job["spec"]["parallelism"] == count
    assert job["spec"]["completionMode"] == "Indexed"
    for number in range(count):
        text = told["value"].replace(f"$({index['name']})", str(number))
        assert read_task({"TF_CONFIG": text}) == Task(number, count)
        host = f"{job['metadata']['name']}-{number}.{name}:{service['spec']['ports'][0]['port']}"
        assert json.loads(text)["cluster"]["worker"][number] == host


def test_images_are_those_of_the_dockerfile() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    used = {container["image"] for pod in pods() for container in pod["containers"]}
    assert used == {"zitag-serve", "zitag-train", "zitag-train-gpu"}
    assert all(f" AS {image.removeprefix('zitag-')}\n" in dockerfile for image in used)
