"""The images are locked, slim and unprivileged, as far as their files show; the e2e test builds and runs them."""

import re

import pytest
from packaging.requirements import Requirement
from programs import DEPLOY, ROOT, program, run

TARGETS = ("serve", "serve-gpu", "train", "train-gpu", "bulk")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")


def stages() -> dict[str, tuple[str, list[str]]]:
    """Return each stage's parent and instructions."""
    found: dict[str, tuple[str, list[str]]] = {}
    for line in (line for line in DOCKERFILE.splitlines() if line and not line.startswith("#")):
        match = re.fullmatch(r"FROM (\S+) AS (\S+)", line)
        if match:
            found[match[2]] = (match[1], [])
        else:
            found[list(found)[-1]][1].append(line.strip())
    return found


def lineage(stage: str) -> list[str]:
    """Return all instructions that make a stage, its parents' first."""
    parent, own = stages()[stage]
    return [*lineage(parent), *own] if parent in stages() else own


def locked(lock: str) -> dict[str, str]:
    """Return the packages that a lock installs on the images' Python, each with its version."""
    lines = (ROOT / "locks" / f"{lock}.txt").read_text(encoding="utf-8").splitlines()
    locked = map(Requirement, (line.rstrip(" \\") for line in lines if "==" in line))
    here = {"python_full_version": "3.11.9", "python_version": "3.11"}
    return {
        one.name: str(one.specifier).removeprefix("==")
        for one in locked
        if one.marker is None or one.marker.evaluate(here)
    }


def test_dockerfile_passes_hadolint() -> None:
    done = run(program("hadolint"), "--no-color", "Dockerfile")
    assert done.returncode == 0, done.stdout


def test_every_stage_descends_from_the_official_image() -> None:
    assert {parent for parent, _ in stages().values()} - set(stages()) == {"python:3.11-slim-bookworm"}


@pytest.mark.parametrize("target", TARGETS)
def test_target_runs_unprivileged(target: str) -> None:
    assert "USER 10001:10001" in lineage(target)
    assert "STOPSIGNAL SIGTERM" in lineage(target)


@pytest.mark.parametrize("target", TARGETS)
def test_target_reports_to_nobody(target: str) -> None:
    """ONNX Runtime sends usage data from the moment it is imported, unless the environment forbids it."""
    assert "ORT_DISABLE_TELEMETRY=1" in " ".join(lineage(target))


@pytest.mark.parametrize("target", TARGETS)
def test_target_holds_no_build_step(target: str) -> None:
    """What it runs beyond the base image was copied in: no compiler, cache or index setting comes along."""
    beyond = lineage(target)[len(lineage("base")) :]
    assert not [line for line in beyond if line.startswith(("RUN", "ADD"))]
    assert all(line.startswith("COPY --from=") for line in beyond if line.startswith("COPY"))


@pytest.mark.parametrize("target", ["serve", "serve-gpu"])
def test_service_image_says_when_it_is_ready(target: str) -> None:
    (check,) = [line for line in lineage(target) if line.startswith("HEALTHCHECK")]
    assert "ready.py" in check


def test_serving_on_cpu_takes_the_packages_without_tensorflow() -> None:
    assert "COPY --from=packages-serve /opt/zitag /opt/zitag" in lineage("serve")
    assert "tensorflow" not in " ".join(locked("serve"))


def test_every_package_is_locked_with_its_hash() -> None:
    installs = [line for line in DOCKERFILE.splitlines() if "pip --python" in line]
    assert len(installs) == 5
    assert all("--require-hashes" in line for line in installs)
    for lock in ("serve", "train", "gpu", "gpu-serve", "ray"):
        text = (ROOT / "locks" / f"{lock}.txt").read_text(encoding="utf-8")
        assert text.count("==") <= text.count("--hash=sha256:")


@pytest.mark.parametrize("package", ["numba", "llvmlite", "numpy"])
def test_functions_compiled_once_fit_every_image(package: str) -> None:
    """They are compiled beside the packages of `serve`; another version would compile them again at each start."""
    assert {locked(lock)[package] for lock in ("train", "gpu", "gpu-serve", "ray")} == {
        locked("serve")[package]
    }


def test_cpu_and_gpu_builds_of_tensorflow_never_meet() -> None:
    assert ("tensorflow-cpu" in locked("train"), "tensorflow" in locked("train")) == (True, False)
    assert ("tensorflow-cpu" in locked("gpu"), "tensorflow" in locked("gpu")) == (False, True)


def test_cpu_and_gpu_builds_of_onnx_runtime_never_meet() -> None:
    assert ("onnxruntime" in locked("serve"), "onnxruntime-gpu" in locked("serve")) == (True, False)
    assert ("onnxruntime" in locked("gpu-serve"), "onnxruntime-gpu" in locked("gpu-serve")) == (False, True)
    assert locked("gpu-serve")["onnxruntime-gpu"] == locked("serve")["onnxruntime"]


def test_serving_on_a_gpu_takes_the_packages_without_tensorflow() -> None:
    assert "COPY --from=packages-gpu-serve /opt/zitag /opt/zitag" in lineage("serve-gpu")
    assert "tensorflow" not in " ".join(locked("gpu-serve"))


def test_builder_gets_all_that_is_copied_and_nothing_else() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    kept = {line[1:] for line in lines if line.startswith("!")}
    copied = set(re.findall(r"^COPY (?:--chmod=\d+ )?([^-\s]\S*) ", DOCKERFILE, re.MULTILINE))
    assert next(line for line in lines if not line.startswith("#")) == "*"
    assert {path if not path.startswith("locks/") else "locks" for path in copied} == kept
    assert all((ROOT / path).exists() for path in copied)


def test_shell_scripts_are_sound() -> None:
    for script in sorted(DEPLOY.rglob("*.sh")):
        assert run("sh", "-n", str(script)).returncode == 0, script
        assert "set -eu" in script.read_text(encoding="utf-8"), script
