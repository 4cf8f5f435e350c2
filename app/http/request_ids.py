"""What a request is called in answers and logs."""

import itertools
import os
import re
from collections.abc import Mapping

# A request id that a client or proxy gives is taken over if it cannot confuse a log.
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}")


class RequestIds:
    """Ids that no other process gives out.

    >>> RequestIds().id_of({b"x-request-id": b"7f-1"})
    '7f-1'
    """

    def __init__(self) -> None:
        self._boot = os.urandom(6).hex()
        self._counter = itertools.count(1)

    def id_of(self, headers: Mapping[bytes, bytes]) -> str:
        """Return the id that came with a request, or a new one."""
        given = headers.get(b"x-request-id")
        if given is not None and _REQUEST_ID.fullmatch(given):
            return given.decode("ascii")
        return f"{self._boot}-{next(self._counter):x}"
