"""The examples run against a real server, and what docs/clients.md shows is what is answered."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from loopback import ROOT, Server
from raw_client import HOST
from starlette.testclient import TestClient

from app.api.formats import FORMATS, formatted_answer
from app.api.schemas import TagRequest
from model.tagger import Entity, Tagging

KEY = "sesam"
SENTENCES = (ROOT / "examples" / "sentences.txt").read_text("utf-8")
GUIDE = (ROOT / "docs" / "clients.md").read_text("utf-8")


@pytest.fixture(scope="module")
def server(tiny_bundle: Path) -> Iterator[Server]:
    with Server({"bundle": tiny_bundle, "api_keys": KEY, "threads": 1}) as made:
        yield made


def run(server: Server, *command: str, key: str = KEY) -> "subprocess.CompletedProcess[str]":
    environment = {"ZITAG_URL": f"http://{HOST}:{server.port}", "ZITAG_KEY": key, "PYTHONUTF8": "1"}
    environment["PATH"] = "/usr/local/bin:/usr/bin:/bin"
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)


def test_the_python_client_prints_each_line_with_its_entities(server: Server) -> None:
    done = run(server, sys.executable, "examples/client.py", "examples/sentences.txt")
    assert (done.returncode, done.stderr) == (0, "")
    printed = done.stdout.splitlines()
    assert [line for line in printed if not line.startswith("    ")] == SENTENCES.splitlines()
    reply = server.post("/tag", {"texts": SENTENCES.splitlines()}, {"x-api-key": KEY})
    entities = [entity for result in reply.json["results"] for entity in result["entities"]]
    assert [line.split()[-1] for line in printed if line.startswith("    ")] == [e["text"] for e in entities]


def test_the_python_client_says_what_is_wrong(server: Server) -> None:
    done = run(server, sys.executable, "examples/client.py", "examples/sentences.txt", key="wrong")
    assert done.returncode == 2
    assert done.stderr.startswith("error: A valid key is needed: expected a valid key as")


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl: apt-get install curl")
def test_every_curl_command_is_answered(server: Server) -> None:
    done = run(server, "sh", "examples/curl.sh")
    assert (done.returncode, done.stderr) == (0, "")
    answers = dict(re.findall(r"^# (.*)\n((?:(?!# ).*\n)*)", done.stdout, re.MULTILINE))
    assert len(answers) == (ROOT / "examples" / "curl.sh").read_text("utf-8").count("\nask ")
    corpus = answers.pop("A corpus to correct and train on")
    texts = ["".join(re.findall("^(.)\t", block, re.MULTILINE)) for block in corpus.strip().split("\n\n")]
    assert texts == SENTENCES.splitlines()
    for answer in answers.values():
        assert all(map(json.loads, answer.strip().splitlines()))
    assert run(server, "sh", "examples/curl.sh", key="wrong").returncode != 0


def test_the_guide_shows_what_each_format_answers() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \|.*\| (.*) \|$", GUIDE, re.MULTILINE))
    assert set(rows) == set(FORMATS)
    text = "😀小明去北京。"
    found = [Tagging([Entity(1, 3, "小明", "PER", 0.98)])]
    for name, answer in rows.items():
        if name != "bio":
            request = TagRequest(text=text, format=name)
            body = formatted_answer(request, [text], found, "msra@1f3a9c02").body
            assert answer == f"`{body.decode()}`"


def test_the_guide_names_paths_that_exist(client: TestClient) -> None:
    paths = set(client.get("/openapi.json").json()["paths"])
    named = set(re.findall(r"`(?:GET|POST) (/[\w/]*)", GUIDE))
    assert {"/", "/health", "/setup", "/predict", "/tag"} <= named <= paths
