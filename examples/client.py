"""Tag the lines of a file through a running service: `python examples/client.py examples/sentences.txt`.

Only Python's own library is needed. ZITAG_URL says where the service is, ZITAG_KEY opens it if it asks for a key.
"""

import itertools
import json
import os
import sys
import time
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

URL = os.environ.get("ZITAG_URL", "http://127.0.0.1:8000")
KEY = os.environ.get("ZITAG_KEY")
# One request for so many lines: it is cheaper for both sides than one each.
LINES = 64
# Too busy, starting or stopping, too late: worth another try.
TRY_AGAIN = (429, 503, 504)
TRIES = 5


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
            problem = json.load(error)
            if error.code not in TRY_AGAIN or not left:
                sys.exit(f"{problem['title']}: {problem['detail']}")
            time.sleep(float(error.headers.get("retry-after", 1)))
    raise AssertionError("the last try returns or exits")


def main() -> None:
    """Print each line with its entities below, start and end counted in characters."""
    with open(sys.argv[1], encoding="utf-8") as file:
        lines = (line.rstrip("\n") for line in file)
        while batch := list(itertools.islice(lines, LINES)):
            for text, entities in zip(batch, tag(batch), strict=True):
                print(text)
                for entity in entities:
                    assert text[entity["start"] : entity["end"]] == entity["text"]
                    print(f"    {entity['label']:4} {entity['score']:.2f}  {entity['text']}")


if __name__ == "__main__":
    main()
