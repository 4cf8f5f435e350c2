"""What a JSON body would take in memory once it is read, estimated before it is read.

body --check_cost--> nothing, or Problem: too_many_texts

Eight megabytes of `[1,1,...]` are four million values. Each is refused by its type alone, but only after all of them
have been parsed, which takes far more memory and time than any body of that length with texts in it.
"""

import re

from app.problems import Problem

# A shorter body takes little whatever it holds.
SMALL_BYTES = 65_536

# What pydantic and Python need for one value and for one array or object, measured with pydantic 2.14 on 64 bits.
_VALUE_BYTES, _CONTAINER_BYTES = 110, 400
# A body may cost this many times its own length, and this much for each text that a request may have.
_FACTOR, _BYTES_PER_TEXT = 6, 2000

# A string, its end missing at the end of a body that was cut off; or what begins a value.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[,\[{]', re.DOTALL)
_COMMA, _QUOTE = b',"'


def check_cost(body: bytes, max_texts: int) -> None:
    """Raise Problem if a JSON body would take much more memory than its own length: too_many_texts.

    Linear in the body. What is let through takes at most ten times its length and 4 kB for each of max_texts.

    >>> check_cost(b'{"texts": [' + b'"a",' * 20_000 + b'"a"]}', max_texts=20)
    Traceback (most recent call last):
    app.problems.Problem: expected at most 20 texts and their options, got over 4722 values in 80016 bytes
    """
    if len(body) <= SMALL_BYTES:
        return
    allowed = _FACTOR * len(body) + _BYTES_PER_TEXT * max_texts
    commas, containers = body.count(b","), body.count(b"[") + body.count(b"{")
    if commas * _VALUE_BYTES + containers * _CONTAINER_BYTES <= allowed:
        return
    # More of them than that, but in ordinary English they stand within the texts.
    cost = values = 0
    for token in _TOKEN.finditer(body):
        first = body[token.start()]
        if first == _QUOTE:
            continue
        cost += _VALUE_BYTES if first == _COMMA else _CONTAINER_BYTES
        values += 1
        if cost > allowed:
            detail = f"expected at most {max_texts} texts and their options, got over {values - 1} values"
            raise Problem(
                "too_many_texts", f"{detail} in {len(body)} bytes", limit=max_texts, actual=values - 1
            )
