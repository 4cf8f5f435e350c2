"""How fast the runtimes for CPUs tag real text, in turns in one run, and whether they find the same.

int8 by each set of instructions that this CPU has: the first serves, others are what other CPUs have to do with.

    python benchmarks/runtimes.py BUNDLE TEST.bio [--crfsuite TRAIN.bio]

All times are processor time of one thread, so that other work on the machine counts for little. --crfsuite: beside them
python-crfsuite, installed in an environment of its own and trained on TRAIN.bio for a few iterations.
"""

import argparse
import json
import platform
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median

import numba
import onnxruntime
from crfsuite import run_crfsuite

from model.bundle.bundle import load_bundle
from model.machine.command import run_command
from model.runtime.int8.instruction_sets import host_instructions
from model.runtime.int8.runtime import Int8Runtime
from model.runtime.onnx import OnnxRuntime
from model.tagger import Tagger
from training.corpus.reader import Sentence, read_sentences
from training.metrics.scoring import SpanCounts, strict_spans

ROUNDS = 5
# Texts tagged in one call, and one sentence alone.
ONE_CHARS = 30


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bundle", type=Path, help="a bundle's folder")
    parser.add_argument("test", type=Path, help="a BIO file: its texts are tagged, and scored")
    parser.add_argument("--crfsuite", type=Path, metavar="TRAIN.bio", help="compare with python-crfsuite")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    options = parser.parse_args()
    sentences = list(read_sentences([options.test]))
    taggers = _load(options.bundle)
    figures = {
        "date": str(date.today()),
        "processor": _processor(),
        "versions": {
            "python": platform.python_version(),
            "onnxruntime": onnxruntime.__version__,
            "numba": numba.__version__,
        },
        "runtimes": _compare(taggers, sentences),
    }
    if options.crfsuite:
        figures["crfsuite"] = {"chars_s": run_crfsuite(options.crfsuite, options.test)["chars_s"]}
    print(json.dumps(figures, indent=1))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    return 0


def _load(path: Path) -> dict[str, Tagger]:
    bundle = load_bundle(path)
    runtimes = {"onnx": OnnxRuntime(bundle, threads=1)}
    for instructions in host_instructions():
        runtime = Int8Runtime(bundle, threads=1, instructions=instructions)
        runtimes[f"int8 ({instructions.name})"] = runtime
    return {name: Tagger(bundle, runtime) for name, runtime in runtimes.items()}


def _compare(taggers: dict[str, Tagger], sentences: list[Sentence]) -> dict[str, dict[str, float]]:
    texts = [sentence.text for sentence in sentences]
    chars = sum(map(len, texts))
    one = [next(text for text in texts if len(text) >= ONE_CHARS)[:ONE_CHARS]]
    calls = {name: lambda tagger=tagger: tagger.tag(texts) for name, tagger in taggers.items()}
    alone = {name: lambda tagger=tagger: tagger.tag(one) for name, tagger in taggers.items()}
    seconds, seconds_alone = _in_turns(calls, ROUNDS), _in_turns(alone, 200)
    found = {name: tagger.find(texts) for name, tagger in taggers.items()}
    first = next(iter(taggers))
    return {
        name: {
            "chars_s": round(chars / seconds[name]),
            "ratio": round(seconds[first] / seconds[name], 2),
            f"one_of_{ONE_CHARS}_ms": round(1e3 * seconds_alone[name], 3),
            "f1": _f1(sentences, found[name]),
            "texts_that_differ": sum(a != b for a, b in zip(found[name], found[first], strict=True)),
        }
        for name in taggers
    }


def _in_turns(calls: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the median processor time of each call, in seconds; one round more warms up."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(rounds + 1):
        for name, call in calls.items():
            began = time.thread_time()
            call()
            if number:
                seconds[name].append(time.thread_time() - began)
    return {name: median(values) for name, values in seconds.items()}


def _f1(sentences: list[Sentence], found: list) -> float:
    counts = SpanCounts()
    for sentence, spans in zip(sentences, found, strict=True):
        counts.add(strict_spans(sentence.tags), spans)
    return round(counts.scores()["micro"]["f1"], 4)


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


if __name__ == "__main__":
    sys.exit(run_command(main))
