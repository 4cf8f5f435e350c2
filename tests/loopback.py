"""Server processes on loopback, for the tests of the service and for the benchmarks."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from raw_client import HOST, Reply

ROOT = Path(__file__).resolve().parent.parent


class Server:
    """A server process: `with Server(...) as server:` starts it, waits until it is ready, and stops it."""

    def __init__(
        self,
        settings: Mapping[str, object],
        command: Sequence[str] = ("-m", "app"),
        *,
        wait_ready: bool = True,
        environment: Mapping[str, str] | None = None,
        python: str = sys.executable,
    ) -> None:
        given = {f"ZITAG_{name.upper()}": str(value) for name, value in settings.items()}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("ZITAG_")}
        self._environment = {
            **inherited,
            "PYTHONPATH": str(ROOT),
            "ZITAG_PORT": "0",
            **given,
            **(environment or {}),
        }
        self._command = [python, *command]
        self._wait_ready = wait_ready
        self.log: list[dict[str, Any]] = []
        self.port = 0

    def __enter__(self) -> "Server":
        self.process = subprocess.Popen(
            self._command,
            env=self._environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        try:
            self.port = int(self.wait_for("listening on")["port"])
            if self._wait_ready:
                self.wait_for("ready: serving")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        self._reader.join(10)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def wait_for(self, message: str, *, after: int = 0, timeout_s: float = 60) -> dict[str, Any]:
        """Return the first entry of the log, from number `after` on, whose message begins so."""
        deadline = time.monotonic() + timeout_s
        while True:
            for entry in self.log[after:]:
                if str(entry["message"]).startswith(message):
                    return entry
            if time.monotonic() > deadline or (
                self.process.poll() is not None and not self._reader.is_alive()
            ):
                raise TimeoutError(f"no {message!r} in the log: {self.log[-20:]}")
            time.sleep(0.01)

    def stop(self, timeout_s: float = 30) -> int:
        """Send SIGTERM and return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout_s)
        self._reader.join(10)
        return code

    def rss_bytes(self) -> int:
        """Return the resident memory of the process."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("ascii")
        return int(status.split("VmRSS:")[1].split()[0]) * 1024

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Reply:
        """Return the answer to a GET."""
        return self._ask("GET", path, None, headers or {})

    def post(self, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Reply:
        """Return the answer to a POST; what is not bytes is sent as JSON."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self._ask("POST", path, raw, {"content-type": "application/json", **(headers or {})})

    def _ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        url = f"http://{HOST}:{self.port}{path}"
        request = urllib.request.Request(url, body, dict(headers), method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return Reply(answer.status, _lower(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Reply(error.code, _lower(error.headers), error.read())

    def _read_log(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.log.append(json.loads(line) if line.startswith("{") else {"message": line.rstrip("\n")})


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
