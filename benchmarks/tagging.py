"""How much Tagger.tag costs beside the bare ONNX session that computes its emissions.

    python benchmarks/tagging.py [BUNDLE] [--threads N]

Without a bundle it makes one of random weights in the size of a real one. Both sides of a ratio are taken in turns
in one run, so that a busy machine slows both.
"""

import argparse
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median

import numpy as np
import onnxruntime

from model.bundle.bundle import Bundle, TextRules, load_bundle, save_bundle
from model.bundle.config import ChannelConfig, NetworkConfig
from model.bundle.weights import pack_weights, weight_shapes
from model.features.channels import Channel, Features
from model.features.vocabulary import PAD, UNK, Vocabulary
from model.machine.command import run_command
from model.runtime.batching import pad_rows
from model.runtime.onnx import OnnxRuntime
from model.tagger import Tagger
from model.tags.tag_set import TagSet
from model.text import normalise

# Texts, characters of each, most that Tagger.tag may cost of the bare session's time.
CASES = ((1, 30, 3.0), (8, 50, None), (64, 64, 1.5))
BATCH_CHARS = (512, 1024, 2048, 4096, 8192, 16_384)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bundle", nargs="?", type=Path, help="a bundle's folder; random weights without it")
    parser.add_argument(
        "--threads",
        type=int,
        default=1,
        help="threads that tag; the bare session has one (default: %(default)s)",
    )
    parser.add_argument(
        "--seconds", type=float, default=4.0, help="time for each case (default: %(default)s)"
    )
    options = parser.parse_args()
    print(f"{date.today()}, {_machine()}, {options.threads} thread(s)")
    print(
        f"Python {platform.python_version()}, numpy {np.__version__}, onnxruntime {onnxruntime.__version__}"
    )
    memory = _memory_mb()
    with tempfile.TemporaryDirectory() as folder:
        path = options.bundle or save_bundle(Path(folder) / "random", random_bundle())
        tagger = _load(path, options.threads)
        bundle = load_bundle(path)
    print(f"network: {tagger.config}")
    _count_overhead(tagger, options.seconds)
    _compare_batch_sizes(bundle, tagger, options.seconds)
    print(f"memory: {memory:.0f} MB before the first bundle, {_memory_mb():.0f} MB now")
    return 0


def random_bundle() -> Bundle:
    """Return a bundle of the size of one trained on MSRA, its vocabulary and weights random."""
    generator = np.random.default_rng(0)
    characters = [chr(point) for point in range(0x4E00, 0x4E00 + 6996)] + ["。", "，"]
    pairs = {"".join(pair) for pair in generator.choice(characters, (110_000, 2))}
    bigrams = sorted(pairs)[: 100_000 - 2]
    features = Features(
        (
            Channel("char", Vocabulary([PAD, UNK, *characters])),
            Channel("bigram", Vocabulary([PAD, UNK, *bigrams])),
        )
    )
    tag_set = TagSet("BIOES", ("PER", "LOC", "ORG"))
    config = NetworkConfig(
        channels=(
            ChannelConfig(name="char", rows=len(characters) + 2, dim=100),
            ChannelConfig(name="bigram", rows=len(bigrams) + 2, dim=64),
        ),
        tags=len(tag_set.tags),
    )
    weights = {
        name: generator.normal(0, 0.1, shape).astype(np.float16)
        for name, shape in weight_shapes(config).items()
    }
    # As in news text, there are about two entities in a sentence.
    weights["emission.kernel"] *= 10
    weights["emission.bias"][0] = 3.0
    return Bundle(config, tag_set, features, TextRules(), pack_weights(weights))


def _load(path: Path, threads: int) -> Tagger:
    start = time.perf_counter()
    tagger = Tagger.load(path, threads=threads)
    size = sum(file.stat().st_size for file in path.iterdir()) / 1e6
    print(f"loaded {path} ({size:.1f} MB) in {time.perf_counter() - start:.2f} s")
    return tagger


def _count_overhead(tagger: Tagger, seconds: float) -> None:
    print("\n| texts x characters | bare session ms | Tagger.tag ms | ratio | at most | entities |")
    print("|---|---|---|---|---|---|")
    for count, chars, allowed in CASES:
        texts = random_texts(tagger, count, chars)
        tag, bare = _alternate(lambda texts=texts: tagger.tag(texts), _bare(tagger, texts), seconds)
        entities = sum(map(len, tagger.tag(texts)))
        print(
            f"| {count} x {chars} | {bare * 1e3:.3f} | {tag * 1e3:.3f} | {tag / bare:.2f} "
            f"| {allowed or ''} | {entities} |"
        )


def _compare_batch_sizes(bundle: Bundle, tagger: Tagger, seconds: float) -> None:
    generator = np.random.default_rng(1)
    texts = [random_texts(tagger, 1, int(chars))[0] for chars in generator.gamma(2.0, 15.0, 600) + 2]
    chars = sum(map(len, texts))
    print(f"\n{len(texts)} texts of 2 to {max(map(len, texts))} characters, {chars} together, in one call:\n")
    print("| most characters a batch | characters/s | memory MB |")
    print("|---|---|---|")
    for most in BATCH_CHARS:
        batching = Tagger(bundle, tagger.runtime, max_batch_chars=most)
        elapsed, _ = _alternate(lambda batching=batching: batching.tag(texts), lambda: None, seconds)
        print(f"| {most} | {chars / elapsed:,.0f} | {_memory_mb():.0f} |")


def random_texts(tagger: Tagger, count: int, chars: int) -> list[str]:
    """Return texts of one sentence each, of characters and bigrams that the bundle knows."""
    generator = np.random.default_rng(count * 1000 + chars)
    channel = [channel for channel in tagger.features.channels if isinstance(channel, Channel)][-1]
    keys = [key for key in channel.vocabulary.keys[2:] if key.isalpha()]
    texts = ("".join(generator.choice(keys, chars // len(keys[0]) + 1)) for _ in range(count))
    return [text[: chars - 1] + "。" for text in texts]


def _bare(tagger: Tagger, texts: list[str]) -> Callable[[], object]:
    """Return what computes the emissions of these texts, of equal length, once."""
    assert isinstance(tagger.runtime, OnnxRuntime)
    runtime = tagger.runtime
    lengths = np.array([len(text) for text in texts])
    encoded = tagger.features.encode_pieces([normalise(text) for text in texts])
    feeds = pad_rows(encoded, np.cumsum(lengths) - lengths, lengths)
    return lambda: runtime.emissions(feeds, lengths.astype(np.int32))


def _alternate(one: Callable[[], object], other: Callable[[], object], seconds: float) -> tuple[float, float]:
    """Return the median seconds of both, called in turns for so many seconds, after a tenth of it to warm up."""
    times: tuple[list[float], list[float]] = ([], [])
    start = time.perf_counter()
    while (now := time.perf_counter()) < start + seconds or not times[0]:
        for call, taken in zip((one, other), times, strict=True):
            before = time.perf_counter()
            call()
            if now > start + seconds / 10:
                taken.append(time.perf_counter() - before)
    return median(times[0]), median(times[1])


def _machine() -> str:
    names = [line for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    return f"{len(names)} x {names[0].partition(':')[2].strip()}" if names else platform.machine()


def _memory_mb() -> float:
    resident = [line.split()[1] for line in _lines("/proc/self/status") if line.startswith("VmRSS")]
    return int(resident[0]) / 1024 if resident else float("nan")


def _lines(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8").splitlines() if Path(path).exists() else []


if __name__ == "__main__":
    sys.exit(run_command(main))
