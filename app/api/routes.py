"""The routes of the API: what is called all day, /tag and /tag/stream, and what is asked about the bundle."""

from functools import partial

from fastapi import APIRouter
from starlette.routing import BaseRoute

from app.api.answer_schemas import BundleAnswer, FormattedAnswer
from app.api.openapi import problem_responses
from app.api.schemas import Options, TagRequest
from app.api.stream import MEDIA_TYPES as STREAM_TYPES
from app.api.stream import answer_stream
from app.api.tag import answer_tag
from app.http.asgi import Endpoint
from app.http.routing import AlwaysKeyedRoute, AsgiRoute, Body, FastApiRoute, Operation
from app.loader import Serving
from app.service import Service

_TAG = Operation(
    tag="tagging",
    summary="Tag a text, or several",
    description="""\
Find the entities of a text: `text[start:end]` is the entity, half-open.

Send JSON with `text` or `texts`, or the text itself as `text/plain`. Options go into the JSON body or the
query string; the body's win. No text is ever cut short: beyond the limits the answer is 413.""",
    query=Options,
    takes={
        "application/json": TagRequest,
        "text/plain": {"schema": {"type": "string"}, "example": "小明去北京。"},
    },
    answers={
        "application/json": FormattedAnswer,
        "text/plain": {"schema": {"type": "string"}, "example": "小\tB-PER\n明\tI-PER\n"},
    },
    answers_note="`OneAnswer` to one text, `ManyAnswer` to `texts`; or what `format` says.",
    problems=(401, 408, 413, 415, 422, 429, 500, 503, 504),
)
_STREAM = Operation(
    tag="tagging",
    summary="Tag any number of texts, line by line",
    description="""\
Answers while lines still come, in constant memory; empty lines are skipped.

A `bio` answer is one JSON string per line.

Read while you send: the service stops reading when its answers are not read. If the last line has the
code `draining`, `body_timeout` or `too_many_bodies`, the lines after it were not tagged: send them again.""",
    query=Options,
    takes={STREAM_TYPES[0]: {"schema": {"type": "string"}, "example": '{"text": "小明去北京。"}\n'}},
    takes_note="One JSON body of /tag per line.",
    answers={STREAM_TYPES[0]: {"schema": {"type": "string"}}},
    answers_note="One line per line sent, in order: what /tag answers, or a problem document.",
    problems=(401, 413, 415, 422, 500, 503),
)


def tag_routes(service: Service) -> list[BaseRoute]:
    """Return the routes that tag."""
    tag, stream = Endpoint(partial(answer_tag, service)), Endpoint(partial(answer_stream, service))
    return [
        AsgiRoute("/tag", tag, _TAG, name="tag", is_timed=True),
        # Not timed: a stream lasts as long as its client sends.
        AsgiRoute("/tag/stream", stream, _STREAM, name="stream", body=Body.STREAMED),
    ]


def bundle_routes(service: Service) -> list[BaseRoute]:
    """Return the routes about the bundle."""
    router = APIRouter(tags=["operations"], responses=problem_responses(401, 503), route_class=FastApiRoute)

    @router.get("/bundle", summary="The bundle that serves")
    async def bundle() -> BundleAnswer:
        """Its name, labels and origin, the runtime that it runs on, and how many words of one's own it weighs."""
        return bundle_answer(service.serving)

    router.route_class = AlwaysKeyedRoute

    @router.post("/reload", summary="Load the bundle anew", responses=problem_responses(409, 413, 415, 500))
    async def reload() -> BundleAnswer:
        """Loads ZITAG_BUNDLE beside the bundle that serves, checks it, and swaps; always needs a key.

        If anything about the new bundle is wrong, the old one goes on serving and the answer says why.
        """
        return bundle_answer(await service.reload())

    return router.routes


def bundle_answer(serving: Serving) -> BundleAnswer:
    """Return what clients are told about the bundle that serves."""
    tagger = serving.tagger
    return BundleAnswer(
        bundle=serving.name,
        fingerprint=serving.fingerprint,
        labels=list(tagger.labels),
        runtime=serving.runtime,
        device=serving.device,
        words=serving.words,
        created=tagger.origin.created,
        fit=dict(tagger.origin.fit),
        versions=dict(tagger.origin.versions),
    )
