"""What clients may take up: connections, and bytes that wait. Times are in `sweep`, bytes of a head in `parser`."""

from collections.abc import Callable, Set
from typing import NamedTuple

from app.problems import Problem

# Connections beyond the limit, for those who ask how the service does: a full instance is not a dead one.
RESERVE = 16
# Bytes of a body, or of requests behind the one that is answered, until no more is read. About one read may lie above.
MAX_WAITING_BYTES = 65_536


class Bounds(NamedTuple):
    """What holds for all connections of a server."""

    max_connections: int = 1024
    keep_alive_s: float = 75
    on_refused: Callable[[str], None] = lambda code: None  # is told the code of each refusal
    reserve_paths: Set[bytes] = frozenset()  # which the reserve is for

    def too_many(self) -> Problem:
        """Return why a connection beyond the limit is refused."""
        limit = self.max_connections
        return Problem(
            "too_many_connections", f"{limit} are open", retry_after_s=1, limit=limit, actual=limit
        )
