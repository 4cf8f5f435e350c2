"""What FastAPI serves itself, the bundle and its reload; and the description of what the entrance answers.

POST /tag, POST /tag/stream   described here, answered by app.api.tag and app.api.stream
GET /bundle, POST /reload     answered here
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from app.api.schemas import BundleAnswer, FormattedAnswer, Options
from app.api.stream import MEDIA_TYPES as STREAM_TYPES
from app.api.stream import answer_stream
from app.api.tag import answer_tag
from app.http.middleware import Direct
from app.loader import Serving
from app.problems import MEDIA_TYPE, PROBLEMS
from app.service import Service

# What the entrance answers without FastAPI.
DIRECT: dict[str, Direct] = {"/tag": answer_tag, "/tag/stream": answer_stream}


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI responses that say that these statuses come with a problem document.

    >>> problem_responses(504)[504]["description"]
    '`deadline_passed`'
    """
    schema = {"$ref": "#/components/schemas/ProblemDocument"}
    return {
        status: {
            "description": ", ".join(f"`{code}`" for code, row in PROBLEMS.items() if row[0] == status),
            "content": {MEDIA_TYPE: {"schema": schema}},
        }
        for status in statuses
    }


def tag_router() -> APIRouter:
    """Return the routes that describe /tag and /tag/stream."""
    router = APIRouter(tags=["tagging"], responses=problem_responses(401, 413, 415, 422, 500, 503))

    @router.post(
        "/tag",
        summary="Tag a text, or several",
        response_model=FormattedAnswer,
        response_description="`OneAnswer` to one text, `ManyAnswer` to `texts`; or what `format` says.",
        responses={
            200: {
                "content": {"text/plain": {"schema": {"type": "string"}, "example": "小\tB-PER\n明\tI-PER\n"}}
            },
            **problem_responses(408, 429, 504),
        },
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/TagRequest"}},
                    "text/plain": {"schema": {"type": "string"}, "example": "小明去北京。"},
                },
            }
        },
    )
    async def tag(options: Annotated[Options, Query()]) -> None:
        """Find the entities of a text: `text[start:end]` is the entity, half-open.

        Send JSON with `text` or `texts`, or the text itself as `text/plain`. Options go into the JSON body or the
        query string; the body's win. No text is ever cut short: beyond the limits the answer is 413.
        """

    @router.post(
        "/tag/stream",
        summary="Tag any number of texts, line by line",
        response_model=None,
        responses={
            200: {
                "description": "One line per line sent, in order: what /tag answers, or a problem document.",
                "content": {STREAM_TYPES[0]: {"schema": {"type": "string"}}},
            }
        },
        openapi_extra={
            "requestBody": {
                "required": True,
                "description": "One JSON body of /tag per line.",
                "content": {
                    STREAM_TYPES[0]: {"schema": {"type": "string"}, "example": '{"text": "小明去北京。"}\n'}
                },
            }
        },
    )
    async def stream(options: Annotated[Options, Query()]) -> None:
        """Answers while lines still come, in constant memory; empty lines are skipped.

        A `bio` answer is one JSON string per line.

        Read while you send: the service stops reading when its answers are not read. If the last line has the
        code `draining`, `body_timeout` or `too_many_bodies`, the lines after it were not tagged: send them again.
        """

    return router


def bundle_router(service: Service) -> APIRouter:
    """Return the routes about the bundle."""
    router = APIRouter(tags=["operations"], responses=problem_responses(401, 503))

    @router.get("/bundle", summary="The bundle that serves")
    async def bundle() -> BundleAnswer:
        """Its name, labels and origin, and the runtime that it runs on."""
        return bundle_answer(service.serving)

    @router.post("/reload", summary="Load the bundle anew", responses=problem_responses(409))
    async def reload() -> BundleAnswer:
        """Loads ZITAG_BUNDLE beside the bundle that serves, checks it, and swaps; always needs a key.

        If anything about the new bundle is wrong, the old one goes on serving and the answer says why.
        """
        return bundle_answer(await service.reload())

    return router


def bundle_answer(serving: Serving) -> BundleAnswer:
    """Return what clients are told about the bundle that serves."""
    tagger = serving.tagger
    return BundleAnswer(
        bundle=serving.name,
        fingerprint=serving.fingerprint,
        labels=list(tagger.labels),
        runtime=serving.runtime,
        device=serving.device,
        created=tagger.origin.created,
        fit=dict(tagger.origin.fit),
        versions=dict(tagger.origin.versions),
    )
