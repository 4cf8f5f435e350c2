"""What is compiled beforehand is all that tagging needs."""

import json
import os
import subprocess
import sys
from pathlib import Path

from model.runtime.int8.instruction_sets import host_instructions

ROOT = Path(__file__).parent.parent.parent

# Prints, for each compiled function that was called: from the cache, or compiled anew?
TAG = """
import json, sys
from importlib import import_module
from model.bundle.bundle import load_bundle
from model.runtime.int8.instruction_sets import host_instructions
from model.runtime.int8.runtime import Int8Runtime
from model.runtime.onnx import OnnxRuntime
from model.tagger import Tagger

bundle = load_bundle(sys.argv[1])
for runtime in [OnnxRuntime(bundle), *(Int8Runtime(bundle, instructions=each) for each in host_instructions())]:
    Tagger(bundle, runtime).tag_details(["张三到过上海市复旦大学。", "李四。", ""], tags=True, nbest=3)
names = ("crf.decoding", "crf.forward_backward", "crf.entity_scores", "crf.viterbi", "features.lexicon",
         "features.segmentation", "features.vocabulary", "features.word_sets", "features.trie",
         "runtime.batching", "tags.tag_set",
         "runtime.padded", "runtime.int8.dot", "runtime.int8.lstm", "runtime.int8.inputs", "runtime.int8.network")
modules = [import_module(f"model.{name}") for name in names]
found = {name: value.stats for module in modules for name, value in vars(module).items() if hasattr(value, "stats")}
print(json.dumps({
    "read": sorted(name for name, stats in found.items() if stats.cache_hits),
    "compiled": sorted(name for name, stats in found.items() if stats.cache_misses),
}))
"""


def run(cache: Path, *arguments: str) -> str:
    # As in the images: code for any processor of the kind, not for this one alone.
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache), "NUMBA_CPU_NAME": "generic"}
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=300, check=True, cwd=ROOT, env=environment
    )
    return done.stdout


def test_nothing_is_compiled_after_precompiling(tiny_bundle: Path, tmp_path: Path) -> None:
    run(tmp_path, "-m", "model.precompile")
    filled = sorted(tmp_path.rglob("*"))

    found = json.loads(run(tmp_path, "-c", TAG, str(tiny_bundle)))

    assert found["compiled"] == []
    needed = {
        "likeliest_tags",
        "forward_backward",
        "entity_probabilities",
        "likeliest_taggings",
        "_find_spans",
    }
    if host_instructions():
        needed |= {"_direction", "_emit", "_fill_keys", "_fill_words"}
    assert needed | {"_find_keys", "sort_into_sets", "_pad", "_pad_words", "_keep_cores"} <= {*found["read"]}
    assert sorted(tmp_path.rglob("*")) == filled
