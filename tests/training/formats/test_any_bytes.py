"""Whatever a file holds, it is read or is a CorpusError: bytes changed at random, and JSON of any shape."""

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.corpus.reader import CorpusError, ReadReport, read_sentences
from training.formats import reading
from training.formats.documents import Document, Span
from training.formats.table import FORMATS
from training.formats.writing import write_documents

NAMES = [name for name in FORMATS if name not in ("docbin", "brat")]
DOCUMENT = Document("小明去New York。", (Span("PER", ((0, 2),)), Span("LOC", ((3, 11),))))
KEYS = [
    "text",
    "data",
    "label",
    "labels",
    "entities",
    "start",
    "end",
    "start_offset",
    "end_offset",
    "annotations",
]
KEYS += ["result", "value", "type", "tokens", "ner_tags", "PER", "annotation_id"]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 12),
    st.just(1e30),
    st.sampled_from(["小明", "labels", "B-PER", "O", "\0", ""]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


def read_all(path: Path, **options: Any) -> None:
    try:
        sentences = list(reading.read_sentences(path, report=ReadReport(), **options))
    except CorpusError:
        return
    assert all(len(sentence.text) == len(sentence.tags) > 0 for sentence in sentences)


@pytest.mark.parametrize("name", ["auto", *NAMES])
@settings(max_examples=60)
@given(
    records=st.lists(
        st.dictionaries(st.sampled_from(KEYS), VALUES, min_size=1, max_size=5), min_size=1, max_size=3
    )
)
def test_json_of_any_shape(name: str, records: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "corpus"
        for content in ("".join(json.dumps(record) + "\n" for record in records), json.dumps(records)):
            path.write_text(content, "utf-8")
            read_all(path, file_format=name)


@pytest.mark.parametrize("name", [*NAMES, "parquet", "brat"])
@settings(max_examples=40)
@given(data=st.data())
def test_files_with_bytes_changed(name: str, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"corpus.{'ann' if name == 'brat' else name}"
        write_documents(path, "huggingface" if name == "parquet" else name, [DOCUMENT], ReadReport().tally)
        changed = data.draw(st.sampled_from([path, path.with_suffix(".txt")] if name == "brat" else [path]))
        content = bytearray(changed.read_bytes())
        for _ in range(data.draw(st.integers(1, 3))):
            at = data.draw(st.integers(0, max(0, len(content) - 1)))
            content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=2))
        changed.write_bytes(content)
        read_all(path)


@given(lines=st.lists(st.text(st.sampled_from("小[] \tO-BPER/ns1\r"), max_size=12), max_size=6))
def test_lines_of_any_text(lines: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "corpus"
        path.write_text("\n".join(lines), "utf-8", newline="")
        read_all(path)


@given(
    rows=st.lists(
        st.sampled_from(["小\tO", "明\tB-PER", "来\tI-PER", "", "-DOCSTART-\tO"]), min_size=1, max_size=8
    )
)
def test_two_columns_are_read_as_they_were_before_there_were_other_formats(rows: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "corpus"
        path.write_text("\n".join(rows), "utf-8")
        found = []
        for read in (read_sentences, reading.read_sentences):
            try:
                found.append(list(read(path)))
            except CorpusError as error:
                found.append(str(error))
        assert found[0] == found[1]
