"""A Label Studio of one's own: a process on loopback with its data in a folder, and its API."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

HOST = "127.0.0.1"
TOKEN = "5e5a" * 10
START_S = 900  # its first start makes some hundred tables
FLAGS = ["--username", "tester@example.com", "--password", "sesam-oeffne-dich", "--user-token", TOKEN]
# Nothing is told to anybody, nothing is asked of the network.
ALONE = {
    "COLLECT_ANALYTICS": "false",
    "LATEST_VERSION_CHECK": "false",
    "SENTRY_DSN": "",
    "FRONTEND_SENTRY_DSN": "",
}


def find_label_studio() -> str | None:
    """Return the program that LABEL_STUDIO names."""
    return shutil.which(os.environ.get("LABEL_STUDIO", ""))


@contextmanager
def label_studio(program: str, folder: Path, **settings: str) -> Iterator[httpx.Client]:
    """Start it on a free port, and give a client with the user's token; settings: environment variables."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    command = [program, "start", "--no-browser", "--internal-host", HOST, "--port", str(port)]
    command += ["--data-dir", str(folder / "data"), "--enable-legacy-api-token", *FLAGS]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment = {**inherited, **ALONE, "LABEL_STUDIO_BASE_DATA_DIR": str(folder / "data"), **settings}
    with open(folder / "label-studio.log", "ab") as log:
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log)
    headers = {"authorization": f"Token {TOKEN}"}
    try:
        with httpx.Client(
            base_url=f"http://{HOST}:{port}", headers=headers, timeout=120, trust_env=False
        ) as client:
            _wait(client, process, folder)
            yield client
    finally:
        process.kill()
        process.wait()


def asked(client: httpx.Client, method: str, path: str, *, status: int = 200, **how: Any) -> Any:
    """Return the JSON of an answer, which has to have this status."""
    reply = client.request(method, path, **how)
    assert reply.status_code == status, reply.text[:2000]
    return reply.json() if reply.content else None


def _wait(client: httpx.Client, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if client.get("/health").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.5)
    log = (folder / "label-studio.log").read_text("utf-8", "replace")
    raise TimeoutError(f"Label Studio did not start: {log[-2000:]}")
