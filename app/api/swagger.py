"""The API's description at /docs, to read and try in a browser: Swagger UI from a package, not from another host."""

from importlib.resources import as_file, files

from fastapi import APIRouter
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import FileResponse, HTMLResponse

DOCS = "/docs"
_SCRIPT, _STYLE = f"{DOCS}/swagger-ui-bundle.js", f"{DOCS}/swagger-ui.css"
SWAGGER_PATHS = frozenset({DOCS, _SCRIPT, _STYLE})

_STATIC = files("fastapi_offline") / "static"


def swagger_router(title: str) -> APIRouter:
    """Return the routes of the page and of its two files, which are not part of the API."""
    router = APIRouter(include_in_schema=False)

    @router.get(DOCS)
    async def page() -> HTMLResponse:
        return get_swagger_ui_html(
            # Relative, so that it works behind a proxy that serves all this under a path.
            openapi_url="openapi.json",
            title=title,
            swagger_js_url=_SCRIPT.removeprefix("/"),
            swagger_css_url=_STYLE.removeprefix("/"),
            swagger_favicon_url="data:,",
        )

    for path in (_SCRIPT, _STYLE):
        with as_file(_STATIC / path.rpartition("/")[2]) as file:
            _serve_file(router, path, str(file))
    return router


def _serve_file(router: APIRouter, path: str, file: str) -> None:
    @router.get(path)
    async def read() -> FileResponse:
        return FileResponse(file, headers={"cache-control": "max-age=86400"})
