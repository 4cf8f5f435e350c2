"""Tag the lines of a file through a running service: `python examples/client.py examples/sentences.txt`.

Only Python's own library is needed. ZITAG_URL says where the service is, ZITAG_KEY opens it if it asks for a key.
"""

import itertools
import json
import os
import sys
import time
from typing import Any, TextIO
from urllib.error import HTTPError
from urllib.request import Request, urlopen

URL = os.environ.get("ZITAG_URL", "http://127.0.0.1:8000")
KEY = os.environ.get("ZITAG_KEY")
# One request for so many lines: it is cheaper for both sides than one each.
LINES = 64
# Too busy, starting or stopping, too late: worth another try.
TRY_AGAIN = (429, 503, 504)
TRIES = 5


MENDABLE, INTERRUPTED, PIPE_CLOSED = 2, 130, 141  # exit codes


class Failure(Exception):
    """What the user can mend, in words."""


def tag(texts: list[str]) -> list[list[dict[str, Any]]]:
    """Return the entities of each text."""
    headers = {"content-type": "application/json"}
    if KEY:
        headers["authorization"] = f"Bearer {KEY}"
    request = Request(f"{URL}/tag", json.dumps({"texts": texts}).encode(), headers)
    for left in reversed(range(TRIES)):
        try:
            with urlopen(request, timeout=60) as reply:
                return [result["entities"] for result in json.load(reply)["results"]]
        except HTTPError as error:
            if error.code not in TRY_AGAIN or not left:
                raise Failure(_reason(error)) from error
            time.sleep(float(error.headers.get("retry-after", 1)))
        except OSError as error:
            got = getattr(error, "reason", error)
            raise Failure(f"{URL}: expected the service, got {got}; start it, or set ZITAG_URL") from error
    raise AssertionError("the last try returns or raises")


def _reason(error: HTTPError) -> str:
    try:
        problem = json.load(error)
        return f"{problem['title']}: {problem['detail']}"
    except (ValueError, KeyError, TypeError):
        return f"{URL}: expected an answer of zitag, got {error.code} {error.reason}; set ZITAG_URL to the service"


def print_entities(path: str) -> None:
    """Print each line with its entities below, start and end counted in characters."""
    with _open(path) as file:
        lines = (line.rstrip("\n") for line in file)
        while batch := list(itertools.islice(lines, LINES)):
            for text, entities in zip(batch, tag(batch), strict=True):
                print(text)
                for entity in entities:
                    assert text[entity["start"] : entity["end"]] == entity["text"]
                    print(f"    {entity['label']:4} {entity['score']:.2f}  {entity['text']}")
    sys.stdout.flush()


def _open(path: str) -> TextIO:
    try:
        return open(path, encoding="utf-8")
    except OSError as error:
        raise Failure(f"{path}: expected a file of texts, got {error.strerror!r}; name another") from error


def main() -> int:
    """Run the command line; return its exit code: 2 for what the user can mend."""
    if len(sys.argv) != 2:
        print("usage: python examples/client.py FILE", file=sys.stderr)
        return MENDABLE
    try:
        print_entities(sys.argv[1])
    except (Failure, UnicodeDecodeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return MENDABLE
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:  # of standard output: whoever read it has gone, or the disk is full
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            return PIPE_CLOSED
        print(f"error: standard output: {error.strerror}", file=sys.stderr)
        return MENDABLE
    return 0


if __name__ == "__main__":
    sys.exit(main())
