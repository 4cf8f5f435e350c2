"""The end of a fit: the best weights as a bundle, checked, scored and described before it takes its name.

bundle -> parity of the runtimes -> temperature -> bytes -> golden texts -> NAME.partial -> loaded back
       -> dev and test scores -> report.json, report.html, README.md, curves.png -> NAME
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from model.bundle.bundle import Bundle, BundleError, Origin, save_bundle
from model.bundle.golden import EDGE_TEXTS, Golden, choose_golden
from model.bundle.manifest import Corpus, Int8
from model.runtime.base import InferenceError
from model.runtime.int8.runtime import Int8Runtime
from model.runtime.onnx import OnnxRuntime
from model.runtime.tensorflow import TensorFlowRuntime
from model.tagger import Tagger
from training.data.arrays import CorpusArrays
from training.data.batches import count_batches, eval_batches
from training.export.bytes_check import describe_bytes, try_bytes
from training.export.card import draw_curves, how_trained, write_card
from training.export.kept import epochs_kept
from training.inputs.corpora import Corpora
from training.loop.checkpoint import Progress
from training.loop.temperature import choose_temperature, set_temperature
from training.metrics.evaluation import evaluate, known_entities, known_sentences
from training.metrics.report import Report, format_report
from training.metrics.shortfalls import shortfalls
from training.report.cases import Cases
from training.report.mistakes import Mistakes
from training.report.page import REPORT_FILE, part_numbers, write_fit
from training.settings.config import FitConfig

# ONNX Runtime and TensorFlow sum in other orders; emissions are of the order of 10.
PARITY_TOLERANCE = 1e-3
PARITY_BATCHES = 8
PARITY_BATCH_CHARS = 4096
GOLDEN_SENTENCES = 12
PACKAGES = (
    *("numpy", "numba", "onnxruntime", "tensorflow", "tensorflow-cpu"),
    *("tensorflow-addons", "gensim", "opencc"),
)

Say = Callable[[str], None]


@epochs_kept()
def save_fit(
    config: FitConfig,
    bundle: Bundle,
    arrays: CorpusArrays,
    corpora: Corpora,
    progress: Progress,
    say: Say,
    *,
    facts: Mapping[str, Any],
) -> Path:
    """Save `bundle` at config.output with its golden texts, scores and description; return the folder.

    facts: what else the report says of the fit, by name; what is empty is left out.

    Raises BundleError when the runtimes disagree about it, and as `save_bundle` does.
    """
    check_parity(bundle, arrays)
    temperature = choose_temperature(
        bundle, OnnxRuntime(bundle, threads=config.threads or None), corpora.dev()
    )
    say(f"scores at temperature {temperature:.2f}, chosen on dev")
    bundle = replace(set_temperature(bundle, temperature), origin=_origin(config, corpora))
    bundle = _with_bytes(bundle, config, corpora, say)
    bundle = replace(bundle, golden=_golden(bundle, corpora))

    def describe(folder: Path) -> None:
        tagger = Tagger.load(folder, threads=config.threads or None)
        reports, cases = _score_parts(tagger, corpora, say)
        fell_short = _shortfalls(config, arrays, progress, reports["dev"], facts)
        for sentence in fell_short:
            say(f"warning: {sentence}")
        parts = {name: part_numbers(report, cases[name]) for name, report in reports.items()}
        known: dict[str, Any] = {"temperature": temperature, "int8": bundle.int8 and _compared(bundle.int8)}
        known |= {name: fact for name, fact in facts.items() if fact}
        numbers = _numbers(config, progress, known, fell_short) | parts
        _write_report(folder, config, numbers, cases["dev"].mistakes)
        draw_curves(folder / "curves.png", progress)

    return save_bundle(config.output, bundle, overwrite=config.overwrite, check=describe)


def _score_parts(tagger: Tagger, corpora: Corpora, say: Say) -> tuple[dict[str, Report], dict[str, Cases]]:
    """Return how well the saved bundle tags dev, and test where there is one."""
    known, texts = known_entities(corpora.train()), known_sentences(corpora.train())
    reports, cases = {}, {"dev": Cases(known, texts)}
    reports["dev"] = evaluate(tagger, corpora.shown("dev", "scoring dev"), also=cases["dev"].add)
    cases["dev"].mistakes.score_missed(tagger)
    say(f"\ndev\n{format_report(reports['dev'])}")
    if corpora.test:
        also = cases["test"] = Cases(known, texts)
        sentences = corpora.shown("test", "scoring test")
        reports["test"] = evaluate(tagger, sentences, known=known, known_texts=texts, also=also.add)
        say(f"\ntest\n{format_report(reports['test'])}\n")
    return reports, cases


def _shortfalls(
    config: FitConfig, arrays: CorpusArrays, progress: Progress, dev: Report, facts: Mapping[str, Any]
) -> Sequence[str]:
    """Return what makes this fit less than it could be, a sentence each."""
    steps = count_batches(arrays, config.batch_chars_for(arrays.n_chars), config.seed, 0)
    curve = [record.f1 for record in progress.history]
    return shortfalls(dev.strict, curve, config.epochs, steps * len(progress.history), facts.get("teachers"))


def check_parity(bundle: Bundle, arrays: CorpusArrays) -> float:
    """Return the largest difference between both runtimes' emissions on training text, from the whole range of lengths.

    Raises BundleError when it is above PARITY_TOLERANCE.
    """
    onnx, tensorflow = OnnxRuntime(bundle), TensorFlowRuntime(bundle)
    total = max(1, -(-arrays.n_chars // PARITY_BATCH_CHARS))
    worst = 0.0
    for batch in islice(eval_batches(arrays, PARITY_BATCH_CHARS), 0, None, max(1, total // PARITY_BATCHES)):
        inside = np.arange(batch.tag_ids.shape[1]) < batch.lengths[:, None]  # [batch, time]
        difference = onnx.emissions(batch.feeds, batch.lengths) - tensorflow.emissions(
            batch.feeds, batch.lengths
        )
        worst = max(worst, float(np.abs(difference[inside]).max()))
    if not worst <= PARITY_TOLERANCE:
        raise BundleError(
            f"parity: emissions of ONNX Runtime and TensorFlow differ by {worst:.2g}, expected at most "
            f"{PARITY_TOLERANCE:g}; the bundle was not saved: report this with the versions of both"
        )
    return worst


def _with_bytes(bundle: Bundle, config: FitConfig, corpora: Corpora, say: Say) -> Bundle:
    """Return the bundle with what bytes make of it; as it is where they cannot be tried."""
    try:
        bundle = try_bytes(bundle, corpora.train(), corpora.dev(), threads=config.threads or None)
    except InferenceError as error:
        say(f"not tried in bytes: {error}")
        return bundle
    assert bundle.int8
    say(describe_bytes(bundle.int8))
    return bundle


def _compared(int8: Int8) -> dict[str, float]:
    """Return what dev says of the network in bytes beside the one in float32."""
    return int8.model_dump(exclude={"ranges"})


def _golden(bundle: Bundle, corpora: Corpora) -> tuple[Golden, ...]:
    """Return texts of train that hold entities, and awkward ones, each with what this bundle finds in it.

    Only those whose best tagging is clear: on another processor they are tagged as here.
    """
    taggers = [Tagger(bundle, OnnxRuntime(bundle))]
    if bundle.int8 and bundle.int8.agrees:
        taggers.append(Tagger(bundle, Int8Runtime(bundle)))
    with_entities = (
        sentence.text for sentence in corpora.train() if any(tag != "O" for tag in sentence.tags)
    )
    texts = [*islice(with_entities, GOLDEN_SENTENCES), *EDGE_TEXTS]
    chosen = [
        choose_golden(texts, [tagging.nbest or [] for tagging in tagger.tag_details(texts, nbest=2)])
        for tagger in taggers
    ]
    return tuple(golden for golden in chosen[0] if all(golden in others for others in chosen))


def _origin(config: FitConfig, corpora: Corpora) -> Origin:
    return Origin(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        fit=config.model_dump(mode="json"),
        corpora=tuple(Corpus(name=str(path), sha256=sha256) for path, sha256 in corpora.sha256.items()),
        versions={name: version(name) for name in PACKAGES if _installed(name)},
        precision=config.precision,
    )


def _installed(name: str) -> bool:
    try:
        version(name)
    except ImportError:
        return False
    return True


def _numbers(
    config: FitConfig, progress: Progress, facts: Mapping[str, Any], fell_short: Sequence[str]
) -> dict[str, Any]:
    """Return what report.json says of the fit itself."""
    return {
        "seed": config.seed,
        "best_epoch": progress.best_epoch.epoch if progress.best_epoch else 0,
        "epochs": [asdict(record) for record in progress.history],
        **facts,
        "shortfalls": fell_short,
    }


def _write_report(folder: Path, config: FitConfig, numbers: dict[str, Any], mistakes: Mistakes) -> None:
    (folder / "report.json").write_text(
        json.dumps(numbers, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    write_card(folder / "README.md", config, numbers)
    lead = how_trained(config)
    write_fit(folder / REPORT_FILE, config.output.name, numbers, mistakes, lead)
