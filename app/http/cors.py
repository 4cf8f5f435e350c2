"""Which pages of other origins may call the service, told to browsers before and with each answer."""

from collections.abc import Sequence
from typing import Any

from starlette.middleware.cors import CORSMiddleware

from app.http.asgi import ASGIApp, Receive, Scope, Send
from app.http.request_ids import RequestIds


class Cors:
    """CORS around everything, so that pages can read refusals, too."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        self._ids = RequestIds()
        self._inner = CORSMiddleware(
            app,
            allow_origins=origins,
            allow_methods=["GET", "POST"],
            allow_headers=["authorization", "content-type", "x-api-key", "x-request-id"],
            expose_headers=["retry-after", "x-request-id"],
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. A preflight goes no further than here, and gets its id here."""
        if scope["type"] != "http" or scope["method"] != "OPTIONS":
            await self._inner(scope, receive, send)
            return

        async def send_with_id(message: Any) -> None:
            if message["type"] == "http.response.start" and b"x-request-id" not in dict(message["headers"]):
                request_id = self._ids.id_of(dict(scope["headers"]))
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        await self._inner(scope, receive, send_with_id)
