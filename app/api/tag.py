"""POST /tag: texts in, entities out."""

import asyncio
import logging
from collections.abc import Sequence
from functools import partial

from app.api.formats import formatted_answer
from app.api.parsing import read_off_loop, read_request
from app.api.query import read_query, with_min_score
from app.api.schemas import NBEST, Options
from app.http.asgi import HttpRequest, send_answer
from app.http.body import check_texts
from app.min_score import unknown_labels
from app.problems import Problem
from app.service import Service

logger = logging.getLogger("zitag.texts")

# The answer to a megabyte takes a tenth of a second to write; the event loop has others to serve meanwhile.
_LARGE_CHARS = 50_000


async def answer_tag(service: Service, http: HttpRequest) -> None:
    """Read the request, have its texts tagged, send the entities. Raises Problem and ClientLeft."""
    _ = service.serving  # refuse before the body is read
    # The body is not kept while its texts wait: what waits is bounded by their characters.
    read = partial(read_request, http.content_type, http.query, max_texts=service.settings.max_texts)
    request = await read_off_loop(read, await service.bodies.read(http.receive))
    request = with_min_score(request, service.settings.min_score)
    texts = request.texts if request.text is None else (request.text,)
    assert texts is not None
    check_texts(texts, service.settings)
    serving = service.serving
    check_labels(request, serving.tagger.labels)
    if http.query:  # a wrong label is one even where the body has others, or null
        check_labels(read_query(http.query), serving.tagger.labels)
    log_texts(service, http, texts)
    taggings = await service.tag(
        texts,
        serving.tagger,
        tags="tags" in request.include,
        nbest=NBEST if "nbest" in request.include else 0,
        receive=http.receive,
    )
    write = partial(formatted_answer, request, texts, taggings, serving.name)
    is_large = sum(map(len, texts)) > _LARGE_CHARS
    await send_answer(http.send, await asyncio.to_thread(write) if is_large else write())


def log_texts(service: Service, http: HttpRequest, texts: Sequence[str]) -> None:
    """Log the texts of a request, if a setting says so: they are the client's."""
    if service.settings.log_text:
        logger.info("texts", extra={"fields": {"request_id": http.request_id, "texts": texts}})


def check_labels(options: Options, known: tuple[str, ...]) -> None:
    """Raise Problem if a label is not the bundle's: it would never match, and nobody would know why."""
    wrong = {
        "labels": [label for label in options.labels or () if label not in known],
        "min_score": unknown_labels(options.min_score, known),
    }
    for field, unknown in wrong.items():
        if unknown:
            raise Problem(
                "unknown_label",
                f"`{field}`: expected some of {', '.join(known)}, got {unknown[0][:100]!r}",
                labels=list(known),
            )
