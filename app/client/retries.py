"""How often a request is tried, and how long is waited before the next try.

tries so far, Retry-After --Retries.pause_s--> seconds, or None: give up
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# Too many requests, and not ready, stopping, too many connections or bodies: what is tagged again does no harm.
WORTH_ANOTHER_TRY = (429, 503)


@dataclass(frozen=True)
class Retries:
    """At most `tries` requests for one answer, with pauses that double from `first_pause_s` and are spread by chance.

    A pause is never shorter than the service's Retry-After; one longer than `longest_pause_s` is not waited for.
    """

    tries: int = 5
    first_pause_s: float = 0.5
    longest_pause_s: float = 30.0
    chance: Callable[[], float] = random.random

    def pause_s(self, tried: int, retry_after: str | None = None) -> float | None:
        """Return the pause after `tried` requests, None if there shall be no other.

        >>> Retries(chance=lambda: 0.0).pause_s(2), Retries().pause_s(1, "31"), Retries(tries=1).pause_s(1)
        (0.5, None, None)
        """
        if tried >= self.tries:
            return None
        doubled = min(self.first_pause_s * 2.0 ** (tried - 1), self.longest_pause_s)
        # Half of it by chance, so that clients that were refused together don't come back together.
        pause = max(doubled * (1 + self.chance()) / 2, _seconds(retry_after))
        return pause if pause <= self.longest_pause_s else None


def _seconds(retry_after: str | None) -> float:
    """Return what a Retry-After header says, in either of its forms; 0 if it says nothing."""
    if not retry_after:
        return 0.0
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        at = parsedate_to_datetime(retry_after)
    except (ValueError, OverflowError):
        return 0.0
    return max(0.0, (at - datetime.now(UTC if at.tzinfo else None)).total_seconds())
