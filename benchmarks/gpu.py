"""What a GPU does for zitag: parity, speed, memory, the service, a training step, and what PyTorch could do there.

    python benchmarks/gpu.py --bundle bundles/default --test data/msra/test.bio [--arrays data/.cache/arrays/...]
        [--parts cuda,tensorflow,service,training,limit] [--json benchmarks/results/NAME.json]

Needs no network. A part whose packages or device are missing is skipped, and the table says why; run it once in each
environment (`gpu-serve`, `gpu`) with the same --json to have all of it. `--arrays` is a folder that a fit of the bundle
left in its cache.
"""

import argparse
import importlib
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from gpu_parts import Skipped, best_s, read_texts
from loopback import ROOT, Server

from model.bundle.bundle import Bundle, load_bundle
from model.machine.command import run_command
from model.machine.cpus import count_cpus
from model.machine.gpus import find_gpu
from model.runtime.base import InferenceError
from model.runtime.batching import cut_rows
from model.runtime.choice import build_runtime
from model.runtime.padded import PaddedRuntime
from model.tagger import Tagger
from model.text import normalise

Row = dict[str, Any]

BATCH_CHARS = (1024, 4096, 16_384, 65_536)
LENGTH = 50  # characters of a row where all are alike
CLIENTS = 64
TEXTS_PER_REQUEST = 32


def measure_runtime(name: str, options: argparse.Namespace) -> Row:
    """Return parity with the CPU on all of the test texts, characters a second by batch, and GPU memory."""
    bundle = load_bundle(options.bundle)
    texts = read_texts(options.test)
    began = time.perf_counter()
    try:
        runtime = build_runtime(name, bundle)
    except InferenceError as error:
        raise Skipped(str(error)) from error
    if not runtime.device.startswith("gpu"):
        raise Skipped(f"{name} sees no GPU")
    row: Row = {"device": runtime.device, "start_s": round(time.perf_counter() - began, 2)}
    cpu = Tagger(bundle, build_runtime("onnx", bundle))
    row["parity"] = compare(cpu.find(texts), Tagger(bundle, runtime).find(texts))
    pieces = [normalise(text)[:100] for text in texts]
    row["emissions_chars_s"] = {
        str(size): emission_speed(bundle, runtime, size, pieces) for size in BATCH_CHARS
    }
    row["tag_chars_s"] = {
        str(threads): tag_speed(Tagger(bundle, build_runtime(name, bundle, threads=threads)), texts)
        for threads in sorted({1, 2, 4, count_cpus()})
    }
    row["tag_chars_s_cpu"] = tag_speed(cpu, texts)
    one, tagger = [texts[0][:LENGTH]], Tagger(bundle, runtime)
    row["one_text_ms"] = round(1e3 * best_s(lambda: tagger.tag(one), 0.5), 2)
    row["one_text_ms_cpu"] = round(1e3 * best_s(lambda: cpu.tag(one), 0.5), 2)
    row["gpu_memory_mb"] = gpu_memory_mb()
    return row


def compare(expected: Sequence[Sequence[Any]], found: Sequence[Sequence[Any]]) -> Row:
    """Return how many entities there are, and how many only one of the two has."""
    one, other = (
        {(index, span) for index, spans in enumerate(side) for span in spans} for side in (expected, found)
    )
    return {"entities": len(one), "differ": len(one ^ other), "equal": round(len(one & other) / len(one), 5)}


def emission_speed(bundle: Bundle, runtime: PaddedRuntime, size: int, pieces: Sequence[str]) -> int:
    """Return characters a second of the runtime's calls alone, over pieces of all lengths in batches of like ones."""
    spent = [0.0]

    class Timed(PaddedRuntime):
        def emissions(self, feeds: Any, lengths: Any) -> Any:
            began = time.perf_counter()
            result = runtime.emissions(feeds, lengths)
            spent[0] += time.perf_counter() - began
            return result

    ids = bundle.features.encode_pieces(pieces)
    offsets = np.cumsum([0, *map(len, pieces)])
    rows = cut_rows(offsets, bundle.rules.window_chars, bundle.rules.context_chars)
    Timed().emit(ids, rows, size)
    spent[0] = 0.0
    Timed().emit(ids, rows, size)
    return round(offsets[-1] / spent[0])


