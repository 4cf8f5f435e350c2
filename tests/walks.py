"""Walks: which modules of ours one POST /tag, and one sentence of a corpus, run through, in order.

    PYTHONPATH=. python tests/walks.py      prints them

A request goes from the ASGI entry to the answer, threads included, with a real tagger; a sentence from its file to its
first batch, with every kind of channel. The second of each is looked at, after what is made once, as opening the file
is. Functions compiled by numba are not seen.
"""

import asyncio
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import tiny

from app.application import create_app
from app.loader import load_serving
from app.settings import Settings
from model.bundle.bundle import save_bundle
from model.tagger import Tagger
from training.corpus.reader import Sentence, read_sentences
from training.data.arrays import open_arrays
from training.data.batches import batches
from training.data.encode import write_arrays

ROOT = Path(__file__).resolve().parent.parent
SCOPE = {
    "type": "http",
    "method": "POST",
    "path": "/tag",
    "raw_path": b"/tag",
    "root_path": "",
    "query_string": b"",
}
BODY = '{"text": "新华社北京八月二十日电，记者小明。"}'.encode()
# The second sentence has no line that the first has not: each is understood once.
CORPUS = "小\tB-PER\n明\tI-PER\n来\tO\n了\tO\n。\tO\n\n" * 2


def request_walk() -> list[str]:
    """Return the modules of ours that answer one request to /tag, in the order of their first call."""
    with tempfile.TemporaryDirectory() as folder:
        bundle = save_bundle(Path(folder) / "bundle", tiny.tiny_bundle(), check=Tagger.load)
        return asyncio.run(_walk(Settings(bundle=bundle, threads=1, runtime="onnx")))


def sentence_walk() -> list[str]:
    """Return the modules of ours that bring one sentence from a file to a batch, in the order of their first call."""
    with tempfile.TemporaryDirectory() as name, _recorded() as recorder:
        folder = Path(name)
        (folder / "train.bio").write_text(CORPUS, encoding="utf-8")
        for _ in range(2):
            recorder.is_on = False
            recorder.codes.clear()
            sentences = _recorded_after_the_first(
                recorder, read_sentences(folder / "train.bio", scheme="BIO")
            )
            write_arrays(sentences, tiny.tiny_features(), tiny.TAG_SET, folder, max_chars=100)
            next(batches(open_arrays(folder), batch_chars=100, seed=1, epoch=0))
            recorder.is_on = False
    return _modules(recorder)


def _recorded_after_the_first(recorder: "_Recorder", sentences: Iterator[Sentence]) -> Iterator[Sentence]:
    yield next(sentences)
    recorder.is_on = True
    yield from sentences


async def _walk(settings: Settings) -> list[str]:
    with _recorded() as recorder:
        app = create_app(settings, load_serving(settings).tagger)
        async with app.router.lifespan_context(app):
            assert await _ask(app) == 200
            recorder.codes.clear()
            recorder.is_on = True
            assert await _ask(app) == 200
            recorder.is_on = False
    return _modules(recorder)


async def _ask(app: Any) -> int:
    """Return the status of the answer to one request."""
    statuses = []

    async def receive() -> dict[str, object]:
        if asked:
            return asked.pop()
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        statuses.append(message.get("status", 0))

    asked: list[dict[str, object]] = [{"type": "http.request", "body": BODY, "more_body": False}]
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(BODY))]
    await app({**SCOPE, "headers": headers, "state": {}}, receive, send)
    return int(statuses[0])


class _Recorder:
    """Notes the code of every function that is called, in all threads that start while it is installed."""

    def __init__(self) -> None:
        self.is_on = False
        self.codes: list[CodeType] = []

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        if event == "call" and self.is_on:
            self.codes.append(frame.f_code)


@contextmanager
def _recorded() -> Iterator[_Recorder]:
    recorder = _Recorder()
    threading.setprofile(recorder)
    sys.setprofile(recorder)
    try:
        yield recorder
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def _modules(recorder: _Recorder) -> list[str]:
    return list(dict.fromkeys(name for code in recorder.codes if (name := _module_of(code))))


def _module_of(code: CodeType) -> str | None:
    """Return the name of the module that a function stands in, if it is ours."""
    path = Path(code.co_filename)
    if ROOT not in path.parents or path.relative_to(ROOT).parts[0] not in ("app", "model", "training"):
        return None
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


if __name__ == "__main__":
    print("request:", *request_walk(), sep="\n    ")
    print("sentence:", *sentence_walk(), sep="\n    ")
