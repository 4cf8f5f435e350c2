"""The API's description, at /openapi.json, and at /docs to try in a browser: Swagger UI, from a package."""

from importlib.resources import as_file, files

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse
from starlette.routing import BaseRoute

from app.http.routing import OpenRoute

DOCS, DOCUMENT = "/docs", "/openapi.json"
_SCRIPT, _STYLE = f"{DOCS}/swagger-ui-bundle.js", f"{DOCS}/swagger-ui.css"

_STATIC = files("fastapi_offline") / "static"


def swagger_routes(title: str) -> list[BaseRoute]:
    """Return the routes of the document, the page and its two files, which are not part of the API."""
    router = APIRouter(include_in_schema=False, route_class=OpenRoute)

    @router.get(DOCUMENT)
    async def document(request: Request) -> JSONResponse:
        root_path = request.scope.get("root_path", "").rstrip("/")
        servers = {"servers": [{"url": root_path}]} if root_path else {}
        return JSONResponse({**request.app.openapi(), **servers})

    @router.get(DOCS)
    async def page() -> HTMLResponse:
        return get_swagger_ui_html(
            # Relative, so that it works behind a proxy that serves all this under a path.
            openapi_url=DOCUMENT.removeprefix("/"),
            title=title,
            swagger_js_url=_SCRIPT.removeprefix("/"),
            swagger_css_url=_STYLE.removeprefix("/"),
            swagger_favicon_url="data:,",
        )

    for path in (_SCRIPT, _STYLE):
        with as_file(_STATIC / path.rpartition("/")[2]) as file:
            _serve_file(router, path, str(file))
    return router.routes


def _serve_file(router: APIRouter, path: str, file: str) -> None:
    @router.get(path)
    async def read() -> FileResponse:
        return FileResponse(file, headers={"cache-control": "max-age=86400"})
