"""docker compose for real: from a host with nothing to a service that survives what happens to services.

Needs a container engine; `make e2e`. Variables: E2E_BUILD=no takes the images that there are (zitag-serve,
zitag-train) instead of building them.
"""

import json
import os
import subprocess
import time
from collections.abc import Iterator

import pytest
from stack import (
    APP,
    FIT_S,
    GRAFANA,
    NGINX,
    PROMETHEUS,
    TEXTS,
    Stack,
    has_engine,
    load,
    readable_folder,
    wait_for,
)

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(2 * FIT_S)]

MAX_SERVE_BYTES = 600e6
# Prints what of the decoder had to be compiled: in a read-only container it would be at every start.
COMPILED = """
import model.crf.decoding, model.crf.forward_backward, model.crf.viterbi, model.tags.tag_set
from model.tagger import Tagger
Tagger.load("/bundles/default", threads=1).tag_details(["张三到过上海市复旦大学。"], tags=True, nbest=3)
for module in (model.crf.decoding, model.crf.forward_backward, model.crf.viterbi, model.tags.tag_set):
    for name, value in vars(module).items():
        if hasattr(value, "stats") and value.stats.cache_misses:
            print(name)
"""


@pytest.fixture(scope="module", autouse=True)
def images() -> None:
    if not has_engine():
        pytest.skip(
            "not run: no container engine answers `docker info`; install Docker with compose, then `make e2e`"
        )
    if os.environ.get("E2E_BUILD") != "no":
        Stack().compose("build", "bundle", "app", timeout_s=FIT_S)


@pytest.fixture(scope="module")
def kept() -> Iterator[Stack]:
    """A stack whose volumes outlive a test, so that one bundle is trained for all of them."""
    stack = Stack()
    yield stack
    stack.down("--volumes")


@pytest.fixture
def stack(kept: Stack) -> Iterator[Stack]:
    """The stack, serving; down again after the test, its volumes kept."""
    kept.serve()
    yield kept
    kept.variables.clear()
    kept.down()


def test_fresh_host_trains_once_goes_on_after_a_kill_and_serves(kept: Stack) -> None:
    kept.down("--volumes")
    kept.seed()
    first = subprocess.Popen(kept.command("up", "--detach"), env=kept.environment)
    wait_for(lambda: "epoch 1/3" in kept.compose("logs", "bundle", check=False), FIT_S)
    kept.compose("kill", "--signal", "SIGKILL", "bundle")
    assert first.wait(timeout=60) != 0
    assert not kept.ready()

    kept.up()
    wait_for(kept.ready)

    log = kept.compose("logs", "bundle")
    assert "resumed after epoch 1" in log
    assert "epoch 3/3" in log
    status, answer = kept.ask("/tag", {"text": TEXTS[0]})
    assert status == 200
    assert ("北京大学", "ORG") in [(entity["text"], entity["label"]) for entity in answer["entities"]]

    kept.down()
    started = time.monotonic()
    kept.up()
    wait_for(kept.ready)
    print(f"up with a bundle: ready after {time.monotonic() - started:.1f} s")
    assert "nothing to train" in kept.compose("logs", "bundle")
    assert kept.ask("/tag", {"text": TEXTS[0]}) == (status, answer)


def test_image_is_small_and_the_container_contained(stack: Stack) -> None:
    size = int(stack.docker("image", "inspect", "--format", "{{.Size}}", "zitag-serve"))
    print(f"zitag-serve: {size / 1e6:.0f} MB")
    assert size <= MAX_SERVE_BYTES
    (container,) = stack.containers("app")
    wait_for(lambda: stack.inspect(container, "{{.State.Health.Status}}") == "healthy", 60)

    def inside(*command: str) -> str:
        return stack.docker("exec", container, *command)

    assert inside("id", "-u") == "10001"
    assert "CapEff:\t0000000000000000" in inside("cat", "/proc/1/status")
    for folder in ("/zitag", "/bundles", "/opt", "/usr/bin", "/workspace"):
        assert inside("sh", "-c", f"touch {folder}/x 2>/dev/null || echo no") == "no", folder
    assert inside("sh", "-c", "command -v gcc cc ld strip || echo none") == "none"
    assert inside("ls", "-A", "/tmp") == ""
    caches = "ls -A ~root/.cache /var/cache/pip /var/lib/apt/lists 2>/dev/null | grep -v ':$' || :"
    assert stack.docker("run", "--rm", "--user", "0", "zitag-serve", "sh", "-c", caches) == ""
    assert inside("python", "-c", "import importlib.util as u; print(u.find_spec('tensorflow'))") == "None"
    assert inside("python", "-c", COMPILED) == ""


