"""The libraries that formats are from read what is written here, and what they write is read: `make test-peers`."""

import json
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from training.corpus.reader import ReadReport
from training.formats.documents import Document, Span
from training.formats.reading import read_documents, read_sentences
from training.formats.recognition import recognise_format
from training.formats.sources import Source
from training.formats.writing import format_of_target, write_documents

pytestmark = pytest.mark.peers

DOCUMENTS = [
    Document("小明去北京大学。", (Span("PER", ((0, 2),)), Span("ORG", ((3, 7),)))),
    Document("😀他 用iPhone拍照，在New York。", (Span("LOC", ((15, 23),)),)),
    Document("今天天气很好！"),
]
# For libraries whose tokens stand between white space.
WORDS = Document("小明 去 北京 大学", (Span("PER", ((0, 2),)), Span("ORG", ((5, 10),))))
JOINED = [("小明去北京大学", "B-PER I-PER O B-ORG I-ORG I-ORG I-ORG")]
CONFIG = """<View>
  <Labels name="label" toName="text"><Label value="PER"/><Label value="ORG"/><Label value="LOC"/></Labels>
  <Text name="text" value="$text"/>
</View>"""


def write(path: Path, documents: list[Document] = DOCUMENTS) -> str:
    report = ReadReport()
    write_documents(path, format_of_target(path), documents, report.tally)
    assert report.tally.notes() == []
    return str(path)


def read(path: Path) -> list[tuple[str, tuple[Span, ...]]]:
    report = ReadReport()
    name = recognise_format(path)
    return [(one.text, one.spans) for one in read_documents(Source(path), name, report)]


def tagged(path: Path, **options: Any) -> list[tuple[str, str]]:
    return [(one.text, " ".join(one.tags)) for one in read_sentences(path, **options)]


PLAIN = [(one.text, one.spans) for one in DOCUMENTS]


def test_datasets_reads_parquet_with_the_names_of_tags(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    found = datasets.Dataset.from_parquet(write(tmp_path / "a.parquet"), cache_dir=str(tmp_path / "cache"))
    names = found.features["ner_tags"].feature.names
    assert names == ["O", "B-LOC", "I-LOC", "B-ORG", "I-ORG", "B-PER", "I-PER"]
    assert ["".join(row) for row in found["tokens"]] == [one.text for one in DOCUMENTS]
    tags = [names[tag] for tag in found[0]["ner_tags"]]
    assert tags == ["B-PER", "I-PER", "O", "B-ORG", "I-ORG", "I-ORG", "I-ORG", "O"]


def test_what_datasets_writes_is_read(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    names = ["O", "B-PER", "I-PER"]
    features = {
        "id": datasets.Value("string"),
        "tokens": datasets.Sequence(datasets.Value("string")),
        "ner_tags": datasets.Sequence(datasets.ClassLabel(names=names)),
    }
    rows = {"id": ["0", "1"], "tokens": [["小", "明"], ["好"]], "ner_tags": [[1, 2], [0]]}
    made = datasets.Dataset.from_dict(rows, features=datasets.Features(features))
    made.to_parquet(str(tmp_path / "a.parquet"))
    made.to_json(str(tmp_path / "a.jsonl"), force_ascii=False)
    expected = [("小明", "B-PER I-PER"), ("好", "O")]
    assert tagged(tmp_path / "a.parquet") == expected
    assert tagged(tmp_path / "a.jsonl", names=names) == expected


def test_spacy_reads_its_docbin(tmp_path: Path) -> None:
    spacy = pytest.importorskip("spacy")
    path = write(tmp_path / "a.spacy")
    docs = list(spacy.tokens.DocBin().from_disk(path).get_docs(spacy.blank("zh").vocab))
    assert [doc.text for doc in docs] == [one.text for one in DOCUMENTS]
    found = [[(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents] for doc in docs]
    assert found == [[(one.start, one.end, one.label) for one in document.spans] for document in DOCUMENTS]
    assert read(tmp_path / "a.spacy") == PLAIN


def test_what_spacy_writes_is_read(tmp_path: Path) -> None:
    spacy = pytest.importorskip("spacy")
    nlp, docs = spacy.blank("zh"), spacy.tokens.DocBin()
    for document in DOCUMENTS:
        doc = nlp(document.text)
        doc.ents = [doc.char_span(one.start, one.end, label=one.label) for one in document.spans]
        docs.add(doc)
    docs.to_disk(tmp_path / "a.spacy")
    assert read(tmp_path / "a.spacy") == PLAIN


def convert_by_label_studio(tmp_path: Path, documents: list[Document], kind: str) -> Path:
    converter = pytest.importorskip("label_studio_sdk.converter").Converter(CONFIG, str(tmp_path))
    write(tmp_path / "tasks.json", documents)
    converter.convert(str(tmp_path / "tasks.json"), str(tmp_path / kind), kind, is_dir=False)
    [path] = (tmp_path / kind).iterdir()
    return path


@pytest.mark.parametrize("kind", ["JSON", "JSON_MIN"])
def test_what_label_studio_exports_is_read(tmp_path: Path, kind: str) -> None:
    assert read(convert_by_label_studio(tmp_path, DOCUMENTS, kind)) == PLAIN


def test_label_studio_takes_the_tasks_for_conll_too(tmp_path: Path) -> None:
    path = convert_by_label_studio(tmp_path, [WORDS], "CONLL2003")
    assert tagged(path, unit="word") == JOINED


def test_doccanos_transformer_reads_its_jsonl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # It imports what only spaCy 2 has, for another of its formats.
    gold = types.ModuleType("spacy.gold")
    monkeypatch.setattr(gold, "biluo_tags_from_offsets", None, raising=False)
    monkeypatch.setitem(sys.modules, "spacy.gold", gold)
    datasets = pytest.importorskip("doccano_transformer.datasets")
    path = write(tmp_path / "a.jsonl", [WORDS])
    records = [json.loads(line) for line in Path(path).read_text("utf-8").splitlines()]
    renamed = [{**record, "labels": record.pop("label")} for record in records]  # as it was called in its day
    (tmp_path / "b.jsonl").write_text("".join(json.dumps(one) + "\n" for one in renamed), "utf-8")
    # It tags the token before an entity too, unless white space is between.
    examples = datasets.NERDataset.from_jsonl(str(tmp_path / "b.jsonl")).to_conll2003(str.split)
    (tmp_path / "b.conll").write_text("".join(example["data"] for example in examples), "utf-8")
    assert tagged(tmp_path / "b.conll", unit="word") == JOINED
    assert tagged(tmp_path / "b.jsonl") == tagged(tmp_path / "a.jsonl")
