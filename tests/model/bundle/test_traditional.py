"""Traditional characters read as simplified ones: the table, and what a bundle with one answers."""

from dataclasses import replace
from pathlib import Path

import pytest
import tiny
from pydantic import ValidationError

from model.bundle.bundle import Bundle, load_bundle, save_bundle
from model.bundle.manifest import TextRules
from model.bundle.traditional import TraditionalFolds
from model.runtime.onnx import OnnxRuntime
from model.tagger import Tagger

FOLDS = TraditionalFolds(traditional="張過復學國東", simplified="张过复学国东")


def folding(bundle: Bundle) -> Bundle:
    return replace(bundle, rules=TextRules(fold_traditional=FOLDS))


def in_traditional(text: str) -> str:
    return text.translate(str.maketrans(FOLDS.simplified, FOLDS.traditional))


def test_length_and_all_else_stay() -> None:
    assert FOLDS.fold("張三丰😀\ud800學，学") == "张三丰😀\ud800学，学"


@pytest.mark.parametrize(
    ("traditional", "simplified", "message"),
    [
        ("臺灣", "台", "expected as many simplified as traditional characters, got 2 and 1"),
        ("臺臺", "台抬", "expected distinct traditional characters"),
        ("薴苧", "苧苎", "none of them a simplified one"),
        ("臺", "。", "expected letters in their plainest form, got '。'"),
        ("\n", "台", r"got '\\n'"),
        ("臺", "\u0003", r"got '\\x03'"),
        ("Ａ", "台", "got 'Ａ'"),
        ("\uf90a", "金", "got '\uf90a'"),
        ("臺" * 120_001, "", "at most 120000"),
    ],
)
def test_a_table_that_could_move_or_cut_anything_is_refused(
    traditional: str, simplified: str, message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        TraditionalFolds(traditional=traditional, simplified=simplified)


def test_traditional_text_is_tagged_as_its_simplified_form(bundle: Bundle) -> None:
    plain, folds = (Tagger(each, OnnxRuntime(bundle, threads=1)) for each in (bundle, folding(bundle)))
    text = tiny.TEXT * 3
    other = in_traditional(text)
    assert other != text
    (expected,), (found,), (unfolded,) = (
        plain.tag_details([text]), folds.tag_details([other]), plain.tag_details([other])
    )  # fmt: skip
    assert [entity.span for entity in found.entities] == [entity.span for entity in expected.entities]
    assert all(entity.text == other[entity.start : entity.end] for entity in found.entities)
    assert (expected.unknown_chars, found.unknown_chars) == (0, 0)
    assert unfolded.unknown_chars > 0


def test_a_bundle_keeps_its_table(bundle: Bundle, tmp_path: Path) -> None:
    path = save_bundle(tmp_path / "folding", folding(bundle), check=Tagger.load)
    assert load_bundle(path).rules == TextRules(fold_traditional=FOLDS)
    assert load_bundle(path).fingerprint != bundle.fingerprint


def test_a_bundle_that_folds_nothing_says_nothing_of_it(tiny_bundle: Path) -> None:
    assert "fold_traditional" not in (tiny_bundle / "bundle.json").read_text()