def test_load_survives_a_killed_and_a_stopped_replica(stack: Stack) -> None:
    stack.up(profile="scale")
    wait_for(lambda: stack.ready(NGINX))
    instances = 1 + len(stack.containers("replica"))
    assert instances == 3
    wait_for(lambda: stack.compose("logs", "nginx").rpartition("instances:")[2].count(":8000") == instances)
    killed, stopped = stack.containers("replica")

    with load(stack, NGINX) as sent:
        stack.docker("kill", "--signal", "KILL", killed)
        at_kill = sent.answers
        wait_for(lambda: sent.answers > at_kill + 200)
        stack.docker("start", killed)
        wait_for(
            lambda: stack.compose("logs", "nginx").rpartition("instances:")[2].count(":8000") == instances
        )
        before_stop = sent.retries
        stack.docker("stop", "--time", "60", stopped)
        at_stop = sent.answers
        wait_for(lambda: sent.answers > at_stop + 200)
    print(f"{sent.answers} answers, {sent.retries} after a retry by the client")
    assert stack.inspect(stopped, "{{.State.ExitCode}}") == "0"
    assert sent.retries == before_stop, "a replica that is told to stop loses nothing"


def test_crashed_service_comes_back(stack: Stack) -> None:
    (container,) = stack.containers("app")
    # From within: the engine takes a kill from outside for the user's wish.
    stack.docker("exec", container, "python", "-c", "import os, signal; os.kill(1, signal.SIGTERM)")
    wait_for(lambda: stack.inspect(container, "{{.RestartCount}}") == "1", 90)
    wait_for(stack.ready)


def test_bundle_is_upgraded_rolled_back_and_a_broken_one_refused(stack: Stack) -> None:
    def bundles(*arguments: str) -> str:
        return stack.compose("run", "--rm", "--no-deps", "train", *arguments)

    def shell(script: str) -> str:
        return stack.compose("run", "--rm", "--no-deps", "--entrypoint", "sh", "train", "-c", script)

    def serving() -> str:
        return str(stack.ask("/healthz/ready")[1].get("bundle", "")).partition("@")[0]

    assert serving() == "quick"
    shell(
        "cp -r /bundles/quick /bundles/next; cp -r /bundles/quick /bundles/torn; : >/bundles/torn/weights.safetensors"
    )
    with load(stack, APP, clients=2):
        bundles("use", "next")
        stack.compose("kill", "--signal", "HUP", "app")
        wait_for(lambda: serving() == "next", 60)
        bundles("use", "torn")
        stack.compose("kill", "--signal", "HUP", "app")
        wait_for(lambda: "reload refused" in stack.compose("logs", "app"), 60)
        assert serving() == "next"
        bundles("use", "quick")
        stack.compose("kill", "--signal", "HUP", "app")
        wait_for(lambda: serving() == "quick", 60)
    assert "* quick" in bundles("list")
    for name in ("next", "torn"):
        bundles("rm", name)


def test_keys_come_from_a_file(stack: Stack) -> None:
    with readable_folder() as folder:
        (folder / "keys").write_text("# for the test\nfirst-key\nsecond-key\n")
        (folder / "keys").chmod(0o444)
        stack.variables["API_KEYS_FILE"] = str(folder / "keys")
        stack.up()
        wait_for(stack.ready)
        assert stack.ask("/tag", {"text": "x"})[0] == 401
        assert stack.ask("/tag", {"text": "x"}, key="third-key")[0] == 401
        assert stack.ask("/tag", {"text": "x"}, key="second-key")[0] == 200


