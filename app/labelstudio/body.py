"""A request of Label Studio without what is ignored: a task comes with all its annotations and predictions.

{"tasks": [{"data": {...}, "drafts": [...]}], "params": {...}} -> {"tasks": [{"data": {...}, "drafts": 0}], "params": 0}
"""

import re

from app.api.json_cost import SMALL_BYTES

# A string, its end missing at the end of a body that was cut off; or a bracket.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
_OPENING, _CLOSING = b"[{", b"]}"
# Annotations have one in forty bytes. To walk through a body of little else takes seconds; it is left to `check_cost`.
_BYTES_PER_BRACKET = 8
# The arrays and objects that are looked at, by how many others they stand in: members of the request, of a task.
_WANTED = {1: b'"tasks"', 3: b'"data"'}


def without_ignored(body: bytes) -> bytes:
    """Return the JSON of a long request with a 0 in place of every array and object that is ignored.

    What is cut out is not checked, only its brackets are counted; of what is no JSON the parser complains.

    >>> body = b'{"tasks": [{"data": {"text": "A"}, "annotations": [{"id": 1}]}], "params": {}}'
    >>> without_ignored(body + b" " * 65_536).strip()
    b'{"tasks": [{"data": {"text": "A"}, "annotations": 0}], "params": 0}'
    """
    brackets = body.count(b"[") + body.count(b"{")
    if len(body) <= SMALL_BYTES or brackets > len(body) // _BYTES_PER_BRACKET:
        return body
    kept = bytearray()
    copied = depth = 0  # copied: up to where the body has been looked at
    key = slice(0, 0)  # where the last string is: before a bracket, that is the name of the member
    ignored_depth: int | None = None
    for token in _TOKEN.finditer(body):
        first = body[token.start()]
        if first in _OPENING:
            if ignored_depth is None and depth in _WANTED and body[key] != _WANTED[depth]:
                ignored_depth = depth
                kept += body[copied : token.start()]
            depth += 1
        elif first in _CLOSING:
            depth -= 1
            if ignored_depth == depth:
                ignored_depth = None
                kept += b"0"
                copied = token.end()
        else:
            key = slice(token.start(), token.end())
    if ignored_depth is None:
        kept += body[copied:]
    return bytes(kept)
