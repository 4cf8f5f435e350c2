"""The service without HTTP: which tagger serves, whether it is ready, how it starts, reloads and stops.

start -> load (in a thread) -> ready -> reload: load beside, swap -> drain: refuse new, finish accepted -> stop
"""

import asyncio
import logging
from collections.abc import Sequence
from functools import partial

from app.http.body import BodyReader
from app.loader import Load, LoadError, Serving
from app.metrics import Metrics
from app.problems import Problem
from app.queue.batcher import Batcher, Receive
from app.queue.tagger import Tagger
from app.settings import Settings
from app.threads import run_abandonable
from model.tagger import Tagging

logger = logging.getLogger("zitag")

# How often bodies that do not begin to arrive are looked at.
_SWEEP_S = 1.0
# The thread that loads a bundle. A stop does not wait for it: a load may take minutes.
LOADING = "zitag-loading"


class Service:
    """The state behind the routes: bundle, batcher, metrics, readiness. One per application."""

    def __init__(self, settings: Settings, load: Load, serving: Serving | None = None) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.bodies = BodyReader(settings)
        self.batcher = Batcher(
            queue_chars=settings.queue_chars,
            batch_chars=settings.batch_chars,
            deadline_s=settings.deadline_s,
            observer=self.metrics,
        )
        self.drain_begun = asyncio.Event()
        self.load_error: LoadError | None = None  # the first load failed: this service will never be ready
        self._load = load
        self._serving = serving
        self._reloading = False
        self._tasks: list[asyncio.Task[None]] = []
        self.metrics.watch(lambda: self.batcher.waiting_chars, lambda: self.why_not_ready() is None)

    def start(self) -> None:
        """Start to tag, and to load the bundle if none serves; returns at once."""
        self.batcher.start()
        self._tasks = [asyncio.create_task(self._sweep())]
        if self._serving is None:
            self._tasks.append(asyncio.create_task(self._load_first()))
        else:
            self._serve(self._serving)

    async def stop(self) -> None:
        """Stop; what is still waiting is refused."""
        self.drain_begun.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.batcher.stop()

    @property
    def draining(self) -> bool:
        """Whether this server is about to stop: no new request is accepted."""
        return self.drain_begun.is_set()

    def why_not_ready(self) -> Problem | None:
        """Return why new requests are refused, or None if they are served."""
        if self.draining:
            return Problem(
                "draining",
                "this server is shutting down; ask again, another one will answer",
                retry_after_s=1,
            )
        if self._serving is None:
            return Problem("not_ready", "the bundle is still being loaded", retry_after_s=1)
        if self.batcher.is_stalled:
            return Problem("not_ready", "the tagger has not answered for too long", retry_after_s=10)
        return None

    @property
    def serving(self) -> Serving:
        """What serves now. Keep it for the length of a request. Raises Problem: not_ready, draining."""
        if self._serving is None or self.draining:
            problem = self.why_not_ready()
            assert problem is not None
            raise problem
        return self._serving

    @property
    def labels(self) -> tuple[str, ...] | None:
        """The labels of the bundle that serves; None before there is one."""
        return self._serving.tagger.labels if self._serving else None

    async def tag(
        self,
        texts: Sequence[str],
        tagger: Tagger,
        *,
        tags: bool = False,
        nbest: int = 0,
        receive: Receive | None = None,
    ) -> list[Tagging]:
        """Return what is found in each text; see `Batcher.tag`."""
        taggings = await self.batcher.tag(texts, tagger, tags=tags, nbest=nbest, receive=receive)
        self.metrics.found(taggings)
        return taggings

    async def reload(self) -> Serving:
        """Load the bundle anew beside the one that serves, then swap. Requests go on all the while.

        Raises Problem: reload_running, reload_refused (the old bundle goes on serving), draining.
        """
        if self.draining:
            _ = self.serving
        if self._reloading or self._serving is None:
            raise Problem(
                "reload_running", "a bundle is being loaded already; ask again later", retry_after_s=5
            )
        self._reloading = True
        try:
            self._serve(await self._load_beside())
        except LoadError as error:
            self.metrics.reload("refused")
            logger.error("reload refused: %s", error, extra={"fields": {"bundle": self._serving.name}})
            raise Problem("reload_refused", str(error), bundle=self._serving.name) from error
        finally:
            self._reloading = False
        return self._serving

    async def _load_first(self) -> None:
        try:
            self._serve(await self._load_beside())
        except LoadError as error:
            self.load_error = error
            self.metrics.reload("refused")
            logger.error("cannot serve: %s", error)

    async def _load_beside(self) -> Serving:
        try:
            return await run_abandonable(partial(self._load, self.settings), LOADING)
        except LoadError:
            raise
        except Exception as error:
            logger.exception("loading a bundle failed")
            raise LoadError(f"{self.settings.bundle}: {type(error).__name__}: {error}") from error

    def _serve(self, serving: Serving) -> None:
        self._serving = serving
        self.metrics.reload("loaded")
        self.metrics.serving(serving.name, serving.runtime, serving.device, serving.words)
        fields = {"bundle": serving.name, "runtime": serving.runtime, "device": serving.device}
        logger.info("ready: serving %s", serving.name, extra={"fields": fields})

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_S)
            self.bodies.sweep()
