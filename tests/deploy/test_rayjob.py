"""The manifest for KubeRay: its pods against the API's own schemas, its own fields against those that KubeRay has."""

from typing import Any

import kubernetes_validate
import pytest
import yaml
from programs import DEPLOY, ROOT

from model.bulk.__main__ import _parser

# Of ray.io/v1 in KubeRay 1.5.1, the first release with authOptions; those that are used here or near them.
FIELDS = {
    "job": {
        *(
            "entrypoint",
            "submissionMode",
            "shutdownAfterJobFinishes",
            "ttlSecondsAfterFinished",
            "backoffLimit",
        ),
        *("activeDeadlineSeconds", "rayClusterSpec", "runtimeEnvYAML", "suspend", "entrypointNumCpus"),
    },
    "cluster": {"rayVersion", "authOptions", "headGroupSpec", "workerGroupSpecs", "enableInTreeAutoscaling"},
    "head": {"rayStartParams", "template", "serviceType"},
    "workers": {
        "groupName",
        "replicas",
        "minReplicas",
        "maxReplicas",
        "numOfHosts",
        "rayStartParams",
        "template",
    },
}
MANIFEST: dict[str, Any] = yaml.safe_load((DEPLOY / "ray" / "rayjob.yaml").read_text(encoding="utf-8"))
SPEC = MANIFEST["spec"]
CLUSTER = SPEC["rayClusterSpec"]
WORKERS = CLUSTER["workerGroupSpecs"]
GROUPS = [CLUSTER["headGroupSpec"], *WORKERS]


def test_fields_are_those_that_kuberay_has() -> None:
    assert (MANIFEST["apiVersion"], MANIFEST["kind"]) == ("ray.io/v1", "RayJob")
    assert set(SPEC) <= FIELDS["job"]
    assert set(CLUSTER) <= FIELDS["cluster"]
    assert set(CLUSTER["headGroupSpec"]) <= FIELDS["head"]
    assert all(set(group) <= FIELDS["workers"] for group in WORKERS)
    assert all(isinstance(value, str) for group in GROUPS for value in group["rayStartParams"].values())


@pytest.mark.parametrize("version", ["1.29", kubernetes_validate.latest_version()])
@pytest.mark.parametrize("group", GROUPS, ids=["head", "workers"])
def test_pods_have_the_shape_of_pods(group: dict[str, Any], version: str) -> None:
    metadata = {"name": "ray", **group["template"]["metadata"]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": group["template"]["spec"]}
    kubernetes_validate.validate(pod, version, strict=True)


@pytest.mark.parametrize("group", GROUPS, ids=["head", "workers"])
def test_pods_are_contained(group: dict[str, Any]) -> None:
    pod = group["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["automountServiceAccountToken"] is False
    assert (pod["securityContext"]["runAsUser"], pod["securityContext"]["runAsNonRoot"]) == (10001, True)
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert container["resources"]["limits"]["memory"]


def test_image_and_version_are_those_of_the_lock() -> None:
    assert {group["template"]["spec"]["containers"][0]["image"] for group in GROUPS} == {"zitag-bulk"}
    assert " AS bulk\n" in (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert f"\nray=={CLUSTER['rayVersion']} " in (ROOT / "locks" / "ray.txt").read_text(encoding="utf-8")


def test_who_comes_needs_a_token_and_nothing_is_reported() -> None:
    assert CLUSTER["authOptions"] == {"mode": "token"}
    assert all(group["rayStartParams"]["disable-usage-stats"] == "true" for group in GROUPS)


def test_tasks_run_on_workers_alone() -> None:
    assert CLUSTER["headGroupSpec"]["rayStartParams"]["num-cpus"] == "0"


def test_the_command_is_one_that_parses() -> None:
    python, flag, module, *arguments = SPEC["entrypoint"].split()
    assert (python, flag, module) == ("python", "-m", "model.bulk")
    options = _parser().parse_args(arguments)
    assert (options.engine, options.address) == ("ray", "auto")