def tag_speed(tagger: Tagger, texts: Sequence[str]) -> int:
    """Return characters a second of `Tagger.tag`, texts to entities."""
    return round(sum(map(len, texts)) / best_s(lambda: tagger.tag(texts), 2.0))


def measure_service(options: argparse.Namespace) -> Row:
    """Return time to ready, requests and characters a second of the service on the GPU and on the CPU."""
    if find_gpu() is None:
        raise Skipped("no GPU")
    load = importlib.import_module("gpu_load")
    texts = [text for text in read_texts(options.test) if text][: 8 * TEXTS_PER_REQUEST]
    rows: Row = {}
    for name in ("auto", "onnx"):
        settings = {"bundle": options.bundle.resolve(), "runtime": name, **dict(options.setting)}
        began = time.perf_counter()
        with Server(settings, environment={"PYTHONPATH": os.pathsep.join(sys.path)}) as server:
            ready_s = time.perf_counter() - began
            about = server.get("/bundle").json
            row: Row = {"runtime": about["runtime"], "device": about["device"], "ready_s": round(ready_s, 2)}
            row |= load.measure(server.port, texts, TEXTS_PER_REQUEST, CLIENTS, options.seconds)
            row["rss_mb"], row["gpu_memory_mb"] = server.rss_bytes() >> 20, gpu_memory_mb()
            row["exit"] = server.stop()
        rows[name] = row
    return rows


def gpu_memory_mb() -> int | None:
    """Return the GPU memory in use by all programs, by nvidia-smi; None where there is none."""
    asked = "nvidia-smi --query-gpu=memory.used --format=csv,noheader,nounits -i 0 2>/dev/null"
    said = os.popen(asked).read().split()
    return int(said[0]) if said else None


def measure_training(options: argparse.Namespace) -> Row:
    """Return what steps of a fit cost, see `gpu_training`."""
    if options.arrays is None:
        raise Skipped("no --arrays")
    try:
        training = importlib.import_module("gpu_training")
    except ImportError as error:
        raise Skipped(str(error)) from error
    row: Row = training.measure(options.bundle, options.arrays, options.steps)
    return row


def measure_limit(options: argparse.Namespace) -> Row:
    """Return what the same network does in PyTorch, see `gpu_limit`."""
    try:
        limit = importlib.import_module("gpu_limit")
    except ImportError as error:
        raise Skipped(str(error)) from error
    row: Row = limit.measure(load_bundle(options.bundle).config)
    return row


PARTS: dict[str, Callable[[argparse.Namespace], Row]] = {
    "cuda": lambda options: measure_runtime("cuda", options),
    "tensorflow": lambda options: measure_runtime("tensorflow", options),
    "service": measure_service,
    "training": measure_training,
    "limit": measure_limit,
}


def main() -> int:
    options = _parser().parse_args()
    results: Row = json.loads(options.json.read_text()) if options.json and options.json.exists() else {}
    results["machine"] = {"gpu": find_gpu(), "cpus": count_cpus(), "numpy": np.__version__}
    for part in options.parts.split(","):
        began = time.perf_counter()
        try:
            results[part] = PARTS[part](options)
        except Skipped as reason:
            results[part] = {"skipped": str(reason)}
        except Exception as error:
            results[part] = {"failed": f"{type(error).__name__}: {error}"[:500]}
        results[part]["part_s"] = round(time.perf_counter() - began, 1)
        if options.json:
            options.json.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")
        for line in _lines(part, results[part]):
            print(line, flush=True)
    return 1 if any("failed" in row for row in results.values()) else 0


def _lines(name: str, value: Any) -> list[str]:
    """Return a line for each number, its path before it."""
    if isinstance(value, dict):
        return [line for key, inner in value.items() for line in _lines(f"{name} {key}", inner)]
    return [f"{name:60} {value}"]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--bundle", type=Path, default=ROOT / "bundles/default")
    parser.add_argument("--test", type=Path, default=ROOT / "data/msra/test.bio")
    parser.add_argument("--arrays", type=Path)
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--seconds", type=int, default=30, help="of load, for each of the two services")
    parser.add_argument("--steps", type=int, default=50, help="of training, whose losses are compared")
    parser.add_argument("--setting", nargs=2, action="append", default=[], metavar=("NAME", "VALUE"))
    parser.add_argument("--json", type=Path)
    return parser


if __name__ == "__main__":
    sys.exit(run_command(main))