def test_own_corpus_is_trained_beside_what_serves(stack: Stack) -> None:
    lines = [
        f"{char}\t{tag}"
        for char, tag in zip("小明去北京", ("B-PER", "I-PER", "O", "B-LOC", "I-LOC"), strict=True)
    ]
    with readable_folder() as folder:
        (folder / "own.bio").write_text(("\n".join(lines) + "\n\n") * 40, encoding="utf-8")
        small = ["--raw", "none", "--epochs", "1", "--units", "8", "--char-dim", "8", "--bigram-dim", "0"]
        small += ["--word-vectors", "none", "--dictionary", "none"]
        volume = f"{folder}:/corpus:ro"
        log = stack.compose(
            *("run", "--rm", "--volume", volume, "train", "fit", "own", "--train", "/corpus/own.bio", *small),
            timeout_s=600,
        )
    assert "/bundles/own" in log
    listed = stack.compose("run", "--rm", "--no-deps", "train", "list")
    assert "* quick" in listed
    assert "  own" in listed
    stack.compose("run", "--rm", "--no-deps", "train", "rm", "own")


def have(stack: Stack, service: str, image: str) -> None:
    """Pull an image of others; skip the test where it cannot be had."""
    said = stack.compose("--profile", "observe", "pull", service, timeout_s=600, check=False)
    if not stack.docker("images", "--quiet", image):
        pytest.skip(f"not run: {image} is not here and cannot be pulled: {said.strip().splitlines()[-1]}")


def test_prometheus_scrapes_every_instance(stack: Stack) -> None:
    have(stack, "prometheus", "prom/prometheus")
    stack.compose("--profile", "scale", "--profile", "observe", "up", "--detach", "replica", "prometheus")

    def targets() -> list[str]:
        _, answer = stack.ask("/api/v1/targets?state=active", port=PROMETHEUS)
        found = answer.get("data", {}).get("activeTargets", [])
        return [target["health"] for target in found if target["labels"]["job"] == "zitag"]

    wait_for(lambda: targets() == ["up"] * 3)
    _, rules = stack.ask("/api/v1/rules", port=PROMETHEUS)
    health = {rule["name"]: rule["health"] for group in rules["data"]["groups"] for rule in group["rules"]}
    assert len(health) > 5
    assert set(health.values()) <= {"ok", "unknown"}
    _, ready = stack.ask("/api/v1/query?query=sum(zitag_ready)", port=PROMETHEUS)
    assert ready["data"]["result"][0]["value"][1] == "3"


def test_grafana_shows_the_dashboard(stack: Stack) -> None:
    have(stack, "grafana", "grafana/grafana")
    have(stack, "prometheus", "prom/prometheus")
    stack.up(profile="observe")
    wait_for(lambda: stack.ask("/api/health", port=GRAFANA)[0] == 200)
    wait_for(lambda: stack.ask("/api/dashboards/uid/zitag", port=GRAFANA)[0] == 200)
    _, source = stack.ask("/api/datasources/proxy/uid/zitag-prometheus/api/v1/rules", port=GRAFANA)
    assert source["status"] == "success"


def test_gpu_serves(stack: Stack) -> None:
    if "nvidia" not in stack.docker("info", "--format", "{{json .Runtimes}}"):
        pytest.skip(
            "not run: this engine has no NVIDIA runtime; install NVIDIA's container toolkit, then `make e2e`"
        )
    stack.up("app-gpu", profile="gpu")
    wait_for(lambda: stack.ready(8001))
    assert "gpu" in json.dumps(stack.ask("/bundle", port=8001)[1])
    assert stack.ask("/tag", {"text": TEXTS[0]}, port=8001)[0] == 200
