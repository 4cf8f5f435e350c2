"""The outermost middleware: request id, key, limits of the body, errors as problems, metrics, access log.

    request -> id -> route -> key -> 404, 405 -> announced body -> AsgiRoute: its endpoint
                                                                -> else: FastAPI
    Problem or any exception -> problem+json;  then: metrics, one line of log

Plain ASGI, and outside of FastAPI's own middlewares, which would cost every request.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.routing import BaseRoute

from app.http.asgi import ASGIApp, Receive, Scope, Send, send_answer
from app.http.auth import CHALLENGE, ApiKeys
from app.http.body import BodyReader
from app.http.request_ids import RequestIds
from app.http.routing import Access, AsgiRoute, Body, ServiceRoute, find_route
from app.metrics import Metrics
from app.problems import ClientLeft, Problem, drop_frames

logger = logging.getLogger("zitag.requests")

# nginx's status for a client that left; never sent.
_CLIENT_LEFT = 499


class RequestMiddleware:
    """The middleware that every request passes first."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        routes: Sequence[BaseRoute],
        keys: ApiKeys,
        bodies: BodyReader,
        metrics: Metrics,
        is_draining: Callable[[], bool],
        access_log: bool,
    ) -> None:
        self._app = app
        self._routes = routes
        self._keys = keys
        self._bodies = bodies
        self._metrics = metrics
        self._is_draining = is_draining
        self._access_log = access_log
        self._ids = RequestIds()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        headers = dict(scope["headers"])
        request_id = self._ids.id_of(headers)
        scope.setdefault("state", {})["request_id"] = request_id
        status = _CLIENT_LEFT

        async def send_with_id(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
                if self._is_draining():
                    message["headers"].append((b"connection", b"close"))
            await send(message)

        # The server leaves out the body of an answer to HEAD; routes need not know the method.
        asked = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
        route, is_allowed = find_route(self._routes, asked)
        try:
            self._check(route, is_allowed, scope, headers)
            answer = route.app if isinstance(route, AsgiRoute) else self._app
            await answer(asked, receive, send_with_id)
        except ClientLeft as left:
            drop_frames(left)
            status = _CLIENT_LEFT
        except Exception as error:
            refusal = self._problem_of(error, request_id).answer(request_id)
            if status != _CLIENT_LEFT:
                # The answer has begun: all that is left is to break it off, which the server does.
                raise
            drop_frames(error)
            await send_answer(send_with_id, refusal)
        finally:
            self._observe(route, scope["method"], request_id, status, time.perf_counter() - began)

    def _check(
        self, route: ServiceRoute | None, is_allowed: bool, scope: Scope, headers: Mapping[bytes, bytes]
    ) -> None:
        """Raise Problem if this request gets no answer. A stranger learns nothing, not even what there is."""
        self._check_key(route, headers)
        if route is None:
            raise Problem("not_found", f"{scope['method']} {scope['path'][:200]}: Not Found")
        if not is_allowed:
            raise Problem(
                "method_not_allowed",
                f"{scope['method']} {route.path}: Method Not Allowed",
                headers={"allow": ", ".join(sorted(route.methods or ()))},
            )
        if route.body is not Body.NONE:
            self._bodies.check_headers(headers, streamed=route.body is Body.STREAMED)

    def _check_key(self, route: ServiceRoute | None, headers: Mapping[bytes, bytes]) -> None:
        access = Access.KEYED if route is None else route.access
        if access is Access.OPEN or (not self._keys and access is Access.KEYED):
            return
        if not self._keys:
            assert route is not None
            raise Problem(
                "unauthorized",
                f"{route.path} needs a key and this server has none; set ZITAG_API_KEYS, or send SIGHUP to reload",
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
            self._metrics.rejected(error.code)
            return error
        logger.exception("a request failed", exc_info=error, extra={"fields": {"request_id": request_id}})
        self._metrics.rejected("internal_error")
        return Problem("internal_error", "the failure is in this server's log under this request id")

    def _observe(
        self, route: ServiceRoute | None, method: str, request_id: str, status: int, seconds: float
    ) -> None:
        path = "other" if route is None else route.path
        self._metrics.request(path, status, seconds if route is not None and route.is_timed else None)
        if self._access_log:
            fields = {
                "request_id": request_id,
                "method": method,
                "path": path,
                "status": status,
                "ms": round(seconds * 1000, 2),
            }
            logger.info("request", extra={"fields": fields})
