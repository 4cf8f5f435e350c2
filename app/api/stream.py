"""POST /tag/stream: any number of texts, line by line, in constant memory.

    lines --submit--> window of unanswered requests --in order--> lines

Each line in is a body of /tag, each line out its answer or its problem, in the same order. The window is bounded in
lines and characters: while it is full nothing is read, until the oldest answer has been sent.
"""

import asyncio
from collections import deque
from functools import partial
from typing import NamedTuple

from app.api.answers import to_json
from app.api.formats import FORMATS
from app.api.ndjson import LineReader
from app.api.parsing import check_json_type, read_json, read_off_loop
from app.api.query import read_query, with_min_score, with_options
from app.api.schemas import NBEST, Options, TagRequest
from app.api.tag import check_labels, log_texts
from app.http.asgi import HttpRequest
from app.http.body import check_texts
from app.loader import Serving
from app.problems import ClientLeft, Problem, drop_frames
from app.queue.request import QueuedRequest
from app.service import Service

MEDIA_TYPES = ("application/x-ndjson", "application/ndjson", "application/jsonl")

_MAX_LINES = 128
_MAX_CHARS = 65_536
# How often a full queue is tried again. A stream waits for room as long as its client does.
_RETRY_S = 0.05


class Line(NamedTuple):
    """A line that is being tagged."""

    queued: QueuedRequest
    request: TagRequest
    serving: Serving


async def answer_stream(service: Service, http: HttpRequest) -> None:
    """Answer line by line. Raises Problem, before anything is sent, and ClientLeft."""
    _ = service.serving
    check_json_type(http.content_type, MEDIA_TYPES)
    options = read_query(http.query)
    check_labels(options, service.serving.tagger.labels)
    stream = Stream(service, http, options)
    headers = [(b"content-type", MEDIA_TYPES[0].encode())]
    await http.send({"type": "http.response.start", "status": 200, "headers": headers})
    await stream.run()
    await http.send({"type": "http.response.body", "body": b""})


class Stream:
    """One streamed request: a task that reads and submits, and one that answers."""

    def __init__(self, service: Service, http: HttpRequest, options: Options) -> None:
        self._service = service
        self._http = http
        self._options = options
        self._window: deque[Line | Problem] = deque()
        self._chars = 0  # in the window
        self._changed = asyncio.Event()  # a line came in, or the last one
        self._room = asyncio.Event()  # a line went out

    async def run(self) -> None:
        """Answer all lines. Raises ClientLeft."""
        reader = asyncio.create_task(self._read())
        reader.add_done_callback(self._reader_ended)
        try:
            await self._write(reader)
        except ClientLeft:
            if reader.done() and not reader.cancelled():
                reader.result()  # what made the reader stop, should it be something else
            raise
        finally:
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)
            self._forget_all()

    async def _read(self) -> None:
        settings = self._service.settings
        lines = LineReader(
            self._http.receive,
            self._service.bodies,
            max_line_bytes=settings.max_body_bytes,
            timeout_s=settings.body_timeout_s,
            stop=self._service.drain_begun,
        )
        async for line in lines.read():
            while len(self._window) >= _MAX_LINES or self._chars >= _MAX_CHARS:
                self._room.clear()
                await self._room.wait()
            accepted = line if isinstance(line, Problem) else await self._accept(line)
            self._window.append(accepted)
            self._chars += accepted.queued.chars if isinstance(accepted, Line) else 0
            self._changed.set()

    async def _accept(self, line: bytes) -> Line | Problem:
        try:
            read = partial(read_json, max_texts=self._service.settings.max_texts)
            request = with_options(await read_off_loop(read, line), self._options)
            request = with_min_score(request, self._service.settings.min_score)
            texts = (request.text,) if request.text is not None else request.texts or ()
            check_texts(texts, self._service.settings)
            serving = self._service.serving
            check_labels(request, serving.tagger.labels)
            log_texts(self._service, self._http, texts)
            return Line(await self._submit(request, texts, serving), request, serving)
        except Problem as problem:
            drop_frames(problem)
            return problem

    async def _submit(self, request: TagRequest, texts: tuple[str, ...], serving: Serving) -> QueuedRequest:
        tags, nbest = "tags" in request.include, NBEST if "nbest" in request.include else 0
        while True:
            try:
                return self._service.batcher.submit(texts, serving.tagger, tags=tags, nbest=nbest)
            except Problem as problem:
                if problem.code != "queue_full":
                    raise
            await asyncio.sleep(_RETRY_S)

    async def _write(self, reader: "asyncio.Task[None]") -> None:
        while True:
            while not self._window and not reader.done():
                self._changed.clear()
                await self._changed.wait()
            if not self._window:
                reader.result()
                return
            first = self._window[0]
            if isinstance(first, Line):
                await asyncio.wait((first.queued.future,))
            await self._send(b"".join(self._ready_answers()))

    def _ready_answers(self) -> list[bytes]:
        """Take the answered lines from the head of the window and return their answers."""
        answers = []
        while self._window:
            line = self._window[0]
            if isinstance(line, Line) and not line.queued.future.done():
                break
            self._window.popleft()
            self._chars -= line.queued.chars if isinstance(line, Line) else 0
            answers.append(self._answer(line) + b"\n")
        self._room.set()
        return answers

    def _answer(self, line: Line | Problem) -> bytes:
        try:
            if isinstance(line, Problem):
                return self._refuse(line)
            taggings = line.queued.future.result()
        except Problem as problem:
            drop_frames(problem)
            return self._refuse(problem)
        self._service.metrics.found(taggings)
        project = FORMATS[line.request.format]
        return to_json(project(line.request, line.queued.texts, taggings, line.serving.name))

    def _refuse(self, problem: Problem) -> bytes:
        self._service.metrics.rejected(problem.code)
        return to_json(problem.document(self._http.request_id))

    async def _send(self, body: bytes) -> None:
        try:
            async with asyncio.timeout(self._service.settings.body_timeout_s):
                await self._http.send({"type": "http.response.body", "body": body, "more_body": True})
        except TimeoutError:
            # The client sends but does not read: its answers may not pile up here.
            raise ClientLeft from None

    def _reader_ended(self, reader: "asyncio.Task[None]") -> None:
        self._changed.set()
        if not reader.cancelled() and reader.exception() is not None:
            self._forget_all()

    def _forget_all(self) -> None:
        for line in self._window:
            if isinstance(line, Line):
                self._service.batcher.forget(line.queued)
