"""What is sent: options and texts as JSON, and the key."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

# Of what httpx unpacks, gzip is what cannot grow beyond measure.
_PACKED = {"accept-encoding": "gzip"}
JSON_TYPE = {"content-type": "application/json", **_PACKED}
LINES_TYPE = {"content-type": "application/x-ndjson", **_PACKED}


def key_header(key: str | None) -> dict[str, str]:
    """Return the header that opens a service that has keys."""
    return {"authorization": f"Bearer {key}"} if key else {}


def options(
    labels: Sequence[str] | None,
    min_score: float | Mapping[str, float] | None,
    tags: bool,
    nbest: bool,
) -> dict[str, Any]:
    """Return the members of a request that say how to answer; what is left to the service is left out.

    >>> options(["PER"], {"PER": 0.5}, tags=True, nbest=False)
    {'labels': ['PER'], 'min_score': {'PER': 0.5}, 'include': ['tags']}
    """
    include = [name for name, wanted in (("tags", tags), ("nbest", nbest)) if wanted]
    said = {
        "labels": None if labels is None else list(labels),
        "min_score": dict(min_score) if isinstance(min_score, Mapping) else min_score,
        "include": include or None,
    }
    return {name: value for name, value in said.items() if value is not None}


def body(members: Mapping[str, Any]) -> bytes:
    r"""Return JSON in UTF-8, or in ASCII where a text holds half an emoji, which UTF-8 cannot say.

    >>> body({"text": "\ud83d"})
    b'{"text": "\\ud83d"}'
    """
    try:
        return json.dumps(members, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(members).encode("ascii")


def check_texts(texts: object) -> None:
    """Raise TypeError for a str: its characters would be taken for texts."""
    if isinstance(texts, str):
        raise TypeError(f"texts: expected several str, got the str {texts[:20]!r}; put it into a list")


def lines(texts: Sequence[str], said: Mapping[str, Any]) -> bytes:
    """Return the body of /tag/stream for some texts."""
    return b"".join(body({"text": text, **said}) + b"\n" for text in texts)
