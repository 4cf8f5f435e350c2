"""The batcher's contract, line by line; each line with the fault that it prevents."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import fakes
import pytest
from fakes import CURSED, FakeTagger

from app.problems import ClientLeft, Problem
from app.queue.batcher import Batcher
from model.stitching import ChunkTagging
from model.tagger import Tagging

pytestmark = pytest.mark.anyio

GONE = {"type": "http.disconnect"}


class Counts:
    """What the batcher reported."""

    def __init__(self) -> None:
        self.batches: list[tuple[int, int]] = []
        self.queued: list[float] = []

    def batch(self, texts: int, chars: int, seconds: float) -> None:
        self.batches.append((texts, chars))

    def started(self, queue_seconds: float) -> None:
        self.queued.append(queue_seconds)


@asynccontextmanager
async def batcher(
    *,
    queue_chars: int = 10_000,
    batch_chars: int = 64,
    deadline_s: float = 10.0,
    counts: Counts | None = None,
) -> AsyncIterator[Batcher]:
    made = Batcher(
        queue_chars=queue_chars, batch_chars=batch_chars, deadline_s=deadline_s, observer=counts or Counts()
    )
    made.start()
    yield made
    await made.stop()


async def held(tagger: FakeTagger, made: Batcher) -> "asyncio.Task[list[Tagging]]":
    """Return a request that the tagger is busy with, until `tagger.gate` is set."""
    tagger.hold()
    first = asyncio.create_task(made.tag(["FIRST"], tagger))
    await asyncio.to_thread(tagger.entered.acquire, timeout=5)
    return first


def entities(taggings: list[Tagging]) -> list[Any]:
    return [tagging.entities for tagging in taggings]


def expected(*texts: str) -> list[Any]:
    return [fakes.entities_of(text) for text in texts]


# "An idle tagger starts at once; a busy one then takes all that came meanwhile."


async def test_an_idle_tagger_starts_at_once() -> None:
    tagger, counts = FakeTagger(), Counts()
    async with batcher(counts=counts) as made:
        assert entities(await made.tag(["在AB", "XY"], tagger)) == expected("在AB", "XY")
    assert tagger.batches == [["在AB", "XY"]]
    assert counts.batches == [(2, 5)]
    assert len(counts.queued) == 1


async def test_what_comes_while_the_tagger_is_busy_is_taken_together() -> None:
    tagger = FakeTagger()
    async with batcher() as made:
        first = await held(tagger, made)
        texts = [f"在{name}" for name in ("AB", "CD", "XY")]
        others = [asyncio.create_task(made.tag([text], tagger)) for text in texts]
        await asyncio.sleep(0.02)
        tagger.gate.set()
        await first
        for text, other in zip(texts, others, strict=True):
            assert entities(await other) == expected(text)
    assert tagger.batches == [["FIRST"], texts]


async def test_a_batch_is_bounded_in_characters() -> None:
    tagger = FakeTagger()
    async with batcher(batch_chars=64) as made:
        first = await held(tagger, made)
        others = [asyncio.create_task(made.tag(["A" * 30], tagger)) for _ in range(5)]
        await asyncio.sleep(0.02)
        tagger.gate.set()
        await asyncio.gather(first, *others)
    assert [len(batch) for batch in tagger.batches] == [1, 2, 2, 1]


async def test_all_tagging_happens_in_one_thread_that_is_not_the_event_loops() -> None:
    tagger = FakeTagger()
    async with batcher() as made:
        await asyncio.gather(*(made.tag(["AB"], tagger) for _ in range(20)))
    assert len(tagger.threads) == 1
    assert threading.get_ident() not in tagger.threads


async def test_texts_without_characters_need_no_tagger() -> None:
    tagger = FakeTagger()
    async with batcher() as made:
        tagger.hold()
        assert entities(await made.tag(["", ""], tagger, tags=True)) == [[], []]
        assert await made.tag([], tagger) == []
        tagger.gate.set()
        taggings = await made.tag(["", "AB", ""], tagger, tags=True, nbest=2)
    assert entities(taggings) == expected("", "AB", "")
    assert [tagging.tags for tagging in taggings] == [[], ["B-PER", "I-PER"], []]
    assert [[other.probability for other in tagging.nbest or ()] for tagging in taggings] == [
        [1.0],
        [0.75, 0.25],
        [1.0],
    ]


# "What waits is bounded in characters and in time; beyond, a request is refused, never half-served."


async def test_a_full_queue_refuses_and_takes_again_when_there_is_room() -> None:
    tagger = FakeTagger()
    async with batcher(queue_chars=60) as made:  # 30 for short requests
        first = await held(tagger, made)
        waiting = asyncio.create_task(made.tag(["A" * 20], tagger))
        await asyncio.sleep(0.02)
        assert made.waiting_chars == 20
        with pytest.raises(Problem) as problem:
            await made.tag(["B" * 11], tagger)
        assert (problem.value.code, problem.value.status) == ("queue_full", 429)
        assert int(problem.value.headers["retry-after"]) >= 1
        assert problem.value.extras == {"limit": 30, "actual": 31}
        tagger.gate.set()
        await asyncio.gather(first, waiting)
        assert entities(await made.tag(["B" * 11], tagger)) == expected("B" * 11)
        assert made.waiting_chars == 0


async def test_long_requests_leave_room_for_short_ones() -> None:
    tagger = FakeTagger()
    async with batcher(queue_chars=200, batch_chars=40) as made:
        first = await held(tagger, made)
        long = asyncio.create_task(made.tag(["A" * 90], tagger))
        await asyncio.sleep(0.02)
        with pytest.raises(Problem, match="90 characters are waiting, at most 100 may"):
            await made.tag(["C" * 90], tagger)
        short = asyncio.create_task(made.tag(["B" * 10], tagger))
        await asyncio.sleep(0.02)
        tagger.gate.set()
        await asyncio.gather(first, long, short)


async def test_an_empty_queue_takes_a_request_of_any_length() -> None:
    text = "。".join(["A" * 50] * 10)
    async with batcher(queue_chars=100, batch_chars=40) as made:
        assert entities(await made.tag([text], FakeTagger())) == expected(text)


async def test_a_request_that_would_not_be_done_in_time_is_refused_at_once() -> None:
    tagger = FakeTagger(seconds_per_char=0.001)
    long = "。".join(["A" * 9] * 100)
    async with batcher(deadline_s=2) as made:
        await made.tag(["A" * 30, "B" * 30], tagger)  # now the speed is known
        waiting = [asyncio.create_task(made.tag([long], tagger)) for _ in range(2)]
        await asyncio.sleep(0.02)
        with pytest.raises(Problem, match="the answer would take about") as problem:
            await made.tag([long], tagger)
        assert problem.value.code == "queue_full"
        assert int(problem.value.headers["retry-after"]) >= 1
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def test_an_idle_service_refuses_nothing_however_long_it_takes() -> None:
    tagger = FakeTagger(seconds_per_char=0.001)
    text = "。".join(["A" * 9] * 200)
    async with batcher(deadline_s=3) as made:
        await made.tag(["A" * 30, "B" * 30], tagger)
        assert entities(await made.tag([text], tagger)) == expected(text)


async def test_a_deadline_that_passes_is_told_and_frees_the_place() -> None:
    tagger = FakeTagger()
    async with batcher(deadline_s=0.2) as made:
        first = await held(tagger, made)
        late = asyncio.create_task(made.tag(["LATE"], tagger))
        for request in (first, late):
            with pytest.raises(Problem, match=r"no answer within 0\.2 s") as problem:
                await request
            assert (problem.value.code, problem.value.status) == ("deadline_passed", 504)
        assert (made.waiting_chars, made.unanswered) == (0, 0)
        tagger.gate.set()
        assert entities(await made.tag(["NEXT"], tagger)) == expected("NEXT")
    assert ["LATE"] not in tagger.batches  # it cost no inference


async def test_a_tagger_that_hangs_is_seen() -> None:
    tagger = FakeTagger()
    async with batcher(deadline_s=0.1) as made:
        assert not made.is_stalled
        first = await held(tagger, made)
        with pytest.raises(Problem):
            await first
        assert made.is_stalled
        tagger.gate.set()
        await made.tag(["AB"], tagger)
        assert not made.is_stalled


# "A text that makes the tagger fail harms its own request alone."


async def test_one_bad_request_does_not_harm_its_batch(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.CRITICAL):
        tagger = FakeTagger()
        async with batcher(batch_chars=1000) as made:
            first = await held(tagger, made)
            texts = [f"在{'ABCXYZ'[number % 6 :]}" for number in range(20)]
            texts[7] = texts[12] = f"AB{CURSED}"
            others = [asyncio.create_task(made.tag([text], tagger)) for text in texts]
            await asyncio.sleep(0.02)
            tagger.gate.set()
            await first
            for text, result in zip(
                texts, await asyncio.gather(*others, return_exceptions=True), strict=True
            ):
                if CURSED in text:
                    assert isinstance(result, Problem)
                    assert (result.code, result.status) == ("tagging_failed", 500)
                else:
                    assert not isinstance(result, BaseException)
                    assert entities(result) == expected(text)


async def test_a_request_fails_whole_if_one_of_its_texts_does() -> None:
    async with batcher() as made:
        with pytest.raises(Problem, match="the tagger failed on this request"):
            await made.tag(["AB", CURSED, "CD"], FakeTagger())


async def test_a_tagger_that_loses_an_answer_is_not_believed() -> None:
    class Losing(FakeTagger):
        def tag_chunks(self, chunks: Any, *, nbest: int = 0) -> list[ChunkTagging]:
            return super().tag_chunks(chunks, nbest=nbest)[: max(1, len(chunks) - 1)]

    async with batcher() as made:
        assert entities(await made.tag(["AB", "CD", "XY"], Losing())) == expected("AB", "CD", "XY")


async def test_the_thread_outlives_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = Counts()
    async with batcher(counts=counts) as made:
        with monkeypatch.context() as patch:
            patch.setattr(counts, "batch", lambda *_: 1 / 0)
            with pytest.raises(Problem, match="the tagger failed"):
                await made.tag(["AB"], FakeTagger())
        assert entities(await made.tag(["AB"], FakeTagger())) == expected("AB")


# "A request whose client left gives up its place, and costs no inference."


def leaving(left: asyncio.Event) -> Callable[[], Awaitable[Any]]:
    async def receive() -> Any:
        await left.wait()
        return GONE

    return receive


async def test_a_client_that_leaves_frees_its_place() -> None:
    tagger, left = FakeTagger(), asyncio.Event()
    async with batcher() as made:
        first = await held(tagger, made)
        waiting = asyncio.create_task(made.tag(["GONE"], tagger, receive=leaving(left)))
        await asyncio.sleep(0.2)
        assert made.waiting_chars == 4
        left.set()
        with pytest.raises(ClientLeft):
            await waiting
        assert made.waiting_chars == 0
        tagger.gate.set()
        await first
        await made.tag(["NEXT"], tagger)
    assert tagger.batches == [["FIRST"], ["NEXT"]]


async def test_a_request_that_is_cancelled_frees_its_place() -> None:
    tagger = FakeTagger()
    async with batcher() as made:
        first = await held(tagger, made)
        waiting = asyncio.create_task(made.tag(["GONE"], tagger))
        await asyncio.sleep(0.02)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert (made.waiting_chars, made.unanswered) == (0, 1)
        tagger.gate.set()
        await first
    assert tagger.batches == [["FIRST"]]


async def test_a_client_that_stays_is_not_watched_after_its_answer() -> None:
    tagger, left = FakeTagger(), asyncio.Event()
    before = asyncio.all_tasks()
    async with batcher() as made:
        first = await held(tagger, made)
        waiting = asyncio.create_task(made.tag(["AB"], tagger, receive=leaving(left)))
        await asyncio.sleep(0.2)
        tagger.gate.set()
        assert entities(await waiting) == expected("AB")
        await first
        await asyncio.sleep(0.02)
        assert len(asyncio.all_tasks() - before) == 1  # the sweep


# "A long request is tagged a slice at a time, so that short ones pass it."


async def test_short_requests_pass_a_long_one() -> None:
    tagger = FakeTagger()
    order: list[str] = []
    async with batcher(queue_chars=100_000, batch_chars=200) as made:
        first = await held(tagger, made)
        text = "".join(f"在{'ABCXYZ'[number % 6 :]}去。" for number in range(1000))
        long = asyncio.create_task(made.tag([text], tagger))
        long.add_done_callback(lambda _: order.append("long"))
        await asyncio.sleep(0.02)
        short = [asyncio.create_task(made.tag([f"在{name}"], tagger)) for name in ("AB", "XY")]
        for task in short:
            task.add_done_callback(lambda _: order.append("short"))
        tagger.gate.set()
        assert entities(await long) == expected(text)
        assert entities(await short[1]) == expected("在XY")
        await first
    assert order == ["short", "short", "long"]


async def test_long_requests_take_turns() -> None:
    tagger = FakeTagger()
    async with batcher(queue_chars=100_000, batch_chars=200) as made:
        first = await held(tagger, made)
        texts = [f"{name}在。" * 200 for name in ("AB", "CD", "XY")]
        tasks = [asyncio.create_task(made.tag([text], tagger)) for text in texts]
        await asyncio.sleep(0.02)
        tagger.gate.set()
        for text, task in zip(texts, tasks, strict=True):
            assert entities(await task) == expected(text)
        await first
    names = [batch[0][:2] for batch in tagger.batches[1:4]]
    assert names == ["AB", "XY", "CD"]  # two slices a batch: AB CD, XY AB, CD XY


async def test_slices_of_a_long_request_join_to_the_answer_of_the_whole() -> None:
    texts = ["在AB，去XY。" * 100, "", "短AB", "无标点ABC" * 500, "\r\n".join(["😀AB", "XY"] * 300)]
    tagger = FakeTagger()
    async with batcher(queue_chars=100_000, batch_chars=100) as made:
        assert entities(await made.tag(texts, tagger, tags=True)) == expected(*texts)
    assert max(sum(map(len, batch)) for batch in tagger.batches) < 4000


async def test_a_long_request_whose_client_leaves_stops_costing_inference() -> None:
    tagger, left = FakeTagger(seconds=0.01), asyncio.Event()
    async with batcher(queue_chars=100_000, batch_chars=100) as made:
        waiting = asyncio.create_task(made.tag(["在AB去。" * 5000], tagger, receive=leaving(left)))
        await asyncio.sleep(0.2)
        left.set()
        with pytest.raises(ClientLeft):
            await waiting
        assert made.waiting_chars == 0
        seen = len(tagger.batches)
        await made.tag(["NEXT"], tagger)
        assert len(tagger.batches) <= seen + 2


async def test_a_long_request_fails_whole_if_a_slice_does() -> None:
    tagger = FakeTagger()
    async with batcher(queue_chars=100_000, batch_chars=100) as made:
        with pytest.raises(Problem, match="the tagger failed on this request"):
            await made.tag(["在AB去。" * 100 + CURSED + "在AB去。" * 1000], tagger)
        assert made.waiting_chars == 0
        assert entities(await made.tag(["AB"], tagger)) == expected("AB")


# "A request keeps the tagger it began with."


async def test_no_answer_mixes_two_taggers() -> None:
    old, new = FakeTagger("old"), FakeTagger("new")
    async with batcher(queue_chars=100_000, batch_chars=100) as made:
        first = await held(old, made)
        long = asyncio.create_task(made.tag(["在AB去。" * 200], old))
        short = asyncio.create_task(made.tag(["CD"], old))
        await asyncio.sleep(0.02)
        others = [asyncio.create_task(made.tag([text], new)) for text in ("XY", "在EF去。" * 200)]
        await asyncio.sleep(0.02)
        old.gate.set()
        await asyncio.gather(first, long, short, *others)
    assert sum(map(len, old.batches)) == 1 + 200 + 1
    assert not [text for batch in old.batches for text in batch if "XY" in text or "EF" in text]
    assert not [text for batch in new.batches for text in batch if "AB" in text or "CD" in text]


async def test_requests_with_alternatives_share_a_batch_with_others() -> None:
    tagger = FakeTagger()
    async with batcher() as made:
        first = await held(tagger, made)
        plain = asyncio.create_task(made.tag(["AB"], tagger))
        rich = asyncio.create_task(made.tag(["XY"], tagger, nbest=2, tags=True))
        await asyncio.sleep(0.02)
        tagger.gate.set()
        await first
        assert (await plain)[0].nbest is None
        assert (await plain)[0].tags is None
        assert [other.probability for other in (await rich)[0].nbest or ()] == [0.75, 0.25]
        assert (await rich)[0].tags == ["B-LOC", "I-LOC"]


# Stopping.


async def test_stopping_answers_what_waits() -> None:
    tagger = FakeTagger()
    async with batcher() as made:
        first = await held(tagger, made)
        waiting = asyncio.create_task(made.tag(["AB"], tagger))
        await asyncio.sleep(0.02)
        asyncio.get_running_loop().call_later(0.1, tagger.gate.set)
        await made.stop()
        for request in (first, waiting):
            with pytest.raises(Problem, match="stopped before") as problem:
                await request
            assert problem.value.code == "draining"


async def test_thousands_of_requests_each_get_their_own_answer() -> None:
    tagger = FakeTagger(seconds=0.0005)
    texts = [
        f"第{number}个{chr(65 + number % 26) * (number % 7 + 1)}。" * (1 + number % 90)
        for number in range(3000)
    ]

    async def ask(number: int) -> None:
        text = texts[number]
        task = asyncio.create_task(made.tag([text], tagger))
        if number % 5 == 0:
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        else:
            assert entities(await task) == expected(text)

    async with batcher(queue_chars=10_000_000, batch_chars=256, deadline_s=60) as made:
        for begin in range(0, len(texts), 200):
            await asyncio.gather(*(ask(number) for number in range(begin, begin + 200)))
        assert (made.waiting_chars, made.unanswered) == (0, 0)
