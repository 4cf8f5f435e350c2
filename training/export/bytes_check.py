"""Whether a network may serve in bytes: the same dev sentences tagged in bytes and in float32.

train text -> ranges;  dev -> tags and F1 of both -> Int8, part of bundle.json
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from model.bundle.bundle import Bundle
from model.bundle.manifest import Int8
from model.runtime.int8.ranges import measured_ranges
from model.runtime.int8.runtime import Int8Runtime, check_support
from model.runtime.onnx import OnnxRuntime
from model.tagger import Tagger
from model.tags.schemes import EntitySpan, tags_from_spans
from model.text import normalise
from training.corpus.reader import Sentence, sentence_chunks
from training.metrics.scoring import SpanCounts, strict_spans

# Of train, whose values say how large inputs get.
SAMPLE_CHARS = 50_000
_CHUNK_CHARS = 1 << 16


def try_bytes(
    bundle: Bundle, train: Iterable[Sentence], dev: Iterable[Sentence], *, threads: int | None = None
) -> Bundle:
    """Return `bundle` with what was found of it in bytes. Raises InferenceError where this CPU has no such runtime."""
    check_support(bundle.config)
    sample = [normalise(text) for text in _first(train, SAMPLE_CHARS)]
    ranges = measured_ranges(bundle.config, bundle.weights, bundle.features, sample)
    in_bytes = replace(bundle, int8=Int8(ranges=ranges, f1=0, float_f1=0, tags_changed=0))
    taggers = [
        Tagger(in_bytes, Int8Runtime(in_bytes, threads=threads)),
        Tagger(bundle, OnnxRuntime(bundle, threads=threads)),
    ]
    counts = [SpanCounts(), SpanCounts()]
    changed, chars = 0, 0
    for chunk in sentence_chunks(dev, _CHUNK_CHARS):
        texts = [sentence.text for sentence in chunk]
        for sentence, ours, theirs in zip(chunk, *(tagger.find(texts) for tagger in taggers), strict=True):
            gold = strict_spans(sentence.tags)
            counts[0].add(gold, ours)
            counts[1].add(gold, theirs)
            changed += _tags_changed(ours, theirs, len(sentence.text))
            chars += len(sentence.text)
    f1, float_f1 = (counted.scores()["micro"]["f1"] for counted in counts)
    checked = Int8(ranges=ranges, f1=f1, float_f1=float_f1, tags_changed=changed / max(chars, 1))
    return replace(bundle, int8=checked)


def describe_bytes(checked: Int8) -> str:
    """Return what was found, for people.

    >>> describe_bytes(Int8(ranges={}, f1=0.9, float_f1=0.9, tags_changed=0.0002))
    'in bytes (int8): dev F1 90.00%, float 90.00%, 0.020% of the tags differ: the default on x86 CPUs with AVX2'
    """
    verdict = "the default on x86 CPUs with AVX2" if checked.agrees else "too many: float32 serves by default"
    return (
        f"in bytes (int8): dev F1 {checked.f1:.2%}, float {checked.float_f1:.2%}, "
        f"{checked.tags_changed:.3%} of the tags differ: {verdict}"
    )


def _first(sentences: Iterable[Sentence], chars: int) -> Iterator[str]:
    for sentence in sentences:
        yield sentence.text
        chars -= len(sentence.text)
        if chars <= 0:
            return


def _tags_changed(ours: list[EntitySpan], theirs: list[EntitySpan], chars: int) -> int:
    if ours == theirs:
        return 0
    return sum(
        a != b for a, b in zip(tags_from_spans(ours, chars), tags_from_spans(theirs, chars), strict=True)
    )
