"""Logs: JSON lines, without the texts of clients."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from app.logs import JsonFormatter, configure_logs


@pytest.fixture
def root() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def record(error: Exception | None = None, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("zitag.x", logging.ERROR, "f.py", 1, "said %s\n", ("a\nb",), None)
    made.__dict__.update(extra)
    if error:
        made.exc_info = (type(error), error, error.__traceback__)
    return made


def raised() -> Exception:
    try:
        try:
            raise ValueError("机密 inside")
        except ValueError as inner:
            raise RuntimeError("机密") from inner
    except RuntimeError as error:
        return error


def test_a_record_is_one_line_of_json() -> None:
    line = JsonFormatter().format(record(fields={"ms": 1.5, "path": "/tag"}))
    entry = json.loads(line)
    assert "\n" not in line
    assert entry["time"].endswith("+00:00")
    assert {name: entry[name] for name in ("level", "logger", "message", "ms", "path")} == {
        "level": "error", "logger": "zitag.x", "message": "said a\nb", "ms": 1.5, "path": "/tag",
    }  # fmt: skip


def test_an_exception_is_told_without_its_message() -> None:
    entry = json.loads(JsonFormatter().format(record(raised())))
    assert "机密" not in json.dumps(entry, ensure_ascii=False)
    assert entry["exception"]["type"] == "RuntimeError"
    assert entry["exception"]["places"][0].endswith(" raised")
    assert entry["exception"]["cause"]["type"] == "ValueError"


def test_an_exception_is_told_with_its_message_if_texts_may_be_logged() -> None:
    entry = json.loads(JsonFormatter(log_text=True).format(record(raised())))
    assert entry["exception"]["message"] == "机密"


def test_anything_can_be_logged() -> None:
    JsonFormatter().format(record(fields={"bytes": b"\xff", "half": "\ud83d", "object": object()}))


@pytest.mark.usefixtures("root")
def test_all_logs_of_the_process_take_this_form() -> None:
    stream = io.StringIO()
    handler = configure_logs("info", log_text=False, stream=stream)
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    logging.getLogger("uvicorn.error").info("Uvicorn running")
    logging.getLogger("asyncio").error("x")
    logging.getLogger("zitag").debug("hidden")
    handler.flush()
    assert [json.loads(line)["message"] for line in stream.getvalue().splitlines()] == [
        "Invalid HTTP request received.",
        "x",
    ]
