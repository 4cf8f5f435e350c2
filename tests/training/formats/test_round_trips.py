"""Text and spans to a file of each format and back: nothing moves."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from model.text import LINE_BREAKS, is_invisible
from training.corpus.reader import ReadReport, Sentence
from training.formats.documents import Document, Span
from training.formats.inline import parse
from training.formats.reading import read_documents, read_sentences
from training.formats.recognition import recognise_format
from training.formats.sources import Source
from training.formats.table import FORMATS
from training.formats.writing import format_of_target, write_documents, write_sentences

VISIBLE = "小明去北京大学ABc1.,，。[]{}\"'/\\-#O〇😀👍🏻é"
ANY = VISIBLE + " \t\n\r\u3000\u200b\u2028\x85"
LABELS = ["PER", "地点", "ORG.NAM"]
ENDINGS = {
    "columns": ".bio",
    "doccano": ".jsonl",
    "label-studio": ".json",
    "label-studio-min": ".label-studio-min.json",
    "cluener": ".cluener.json",
    "huggingface": ".huggingface.jsonl",
    "parquet": ".parquet",
    "brat pair": ".ann",
    "brat": ".brat",
    "inline": ".txt",
    "zitag": ".zitag.jsonl",
}


@st.composite
def documents(draw: st.DrawFn, alphabet: str, nested: bool) -> Document:
    text = draw(st.text(st.sampled_from(alphabet), min_size=1, max_size=24))
    seen = [index for index, char in enumerate(text) if not is_invisible(char)]
    cuts = draw(st.lists(st.sampled_from(seen), min_size=2, max_size=8)) if seen else []
    pairs = sorted({(min(pair), max(pair) + 1) for pair in zip(cuts[::2], cuts[1::2], strict=False)})
    spans, end = [], 0
    for pair in pairs:
        if nested or pair[0] >= end:
            spans.append(Span(draw(st.sampled_from(LABELS)), (pair,)))
            end = pair[1]
    return Document(text, tuple(spans))


def there_and_back(given_documents: list[Document], ending: str) -> list[tuple[str, tuple[Span, ...]]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"corpus{ending}"
        name, report = format_of_target(path), ReadReport()
        write_documents(path, name, given_documents, report.tally)
        assert report.tally.notes() == []
        assert recognise_format(path) == name
        return [(one.text, one.spans) for one in read_documents(Source(path), name, report)]


def plain(given_documents: list[Document]) -> list[tuple[str, tuple[Span, ...]]]:
    return [(one.text, one.spans) for one in given_documents]


@pytest.mark.parametrize("name", ["doccano", "label-studio", "label-studio-min", "cluener", "zitag", "brat"])
@settings(max_examples=30)
@given(data=st.data())
def test_formats_of_spans_hold_any_text_and_entities_inside_each_other(
    name: str, data: st.DataObject
) -> None:
    given_documents = data.draw(st.lists(documents(ANY, nested=True), min_size=1, max_size=3))
    # The first record says the format: with an entity it is that of the file.
    given_documents = [Document("小明", (Span("PER", ((0, 2),)),)), *given_documents]
    back = [(text, tuple(sorted(spans))) for text, spans in there_and_back(given_documents, ENDINGS[name])]
    assert back == [(text, tuple(sorted(spans))) for text, spans in plain(given_documents)]


@pytest.mark.parametrize("name", ["huggingface", "parquet", "columns"])
@settings(max_examples=30)
@given(data=st.data())
def test_formats_of_tags_hold_one_entity_at_each_character(name: str, data: st.DataObject) -> None:
    alphabet = VISIBLE if name == "columns" else VISIBLE + " \u3000\u200b"
    given_documents = data.draw(st.lists(documents(alphabet, nested=False), min_size=1, max_size=3))
    assert there_and_back(given_documents, ENDINGS[name]) == plain(given_documents)


@settings(max_examples=30)
@given(data=st.data())
def test_brat_in_one_pair_has_a_text_a_line(data: st.DataObject) -> None:
    alphabet = "".join(char for char in ANY if char not in LINE_BREAKS)
    given_documents = data.draw(st.lists(documents(alphabet, nested=True), min_size=1, max_size=3))
    [(text, spans)] = there_and_back(given_documents, ENDINGS["brat pair"])
    assert text == "".join(one.text + "\n" for one in given_documents)
    found = [text[span.start : span.end] for span in spans]
    assert found == [one.text[span.start : span.end] for one in given_documents for span in one.spans]


@example(Document("1 O", (Span("PER", ((0, 1),)),)))
@example(Document("1 O", ()))
@settings(max_examples=50)
@given(documents(VISIBLE.replace("[", "").replace("]", "") + " \u3000", nested=False))
def test_inline_holds_any_text_without_brackets(document: Document) -> None:
    first = Document("小明", (Span("PER", ((0, 2),)),))
    back = there_and_back([first, document] if document.text.strip() else [first], ENDINGS["inline"])
    assert back[1:] == plain([document])[: len(back) - 1]


@example("[小 [明 A]]")
@given(st.text(st.sampled_from("小明[] A京"), max_size=12))
def test_brackets_are_read_whatever_stands_in_them(line: str) -> None:
    text, spans = parse(line)
    assert len(text) <= len(line)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)


@pytest.mark.parametrize("scheme", ["BIO", "BIOES", "BMES", "BMEWO"])
def test_columns_are_written_in_the_scheme_asked_for(tmp_path: Path, scheme: str) -> None:
    document = Document("小明明在京", (Span("PER", ((0, 3),)), Span("LOC", ((4, 5),))))
    report = ReadReport()
    write_documents(tmp_path / "a.bio", "columns", [document], report.tally, scheme=scheme)
    [sentence] = read_sentences(tmp_path / "a.bio", report=report)
    assert (sentence.tags, report.scheme) == (("B-PER", "I-PER", "I-PER", "O", "B-LOC"), scheme)


def test_every_format_that_needs_no_other_library_goes_there_and_back() -> None:
    assert set(FORMATS) - {"docbin"} == set(ENDINGS) - {"parquet", "brat pair"}


def test_sentences_with_white_space_are_kept_as_records(tmp_path: Path) -> None:
    sentences = [Sentence("没有", ("O", "O")), Sentence("在 New York", ("O", "O", "B-LOC", *["I-LOC"] * 7))]
    write_sentences(tmp_path / "a.jsonl", sentences)
    back = read_sentences(tmp_path / "a.jsonl")
    assert [(one.text, one.tags) for one in back] == [(one.text, one.tags) for one in sentences]
