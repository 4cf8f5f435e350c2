"""The compose file as a running stack, for the end-to-end test: started, asked, wounded and taken down."""

import json
import os
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from programs import ROOT

APP, NGINX, PROMETHEUS, GRAFANA = 8000, 8080, 9090, 3000
# A stack that is not up by then never will be; a fit on two busy cores takes a quarter of an hour.
START_S, FIT_S = 180.0, 3600.0
TEXTS = [
    "小明在北京大学读书。",
    "中共中央总书记江泽民在人民大会堂会见了美国总统克林顿。",
    "新华社上海八月二十日电",
    "今天天气很好。",
    "👩‍👩‍👧王小红去了法国巴黎👋",
]


def has_engine() -> bool:
    """Return whether a container engine answers, with compose."""
    try:
        asked = [
            subprocess.run(["docker", *words], capture_output=True, timeout=60)
            for words in (["info"], ["compose", "version"])
        ]
    except (OSError, subprocess.TimeoutExpired):
        return False
    return all(done.returncode == 0 for done in asked)


def wait_for(condition: Callable[[], Any], timeout_s: float = START_S) -> None:
    """Return when the condition holds; fail when it does not in time."""
    until = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < until, f"not within {timeout_s:g} s"
        time.sleep(0.1)


class Stack:
    """One project of docker compose with volumes of its own."""

    def __init__(self) -> None:
        self.name = f"zitag-e2e-{uuid.uuid4().hex[:8]}"
        self.variables: dict[str, str] = {}

    def compose(self, *arguments: str, timeout_s: float = START_S, check: bool = True) -> str:
        """Return what docker compose printed, errors included."""
        done = subprocess.run(
            self.command(*arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout_s,
            cwd=ROOT,
            env=self.environment,
        )
        assert done.returncode == 0 or not check, done.stdout
        return done.stdout

    def command(self, *arguments: str) -> list[str]:
        return ["docker", "compose", "--project-name", self.name, *arguments]

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, **self.variables}

    def up(self, *arguments: str, profile: str = "", timeout_s: float = FIT_S) -> str:
        flags = ["--profile", profile] if profile else []
        return self.compose(*flags, "up", "--detach", *arguments, timeout_s=timeout_s)

    def seed(self) -> None:
        """Copy corpora that are here already into the workspace, so that a fit need not fetch them."""
        if not (ROOT / "data/msra").is_dir():
            return
        copy = "mkdir -p data && cp -r /seed/msra /seed/raw data/"
        volume = f"{ROOT / 'data'}:/seed:ro"
        self.compose(
            "run", "--rm", "--no-deps", "--volume", volume, "--entrypoint", "sh", "bundle", "-c", copy
        )

    def serve(self) -> None:
        """Have the service up and ready, whatever was before; trains if there is no bundle yet."""
        self.seed()
        self.up()
        wait_for(lambda: self.ready())

    def ready(self, port: int = APP) -> bool:
        return self.ask("/healthz/ready", port=port)[0] == 200

    def ask(
        self, path: str, document: Any = None, *, port: int = APP, key: str = ""
    ) -> tuple[int, dict[str, Any]]:
        """Return status and JSON body of an answer; (0, {}) if there was none."""
        body = None if document is None else json.dumps(document).encode()
        headers = {"content-type": "application/json", **({"x-api-key": key} if key else {})}
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)
        except (OSError, ValueError):
            return 0, {}

    def containers(self, service: str) -> list[str]:
        return self.compose("ps", "--quiet", service, check=False).split()

    def inspect(self, container: str, template: str) -> str:
        return self.docker("inspect", "--format", template, container)

    def docker(self, *arguments: str) -> str:
        done = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=START_S)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def down(self, *arguments: str) -> None:
        self.compose("--profile", "*", "down", "--timeout", "60", *arguments, check=False)


@contextmanager
def load(stack: Stack, port: int, clients: int = 8) -> Iterator["Load"]:
    """Send texts all the while; at the end every answer was right, after one retry at most."""
    made = Load(stack, port)
    threads = [threading.Thread(target=made.run, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    try:
        wait_for(lambda: made.answers > 10 * clients)
        yield made
    finally:
        made.stop.set()
        for thread in threads:
            thread.join(timeout=120)
    assert made.wrong == []


class Load:
    """Counts of what clients got; `wrong` holds what no client should."""

    def __init__(self, stack: Stack, port: int) -> None:
        self.stack, self.port = stack, port
        self.answers = self.retries = 0
        self.wrong: list[Any] = []
        self.stop = threading.Event()
        self.expected = {text: self._entities(text) for text in TEXTS}

    def run(self, number: int) -> None:
        while not self.stop.is_set():
            text = TEXTS[number % len(TEXTS)]
            number += 1
            status, answer = self.stack.ask("/tag", {"text": text}, port=self.port)
            if status != 200:
                self.retries += 1
                status, answer = self.stack.ask("/tag", {"text": text}, port=self.port)
            if status != 200 or answer["entities"] != self.expected[text]:
                self.wrong.append((status, text, answer))
            self.answers += 1

    def _entities(self, text: str) -> Any:
        status, answer = self.stack.ask("/tag", {"text": text}, port=self.port)
        assert status == 200, answer
        return answer["entities"]


@contextmanager
def readable_folder() -> Iterator[Path]:
    """Give a folder that the containers' user may read, which pytest's own are not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
