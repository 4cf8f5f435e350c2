"""Label Studio's calls to an ML backend: predictions for the tasks of a project.

POST /setup     the project's configuration -> does the bundle fit it, and which bundle is it
POST /predict   tasks -> regions, through the same limits, batcher and metrics as /tag
GET  /health    is there a bundle that serves

Label Studio counts code points (its editor converts from JavaScript's UTF-16 units), and so do start and end here.
https://labelstud.io/guide/ml_create
"""

import asyncio
import logging
from functools import partial

from fastapi import APIRouter
from starlette.routing import BaseRoute

from app.api.answers import to_json
from app.api.openapi import problem_responses
from app.api.parsing import Document, check_json_type, read_document, read_off_loop
from app.api.tag import log_texts
from app.http.asgi import Endpoint, HttpRequest, json_answer, send_answer
from app.http.body import check_texts
from app.http.routing import AsgiRoute, FastApiRoute, HealthRoute, Operation
from app.labelstudio.body import without_ignored
from app.labelstudio.label_config import LabelConfig, read_label_config
from app.labelstudio.schemas import (
    HealthAnswer,
    PredictAnswer,
    PredictRequest,
    SetupAnswer,
    SetupRequest,
    VersionsAnswer,
    WebhookAnswer,
    WebhookRequest,
)
from app.labelstudio.tasks import predictions, read_tasks
from app.loader import Serving
from app.min_score import least_score
from app.problems import Problem
from app.service import Service

logger = logging.getLogger("zitag.labelstudio")

# What "Start Training" sends.
_START_TRAINING = "START_TRAINING"
# A configuration of a hundred labels; it is read in a few milliseconds.
_LONG_CONFIG_CHARS = 10_000

_PREDICT = Operation(
    tag="Label Studio",
    summary="Label tasks",
    description="Regions for each task's text; only labels that the project has, by name or `predicted_values`.",
    takes={"application/json": PredictRequest},
    answers={"application/json": PredictAnswer},
    problems=(401, 408, 413, 415, 422, 429, 500, 503, 504),
)
_SETUP = Operation(
    tag="Label Studio",
    summary="Connect a project",
    description="The bundle's name; 422 if its labels are none of the project's.",
    takes={"application/json": SetupRequest},
    answers={"application/json": SetupAnswer},
    problems=(401, 408, 413, 415, 422, 500, 503),
)

_WEBHOOK = Operation(
    tag="Label Studio",
    summary="Hear what happens in a project",
    description="Nothing is done about it; 422 if training is asked for, which this service does not do.",
    takes={"application/json": WebhookRequest},
    answers={"application/json": WebhookAnswer},
    problems=(401, 408, 413, 415, 422, 500, 503),
)


async def answer_predict(service: Service, http: HttpRequest) -> None:
    """Tag the texts of tasks and answer with regions. Raises Problem and ClientLeft."""
    request = await _read(PredictRequest, service, http)
    serving = service.serving
    config = await _read_config(request.label_config, serving)
    tasks = read_tasks(request.tasks, config.key, service.settings.max_text_chars)
    del request  # the texts are all that is needed while they wait
    texts = [task.text for task in tasks]
    check_texts(texts, service.settings)
    log_texts(service, http, texts)
    taggings = await service.tag(texts, serving.tagger, receive=http.receive)
    least = service.settings.min_score
    found = [
        [entity for entity in tagging.entities if entity.score >= least_score(least, entity.label)]
        for tagging in taggings
    ]
    results = predictions(config, tasks, found, serving.name)
    await send_answer(http.send, json_answer(to_json({"results": results, "model_version": serving.name})))


async def answer_setup(service: Service, http: HttpRequest) -> None:
    """Answer which bundle serves, if it has a label of the project. Raises Problem and ClientLeft."""
    request = await _read(SetupRequest, service, http)
    serving = service.serving
    try:
        await _read_config(request.label_config, serving)
    except Problem as problem:
        # Label Studio shows its user the status alone.
        fields = {"code": problem.code, "request_id": http.request_id}
        logger.warning("a Label Studio project was refused: %s", problem.detail, extra={"fields": fields})
        raise
    await send_answer(http.send, json_answer(to_json({"model_version": serving.name})))


async def answer_webhook(service: Service, http: HttpRequest) -> None:
    """Answer that nothing is done about what happened. Raises Problem, not_supported for training, and ClientLeft."""
    request = await _read(WebhookRequest, service, http)
    if request.action == _START_TRAINING:
        raise _no_training()
    await send_answer(http.send, json_answer(to_json({"status": "ignored"})))


def labelstudio_routes(service: Service) -> list[BaseRoute]:
    """Return the routes that Label Studio calls."""
    predict, setup = Endpoint(partial(answer_predict, service)), Endpoint(partial(answer_setup, service))
    return [
        AsgiRoute("/predict", predict, _PREDICT, name="predict", is_timed=True),
        AsgiRoute("/setup", setup, _SETUP, name="setup"),
        AsgiRoute("/webhook", Endpoint(partial(answer_webhook, service)), _WEBHOOK, name="webhook"),
        *_fixed_routes(service),
        *_health_routes(service),
    ]


def _fixed_routes(service: Service) -> list[BaseRoute]:
    router = APIRouter(tags=["Label Studio"], route_class=FastApiRoute)

    @router.get("/versions", summary="Versions to choose from", responses=problem_responses(401, 503))
    async def versions() -> VersionsAnswer:
        """The bundle that serves: there is no other until the next reload."""
        return VersionsAnswer(versions=[service.serving.name])

    @router.post("/train", summary="Not supported", responses=problem_responses(401, 413, 415, 422, 500))
    async def train() -> WebhookAnswer:
        """Always 422: taggers are trained by `zitag fit`, from what Label Studio exports."""
        raise _no_training()

    return router.routes


def _no_training() -> Problem:
    detail = (
        "taggers are not trained from Label Studio; export the project, run `zitag fit`, then POST /reload"
    )
    # Label Studio tells its user nothing of the refusal.
    logger.warning("Label Studio asked for training: %s", detail, extra={"fields": {"code": "not_supported"}})
    return Problem("not_supported", detail)


def _health_routes(service: Service) -> list[BaseRoute]:
    router = APIRouter(tags=["Label Studio"], responses=problem_responses(503), route_class=HealthRoute)

    @router.get("/health", summary="Readiness, for Label Studio")
    async def health() -> HealthAnswer:
        """As /healthz/ready, in Label Studio's words."""
        problem = service.why_not_ready()
        if problem is not None:
            raise problem
        return HealthAnswer(status="UP", model_class="zitag")

    return router.routes


async def _read(kind: type[Document], service: Service, http: HttpRequest) -> Document:
    _ = service.serving  # refuse before the body is read
    body = await service.bodies.read(http.receive)
    check_json_type(http.content_type)

    def read(body: bytes) -> Document:
        return read_document(kind, without_ignored(body), service.settings.max_texts)

    return await read_off_loop(read, body)


async def _read_config(xml: str | None, serving: Serving) -> LabelConfig:
    """Return what the project's configuration says: a long one is read in a thread."""
    if xml is None or len(xml) <= _LONG_CONFIG_CHARS:
        return read_label_config(xml, serving.tagger.labels)
    return await asyncio.to_thread(read_label_config, xml, serving.tagger.labels)
