"""Label Studio's calls to an ML backend: a project that points here gets its tasks labelled beforehand.

POST /setup     the project's configuration -> does the bundle fit it, and which bundle is it
POST /predict   tasks -> regions, through the same limits, batcher and metrics as /tag
GET  /health    whether to ask at all

Label Studio counts code points (its editor converts from JavaScript's UTF-16 units), and so do start and end here.
https://labelstud.io/guide/ml_create
"""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter

from app.api.answers import to_json
from app.api.parsing import Document, read_document
from app.api.routes import problem_responses
from app.api.tag import log_texts
from app.http.asgi import Exchange, json_answer, send_answer
from app.http.body import check_texts
from app.http.middleware import Direct
from app.labelstudio.label_config import LabelConfig, read_label_config
from app.labelstudio.schemas import (
    HealthAnswer,
    PredictAnswer,
    PredictRequest,
    SetupAnswer,
    SetupRequest,
    Task,
)
from app.problems import Problem
from app.service import Service
from model.tagger import Entity


async def answer_predict(service: Service, exchange: Exchange) -> None:
    """Tag the texts of tasks and answer with regions. Raises Problem and ClientLeft."""
    request = await _read(PredictRequest, service, exchange)
    serving = service.serving
    config = read_label_config(request.label_config, serving.tagger.labels)
    texts = [_text_of(index, task, config.key) for index, task in enumerate(request.tasks)]
    del request  # may hold a hundred times as much as its texts, which are all that is needed while they wait
    check_texts(texts, service.settings)
    log_texts(service, exchange, texts)
    taggings = await service.tag(texts, serving.tagger, receive=exchange.receive)
    results = [_prediction(config, tagging.entities, serving.name) for tagging in taggings]
    await send_answer(
        exchange.send, json_answer(to_json({"results": results, "model_version": serving.name}))
    )


async def answer_setup(service: Service, exchange: Exchange) -> None:
    """Answer which bundle serves, if it has a label of the project. Raises Problem and ClientLeft."""
    request = await _read(SetupRequest, service, exchange)
    serving = service.serving
    read_label_config(request.label_config, serving.tagger.labels)
    await send_answer(exchange.send, json_answer(to_json({"model_version": serving.name})))


# What the entrance answers without FastAPI.
LABEL_STUDIO: dict[str, Direct] = {"/predict": answer_predict, "/setup": answer_setup}


def labelstudio_router(service: Service) -> APIRouter:
    """Return the routes that describe /predict and /setup, and answer /health."""
    router = APIRouter(tags=["Label Studio"], responses=problem_responses(503))
    refusals = problem_responses(401, 408, 413, 415, 422, 500)

    @router.post(
        "/predict",
        summary="Label tasks",
        response_model=PredictAnswer,
        responses={**refusals, **problem_responses(429, 504)},
    )
    async def predict(request: PredictRequest) -> None:
        """Regions for each task's text; only labels that the project has, by name or `predicted_values`."""

    @router.post("/setup", summary="Connect a project", response_model=SetupAnswer, responses=refusals)
    async def setup(request: SetupRequest) -> None:
        """The bundle's name; 422 if its labels are none of the project's."""

    @router.get("/health", summary="Whether tasks are labelled")
    async def health() -> HealthAnswer:
        """As /healthz/ready, in Label Studio's words."""
        problem = service.why_not_ready()
        if problem is not None:
            raise problem
        return HealthAnswer(status="UP", model_class="zitag")

    return router


async def _read(kind: type[Document], service: Service, exchange: Exchange) -> Document:
    _ = service.serving  # refuse before the body is read
    service.bodies.check_headers(exchange.headers)
    body = await service.bodies.read(exchange.receive)
    media_type = exchange.content_type.partition(";")[0].strip().lower()
    if media_type != "application/json":
        detail = f"expected content-type application/json, got {media_type[:100]!r}"
        raise Problem("unsupported_media_type", detail)
    return read_document(kind, body)


def _text_of(index: int, task: Task, key: str) -> str:
    """Return the text of a task; "" where the table that was imported had an empty cell."""
    text = task.data.get(key, False)
    if text is None:
        return ""
    if not isinstance(text, str):
        got = "nothing" if key not in task.data else type(text).__name__
        raise Problem("invalid_request", f"task {index}: expected a text as data[{key[:100]!r}], got {got}")
    return text


def _prediction(config: LabelConfig, entities: Sequence[Entity], bundle: str) -> dict[str, Any]:
    """Return the members of `Prediction`."""
    seen = [entity for entity in entities if entity.label in config.labels]
    return {
        "result": [_region(config, entity) for entity in seen],
        "score": min((entity.score for entity in seen), default=1.0),
        "model_version": bundle,
    }


def _region(config: LabelConfig, entity: Entity) -> dict[str, Any]:
    return {
        "from_name": config.from_name,
        "to_name": config.to_name,
        "type": "labels",
        "value": {
            "start": entity.start,
            "end": entity.end,
            "text": entity.text,
            "labels": [config.labels[entity.label]],
        },
        "score": entity.score,
    }
