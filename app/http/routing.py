"""The routes: what a path is, who may ask for it, and how much of a body it takes.

scope --find_route--> the route, and whether it takes the method; or none

The middleware and FastAPI's router ask the same routes, so no path can be one thing to the one and another to the
other. A path is matched as a whole, character by character: no slash is added, no case folded, no line feed ignored.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any, NamedTuple

from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Match, Route

from app.http.asgi import ASGIApp, Scope


class Access(Enum):
    """Who may ask."""

    OPEN = "everyone"  # what probes, scrapers and browsers ask for first; nothing here says what was tagged
    KEYED = "everyone on a server without keys, else who has one"
    ALWAYS_KEYED = "who has a key; nobody on a server without keys"


class Body(Enum):
    """How much of a body is read."""

    NONE = "nothing"
    BOUNDED = "up to the limit of the settings"
    STREAMED = "any length, a line at a time"


class Operation(NamedTuple):
    """What OpenAPI says of a route.

    `takes` and `answers`: media type -> a type, or the schema itself. `problems`: the statuses of its refusals.
    `query`: a model with the parameters of the query string.
    """

    tag: str
    summary: str
    description: str
    takes: Mapping[str, Any]
    answers: Mapping[str, Any]
    problems: tuple[int, ...]
    takes_note: str = ""
    answers_note: str = "Successful Response"
    query: Any = None


class AsgiRoute(Route):
    """A POST that an ASGI application answers by itself.

    FastAPI's own machinery around a function takes longer than all of ours: 133 us of processor time against 63 for
    the same small answer. So what is called all day is one of these.
    """

    def __init__(
        self,
        path: str,
        endpoint: ASGIApp,
        operation: Operation,
        *,
        name: str,
        body: Body = Body.BOUNDED,
        is_timed: bool = False,
    ) -> None:
        super().__init__(path, endpoint, methods=["POST"], name=name)
        self.path_regex = _exactly(path)
        self.operation = operation
        self.access = Access.KEYED
        self.body = body
        self.is_timed = is_timed  # whether its time to answer says how the service does


class FastApiRoute(APIRoute):
    """A function that FastAPI calls, and describes. It gets no body."""

    access = Access.KEYED
    body = Body.NONE
    is_timed = False

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        self.path_regex = _exactly(path)
        if "POST" in (self.methods or ()):
            self.body = Body.BOUNDED  # nothing that is announced to be larger is let in


class OpenRoute(FastApiRoute):
    """One that needs no key."""

    access = Access.OPEN


class HealthRoute(OpenRoute):
    """One that is answered even when all connections are taken: a full instance is not a dead one."""


class AlwaysKeyedRoute(FastApiRoute):
    """One that needs a key even where nothing else does."""

    access = Access.ALWAYS_KEYED


ServiceRoute = AsgiRoute | FastApiRoute


def find_route(routes: Iterable[BaseRoute], scope: Scope) -> tuple[ServiceRoute | None, bool]:
    """Return the route of a request's path, None if there is none, and whether it takes the method."""
    found = None
    if b"%2f" in (scope.get("raw_path") or b"").lower():
        return None, False  # decoded it would part a path where its sender did not
    for route in routes:
        match, _ = route.matches(scope)
        if match is Match.NONE:
            continue
        assert isinstance(route, ServiceRoute)
        if match is Match.FULL:
            return route, True
        found = found or route
    return found, False


def reserve_paths(routes: Iterable[BaseRoute]) -> frozenset[bytes]:
    """Return the paths that are answered even when all connections are taken."""
    return frozenset(route.path.encode() for route in routes if isinstance(route, HealthRoute))


def _exactly(path: str) -> re.Pattern[str]:
    """Return the pattern of this path alone. Starlette ends its own in `$`, which matches before a line feed too.

    >>> _exactly("/tag").match("/tag\\n") is None
    True
    """
    return re.compile(re.escape(path) + r"\Z")
