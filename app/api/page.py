"""The page at /: one file, read once, and its security headers."""

import base64
import hashlib
import re
from pathlib import Path

from fastapi import APIRouter, Response
from starlette.routing import BaseRoute

from app.http.routing import OpenRoute

PAGE = Path(__file__).parents[1] / "static" / "index.html"


def page_routes() -> list[BaseRoute]:
    """Return the route of the page."""
    content = PAGE.read_bytes()
    headers = {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": content_policy(content),
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cache-control": "no-cache",
    }
    router = APIRouter(tags=["page"], route_class=OpenRoute)

    @router.get(
        "/",
        summary="The page",
        response_class=Response,
        responses={200: {"content": {"text/html": {"schema": {"type": "string"}}}}},
    )
    async def page() -> Response:
        """Paste a text, see its entities. It asks this service alone, and needs no other host."""
        return Response(content, headers=headers)

    return router.routes


def content_policy(page: bytes) -> str:
    """Return the Content-Security-Policy under which nothing but the page's own script and style works.

    >>> content_policy(b"<script>1</script>").split("; ")[1]
    "script-src 'sha256-a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s='"
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {_hashes_of('script', page)}",
            f"style-src {_hashes_of('style', page)}",
            "connect-src 'self'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


def _hashes_of(kind: str, page: bytes) -> str:
    """Return the hashes of the page's inline elements of one kind."""
    contents: list[bytes] = re.findall(b"<%b>(.*?)</%b>" % (kind.encode(), kind.encode()), page, re.DOTALL)
    digests = (base64.b64encode(hashlib.sha256(content).digest()).decode() for content in contents)
    return " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"
