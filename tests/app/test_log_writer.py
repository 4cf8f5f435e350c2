"""Whoever logs never waits for whoever reads the log."""

import io
import logging
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from loopback import ROOT

from app.log_writer import LineHandler

FAKE = str(Path(__file__).parent / "fake_server.py")


@pytest.fixture
def pipe() -> Iterator[tuple[int, io.TextIOWrapper]]:
    reading, writing = os.pipe()
    with open(writing, "w", encoding="utf-8") as stream:
        yield reading, stream


def record(message: str) -> logging.LogRecord:
    return logging.LogRecord("zitag", logging.INFO, __file__, 1, message, None, None)


def read_lines(reading: int, last: str) -> list[str]:
    lines = []
    with open(reading, encoding="utf-8") as file:
        for line in file:
            lines.append(line.rstrip("\n"))
            if lines[-1] == last:
                return lines
    return lines


def test_lines_come_out_whole_and_in_order(pipe: tuple[int, io.TextIOWrapper]) -> None:
    reading, stream = pipe
    handler = LineHandler(stream)
    messages = [f"{number} 小明 \ud83d" for number in range(2000)]
    for message in messages:
        handler.handle(record(message))
    assert read_lines(reading, messages[-1].replace("\ud83d", r"\ud83d")) == [
        message.replace("\ud83d", r"\ud83d") for message in messages
    ]


def test_what_nobody_reads_is_dropped_counted_and_told(pipe: tuple[int, io.TextIOWrapper]) -> None:
    reading, stream = pipe
    handler = LineHandler(stream, max_queued_chars=10_000)
    dropped: list[None] = []
    lines: list[str] = []
    handler.on_dropped = lambda: dropped.append(None)
    for number in range(3000):
        handler.handle(record(f"{number:099d}"))  # a pipe takes 655 of these
    assert 1000 < len(dropped) < 3000
    reader = threading.Thread(target=lambda: lines.extend(read_lines(reading, "after")))
    reader.start()
    handler.flush()
    handler.handle(record("after"))
    reader.join(30)
    told = [
        int(line.split()[0])
        for line in lines
        if line.endswith(" lines of log were dropped: nobody read them")
    ]
    kept = [line for line in lines if line.isdigit()]
    assert sum(told) == len(dropped)
    assert len(kept) == 3000 - len(dropped)
    assert kept == sorted(kept)


def test_a_line_longer_than_the_queue_is_written(pipe: tuple[int, io.TextIOWrapper]) -> None:
    reading, stream = pipe
    handler = LineHandler(stream, max_queued_chars=10)
    handler.handle(record("a" * 1000))
    assert read_lines(reading, "a" * 1000) == ["a" * 1000]


def test_a_reader_that_left_costs_the_lines_alone(pipe: tuple[int, io.TextIOWrapper]) -> None:
    reading, stream = pipe
    os.close(reading)
    handler = LineHandler(stream)
    dropped: list[None] = []
    handler.on_dropped = lambda: dropped.append(None)
    for _ in range(3):
        handler.handle(record("a"))
        handler.flush()
    assert len(dropped) >= 3


def test_a_stream_in_memory_is_written_to() -> None:
    stream = io.StringIO()
    handler = LineHandler(stream)
    handler.handle(record("a"))
    handler.flush()
    assert stream.getvalue() == "a\n"


def test_a_service_whose_log_nobody_reads_goes_on() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "ZITAG_PORT": "0", "ZITAG_LOG_TEXT": "true"}
    process = subprocess.Popen(
        [sys.executable, FAKE, "0", "0"], env=environment, cwd=ROOT, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        port = int(re.search(rb'"port": (\d+)', wait_for_line(process, b"listening on"))[1])  # type: ignore[index]
        wait_for_line(process, b"ready: serving")
        for _ in range(6):  # each is logged as 600 kB
            assert ask(port, "/tag", ("中" * 100_000).encode()) == 200
        metrics = text_of(port, "/metrics")
        assert float(re.search(r"^zitag_log_lines_dropped_total (\S+)$", metrics, re.MULTILINE)[1]) >= 1  # type: ignore[index]
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.communicate()


def wait_for_line(process: "subprocess.Popen[bytes]", part: bytes) -> bytes:
    assert process.stdout is not None
    return next(line for line in process.stdout if part in line)


def ask(port: int, path: str, body: bytes) -> int:
    request = Request(f"http://127.0.0.1:{port}{path}", body, {"content-type": "text/plain"})
    with urlopen(request, timeout=60) as answer:
        return int(answer.status)


def text_of(port: int, path: str) -> str:
    with urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
        return str(answer.read().decode())
