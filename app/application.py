"""The application: settings in, ASGI app out.

uvicorn -> RequestMiddleware -> AsgiRoute: /tag /tag/stream /predict /setup -> Service -> Batcher -> tagger
                             -> FastAPI: /bundle /reload /healthz/* /metrics /docs /openapi.json

Where settings ask for it, PathPrefix and Cors stand before the middleware.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.health import health_routes
from app.api.openapi import describe
from app.api.page import page_routes
from app.api.routes import bundle_routes, tag_routes
from app.api.swagger import swagger_routes
from app.http.auth import ApiKeys
from app.http.cors import Cors
from app.http.middleware import RequestMiddleware
from app.http.prefix import PathPrefix
from app.labelstudio.routes import labelstudio_routes
from app.loader import Load, load_serving, serving_of
from app.problems import Problem, problem_from_status
from app.queue.tagger import Tagger
from app.service import Service
from app.settings import Settings

VERSION = "0.1.0"
DESCRIPTION = "Chinese named-entity recognition: texts in, entities out."


class Application(FastAPI):
    """FastAPI, with one more middleware outside of its own, which would cost every request."""

    outermost: Callable[[ASGIApp], ASGIApp]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, without what FastAPI and Starlette do before their middlewares (20 us)."""
        scope["app"] = self
        if self.middleware_stack is None:
            self.middleware_stack = self.build_middleware_stack()
        await self.middleware_stack(scope, receive, send)

    def build_middleware_stack(self) -> ASGIApp:
        """Return FastAPI's own middlewares and router with ours around them."""
        stack = super().build_middleware_stack()
        # The outermost answers unexpected errors in plain text; ours, as problems.
        return self.outermost(stack.app if isinstance(stack, ServerErrorMiddleware) else stack)


def create_app(settings: Settings, tagger: Tagger | None = None, load: Load = load_serving) -> FastAPI:
    """Return the application. It loads the bundle of the settings when it starts, unless given a tagger.

    `load` makes a tagger of the settings, at start and on every reload.
    """
    serving = None if tagger is None else serving_of(tagger, settings.bundle)
    service = Service(settings, load, serving)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        service.start()
        yield
        await service.stop()

    app = Application(
        title="zitag",
        version=VERSION,
        description=DESCRIPTION,
        lifespan=lifespan,
        # Ours have the routes' classes, which say who may ask.
        openapi_url=None,
        routes=[
            *tag_routes(service),
            *labelstudio_routes(service),
            *bundle_routes(service),
            *health_routes(service),
            *page_routes(),
            *swagger_routes("zitag"),
        ],
        # A redirect would repeat the Host header that a client made up.
        redirect_slashes=False,
        exception_handlers={HTTPException: _raise_http_problem, RequestValidationError: _raise_invalid},
    )
    app.state.service = service
    documents = cache(lambda labels: describe(app, labels))  # a reload may change the labels
    app.openapi = lambda: documents(service.labels)  # type: ignore[method-assign]
    app.outermost = lambda inner: _with_options(
        settings, _with_requests(settings, service, app.routes, inner)
    )
    return app


def _with_requests(
    settings: Settings, service: Service, routes: Sequence[BaseRoute], app: ASGIApp
) -> ASGIApp:
    """Return an app with what every request passes."""
    return RequestMiddleware(
        app,
        routes=routes,
        keys=ApiKeys(settings.keys()),
        bodies=service.bodies,
        metrics=service.metrics,
        is_draining=lambda: service.draining,
        access_log=settings.access_log,
    )


def _with_options(settings: Settings, app: ASGIApp) -> ASGIApp:
    """Return an app with what few need around it."""
    if settings.cors_origins:
        app = Cors(app, settings.cors_origins)
    if settings.root_path or settings.trusted_proxies:
        app = PathPrefix(app, settings.root_path, settings.trusted_proxies)
    return app


async def _raise_http_problem(request: Request, error: Exception) -> Any:
    """Turn what the framework refuses into a problem, which the middleware answers with."""
    assert isinstance(error, HTTPException)
    detail = f"{request.method} {request.scope['path'][:200]}: {error.detail}"
    raise problem_from_status(error.status_code, detail, error.headers)


async def _raise_invalid(_: Request, error: Exception) -> Any:
    assert isinstance(error, RequestValidationError)
    errors = [
        {"field": ".".join(map(str, detail["loc"])), "message": detail["msg"]}
        for detail in error.errors()[:20]
    ]
    first = errors[0]
    raise Problem("invalid_request", f"`{first['field']}`: {first['message']}", errors=errors)
