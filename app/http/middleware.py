"""Where every request comes in: who may, how much, and what is told and counted about it.

    request -> id -> key -> announced body -> /tag, /tag/stream: answered here
                                           -> all else: FastAPI
    Problem or any exception -> problem+json;  then: metrics, one line of log

The two paths that are called all day skip FastAPI's own machinery, which takes longer than all of ours: 133 us
of processor time against 63 for the same small answer. FastAPI describes them all the same.
"""

import itertools
import logging
import os
import re
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any

from app.api.swagger import SWAGGER_PATHS
from app.http.asgi import ASGIApp, Exchange, Receive, Scope, Send, send_answer
from app.http.auth import CHALLENGE, Keys
from app.problems import Problem
from app.queue.batcher import ClientLeft
from app.service import Service

logger = logging.getLogger("zitag.requests")

Direct = Callable[[Service, Exchange], Awaitable[None]]

# Readable without a key: what probes, scrapers and browsers ask for first. Nothing here says what was tagged.
OPEN_PATHS = frozenset(
    {"/", "/health", "/healthz/live", "/healthz/ready", "/metrics", "/openapi.json", *SWAGGER_PATHS}
)
# Not even an open service lets strangers do this.
ALWAYS_KEYED = frozenset({"/reload"})
_WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})
# nginx's status for a client that left; never sent.
_CLIENT_LEFT = 499
# A request id that a client or proxy gives is taken over if it cannot confuse a log.
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}")


class Entrance:
    """The outermost part of the application, plain ASGI."""

    def __init__(
        self, app: ASGIApp, *, service: Service, direct: Mapping[str, Direct], paths: Collection[str]
    ) -> None:
        self._app = app
        self._service = service
        self._direct = direct
        self._paths = frozenset(paths)
        self._keys = Keys(service.settings.keys())
        self._access_log = service.settings.access_log
        self._boot = os.urandom(6).hex()
        self._counter = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        headers = dict(scope["headers"])
        request_id = self._request_id(headers)
        status = _CLIENT_LEFT

        async def send_with_id(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
                if self._service.draining:
                    message["headers"].append((b"connection", b"close"))
            await send(message)

        exchange = Exchange(scope, headers, receive, send_with_id, request_id)
        try:
            await self._answer(exchange)
        except ClientLeft:
            status = _CLIENT_LEFT
        except Exception as error:
            problem = self._problem_of(error, request_id)
            if status != _CLIENT_LEFT:
                # The answer has begun: all that is left is to break it off, which the server does.
                raise
            await send_answer(send_with_id, problem.answer(request_id))
        finally:
            self._observe(scope, request_id, status, time.perf_counter() - began)

    async def _answer(self, exchange: Exchange) -> None:
        scope, headers = exchange.scope, exchange.headers
        path, method = scope["path"], scope["method"]
        direct = self._direct.get(path) if method == "POST" else None
        self._check_key(path, headers)
        if direct is not None:
            await direct(self._service, exchange)
            return
        receive = exchange.receive
        if method == "HEAD":
            # The server leaves out the body; FastAPI would not know the method.
            scope = {**scope, "method": "GET"}
        elif method in _WITH_BODY and path in self._paths:
            self._service.bodies.check_headers(headers)
            receive = _replay(await self._service.bodies.read(receive), receive)
        await self._app(scope, receive, exchange.send)

    def _check_key(self, path: str, headers: Mapping[bytes, bytes]) -> None:
        if path in OPEN_PATHS or (not self._keys and path not in ALWAYS_KEYED):
            return
        if not self._keys:
            raise Problem(
                "unauthorized",
                f"{path} needs a key and this server has none; set ZITAG_API_KEYS, or send SIGHUP to reload",
                headers=CHALLENGE,
            )
        if not self._keys.allow(headers):
            raise Problem(
                "unauthorized",
                "expected a valid key as `Authorization: Bearer KEY` or `X-API-Key: KEY`",
                headers=CHALLENGE,
            )

    def _problem_of(self, error: Exception, request_id: str) -> Problem:
        if isinstance(error, Problem):
            self._service.metrics.rejected(error.code)
            return error
        logger.exception("a request failed", exc_info=error, extra={"fields": {"request_id": request_id}})
        self._service.metrics.rejected("internal_error")
        return Problem("internal_error", "the failure is in this server's log under this request id")

    def _request_id(self, headers: Mapping[bytes, bytes]) -> str:
        given = headers.get(b"x-request-id")
        if given is not None and _REQUEST_ID.fullmatch(given):
            return given.decode("ascii")
        return f"{self._boot}-{next(self._counter):x}"

    def _observe(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        path = scope["path"] if scope["path"] in self._paths else "other"
        self._service.metrics.request(path, status, seconds)
        if self._access_log:
            fields = {
                "request_id": request_id,
                "method": scope["method"],
                "path": path,
                "status": status,
                "ms": round(seconds * 1000, 2),
            }
            logger.info("request", extra={"fields": fields})


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives the body that was read, then what the real one gives."""
    messages = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def replay() -> Any:
        for message in messages:
            return message
        return await receive()

    return replay
