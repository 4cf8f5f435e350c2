"""The service under a path of a site, behind deploy/nginx/prefix.conf: nginx and the browser are real."""

import json
import re
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import chromium
from loopback import Server
from playwright.sync_api import Browser, Page, expect
from ports import free_port
from programs import DEPLOY, ROOT, program
from raw_client import HOST

FAKE = ROOT / "tests/app/fake_server.py"
TEXT = "在AB去XY"
SITE = """
daemon off; pid {folder}/nginx.pid; error_log stderr warn; events {{ }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen {host}:{port}; include {folder}/prefix.conf; }}
}}
"""


class Site:
    """A running nginx that shows a service under /ner/."""

    def __init__(self, folder: Path, service: Server, *, keep_path: bool) -> None:
        binary = program("nginx", "install Debian's nginx-light")
        self.url = f"http://{HOST}:{(port := free_port())}/ner/"
        conf = (
            (DEPLOY / "nginx/prefix.conf")
            .read_text("utf-8")
            .replace("127.0.0.1:8000", f"{HOST}:{service.port}")
        )
        if keep_path:
            conf = re.sub(rf"proxy_pass (http://{HOST}:\d+)/.*;", r"proxy_pass \1;", conf)
        (folder / "prefix.conf").write_text(conf, "utf-8")
        (folder / "nginx.conf").write_text(SITE.format(folder=folder, host=HOST, port=port), "utf-8")
        self.process = subprocess.Popen([binary, "-p", str(folder), "-c", str(folder / "nginx.conf")])
        deadline = time.monotonic() + 30
        while not self.answers():
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def answers(self) -> bool:
        try:
            return bool(self.get("healthz/live"))
        except OSError:
            return False

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            body: bytes = answer.read()
            return body

    def post(self, path: str, document: object) -> Any:
        headers = {"content-type": "application/x-ndjson" if path.endswith("stream") else "application/json"}
        request = urllib.request.Request(self.url + path, json.dumps(document).encode(), headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture(
    scope="module",
    params=[
        ({"root_path": "/ner"}, False),
        ({"root_path": "/ner/"}, True),
        ({"trusted_proxies": "10.0.0.0/8,127.0.0.1"}, False),
    ],
    ids=["root path, cut off", "root path, passed on", "header"],
)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    settings, keep_path = request.param
    with Server(settings, (str(FAKE), "0", "0")) as service:
        made = Site(tmp_path_factory.mktemp("site"), service, keep_path=keep_path)
        yield made
        made.stop()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="en")
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


def test_the_page_tags(site: Site, page: Page) -> None:
    page.goto(site.url)
    page.get_by_label("Text to tag").fill(TEXT)
    page.get_by_role("button", name="Tag").click()
    expect(page.locator("#result mark")).to_have_text(["AB", "XY"])
    expect(page.locator("#bundle")).to_contain_text("@")


def test_without_its_slash_the_path_leads_to_the_page(site: Site, page: Page) -> None:
    page.goto(site.url.rstrip("/"))
    expect(page).to_have_url(site.url)


def test_the_description_can_be_tried_out(site: Site, page: Page) -> None:
    page.goto(f"{site.url}docs")
    for path, body in (("/bundle", None), ("/tag", json.dumps({"text": TEXT}))):
        operation = page.locator(".opblock", has=page.locator(f'[data-path="{path}"]'))
        operation.locator(".opblock-summary-control").click()
        operation.get_by_role("button", name="Try it out").click()
        if body is not None:
            operation.locator("textarea.body-param__text").fill(body)
        operation.get_by_role("button", name="Execute").click()
        expect(operation.locator(".request-url pre")).to_contain_text(site.url + path.removeprefix("/"))
        expect(operation.locator(".live-responses-table .response-col_status").last).to_contain_text("200")


def test_programs_find_the_paths_in_the_document(site: Site) -> None:
    document = json.loads(site.get("openapi.json"))
    assert document["servers"] == [{"url": "/ner"}]
    assert "/tag" in document["paths"]
    entities = site.post("tag", {"text": TEXT})["entities"]
    assert site.post("tag/stream", {"text": TEXT})["entities"] == entities
    assert [entity["text"] for entity in entities] == ["AB", "XY"]
