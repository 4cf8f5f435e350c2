"""Several networks as one, and what they think of a corpus."""

from pathlib import Path

import numpy as np
import pytest
from tiny import TEXT, tiny_bundle

from model.crf.decoding import viterbi
from model.predictor import bundle_crf
from model.runtime.batching import cut_rows
from model.runtime.onnx import OnnxRuntime
from training.corpus.reader import Sentence
from training.data.arrays import CorpusArrays, build_arrays
from training.distillation import posterior as posteriors
from training.distillation.ensemble import Ensemble
from training.distillation.posterior import build_posterior

BUNDLES = [tiny_bundle(seed=seed) for seed in (0, 1, 2)]


def encode(texts: list[str], folder: Path) -> CorpusArrays:
    bundle = BUNDLES[0]
    sentences = [Sentence(text, ("O",) * len(text)) for text in texts]
    return build_arrays(sentences, bundle.features, bundle.tag_set, folder, "key", bundle.rules.max_chars)


def test_emissions_and_crf_are_the_means_of_those_of_each() -> None:
    together = Ensemble(BUNDLES, threads=1)
    ids = BUNDLES[0].features.encode_pieces([TEXT])
    rows = cut_rows(np.array([0, len(TEXT)]), 256, 64)
    alone = [OnnxRuntime(bundle, threads=1).emit(ids, rows, 512) for bundle in BUNDLES]
    np.testing.assert_allclose(together.runtime.emit(ids, rows, 512), np.mean(alone, axis=0), atol=1e-5)
    weights = [bundle_crf(bundle).weights for bundle in BUNDLES]
    np.testing.assert_allclose(bundle_crf(together.bundle).weights, np.mean(weights, axis=0), atol=1e-6)


def test_the_tagger_finds_the_best_tagging_of_the_mean() -> None:
    together = Ensemble(BUNDLES, threads=1)
    ids = BUNDLES[0].features.encode_pieces([TEXT])
    rows = cut_rows(np.array([0, len(TEXT)]), 256, 64)
    alone = np.mean([OnnxRuntime(bundle, threads=1).emit(ids, rows, 512) for bundle in BUNDLES], axis=0)
    tag_ids = viterbi(alone, [0, len(TEXT)], bundle_crf(together.bundle))
    expected = [(span.start, span.end) for span in together.bundle.tag_set.spans(tag_ids)]
    assert [(e.start, e.end) for e in together.tagger().tag([TEXT])[0]] == expected


def test_one_network_thrice_is_that_network() -> None:
    once, thrice = BUNDLES[0], Ensemble([BUNDLES[0]] * 3, threads=1)
    assert thrice.tagger().tag([TEXT]) == Ensemble([once], threads=1).tagger().tag([TEXT])


@pytest.mark.parametrize("chunk_chars", [1, 7, 1000])
def test_a_corpus_is_tagged_in_chunks_as_it_would_be_whole(
    chunk_chars: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posteriors, "CHUNK_CHARS", chunk_chars)
    texts = ["小明在北京。", "张三", "张三到过上海市复旦大学。", "我"]
    arrays, together = encode(texts, tmp_path / "arrays"), Ensemble(BUNDLES, threads=1)
    found = build_posterior(arrays, together, tmp_path / "posterior").emissions
    for (start, end), text in zip(np.stack([arrays.offsets[:-1], arrays.offsets[1:]], 1), texts, strict=True):
        ids = together.bundle.features.encode_pieces([text])
        alone = together.runtime.emit(ids, cut_rows(np.array([0, len(text)]), 256, 64), 512)
        np.testing.assert_allclose(found[start:end], alone, atol=2e-2)


def test_other_teachers_are_asked_anew(tmp_path: Path) -> None:
    arrays = encode(["小明在北京。"], tmp_path / "arrays")
    one, other = (build_posterior(arrays, Ensemble([b], threads=1), tmp_path / "p") for b in BUNDLES[:2])
    assert not np.allclose(one.emissions, other.emissions)
    assert len([path for path in (tmp_path / "p").iterdir() if path.is_dir()]) == 2
