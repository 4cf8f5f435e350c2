"""Logs as JSON, one object per line. The texts of clients stay out unless a setting says otherwise.

An exception's message may quote the text that caused it, so of an exception the logs hold the type and the
places it came through; the message only with ZITAG_LOG_TEXT. Messages of our own start-up errors hold no text
and are logged as they are.
"""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

from app.log_writer import LineHandler

logger = logging.getLogger("zitag")


class JsonFormatter(logging.Formatter):
    """Writes a record as one JSON object; `extra={"fields": {...}}` adds members."""

    def __init__(self, log_text: bool = False) -> None:
        super().__init__()
        self._log_text = log_text

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON, ASCII only."""
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage().strip(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            entry["exception"] = self._exception(record.exc_info[1])
        return json.dumps(entry, default=repr)

    def _exception(self, error: BaseException) -> dict[str, Any]:
        described: dict[str, Any] = {"type": type(error).__name__, "places": _places(error.__traceback__)}
        if self._log_text:
            described["message"] = str(error)
        if error.__cause__ is not None:
            described["cause"] = self._exception(error.__cause__)
        return described


def configure_logs(level: str, log_text: bool, stream: TextIO = sys.stdout) -> LineHandler:
    """Send all logs of this process to `stream` as JSON, by a handler that comes back. Only a program calls this."""
    handler = LineHandler(stream)
    handler.setFormatter(JsonFormatter(log_text))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
        logging.getLogger(name).setLevel(logging.NOTSET)  # uvicorn's own configuration sets it
    # uvicorn narrates its start and stop at info; what matters of it is logged by app.server.
    logging.getLogger("uvicorn").setLevel("WARNING" if level != "debug" else "DEBUG")
    return handler


def _places(trace: TracebackType | None) -> list[str]:
    """Return the innermost frames of a traceback as "file:line function", without any values."""
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)[-8:]]
