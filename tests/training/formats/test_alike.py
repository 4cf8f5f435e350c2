"""One corpus, written in every format as its own tool does and not by the code under test, is the same sentences."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from training.corpus.reader import ReadReport
from training.formats.reading import read_sentences
from training.formats.recognition import recognise_format

# text, entities (start, end, label)
Example = tuple[str, list[tuple[int, int, str]]]
CORPUS: list[Example] = [
    ("吴小明，男，1962年生，中国国籍。", [(0, 3, "NAME"), (12, 16, "CONT")]),
    (
        "曾任上海某某银行行长、复旦大学教授",
        [(2, 8, "ORG"), (8, 10, "TITLE"), (11, 15, "ORG"), (15, 17, "TITLE")],
    ),
    ("他没有境外居留权。", []),
    ("甲A股份有限公司😀董事", [(0, 8, "ORG"), (9, 11, "TITLE")]),
    ("丙", [(0, 1, "NAME")]),
]


def tags_of(
    example: Example, first: str = "B", last: str = "I", single: str = "B", inner: str = "I"
) -> list[str]:
    text, entities = example
    tags = ["O"] * len(text)
    for start, end, label in entities:
        for index in range(start, end):
            tags[index] = f"{inner}-{label}"
        tags[start] = f"{single if end - start == 1 else first}-{label}"
        if end - start > 1:
            tags[end - 1] = f"{last}-{label}"
    return tags


def columns(corpus: Sequence[Example], line: str = "{char}\t{tag}", head: str = "", **scheme: str) -> str:
    blocks = [
        "".join(
            f"{line.format(char=char, tag=tag)}\n"
            for char, tag in zip(one[0], tags_of(one, **scheme), strict=True)
        )
        for one in corpus
    ]
    return head + "\n".join(blocks)


def iob1(corpus: Sequence[Example]) -> str:
    """An entity begins with B only behind another of its label."""
    blocks = []
    for text, entities in corpus:
        tags = ["O"] * len(text)
        for start, end, label in entities:
            touches = any(other_end == start and its == label for _, other_end, its in entities)
            tags[start:end] = [f"I-{label}"] * (end - start)
            tags[start] = f"{'B' if touches else 'I'}-{label}"
        blocks.append("".join(f"{char} {tag}\n" for char, tag in zip(text, tags, strict=True)))
    return "\n".join(blocks)


def lines(corpus: Sequence[Example], record: Callable[[int, str, list[tuple[int, int, str]]], Any]) -> str:
    return "".join(
        json.dumps(record(number, *one), ensure_ascii=False) + "\n"
        for number, one in enumerate(corpus, start=1)
    )


def doccano(corpus: Sequence[Example]) -> str:
    return lines(
        corpus, lambda number, text, spans: {"id": number, "text": text, "label": spans, "Comments": []}
    )


def doccano_relations(corpus: Sequence[Example]) -> str:
    def record(number: int, text: str, spans: list[tuple[int, int, str]]) -> Any:
        entities = [
            {"id": 10 * number + index, "label": label, "start_offset": start, "end_offset": end}
            for index, (start, end, label) in enumerate(spans)
        ]
        return {"id": number, "text": text, "entities": entities, "relations": [], "Comments": []}

    return lines(corpus, record)


def label_studio(corpus: Sequence[Example]) -> str:
    def region(number: int, text: str, span: tuple[int, int, str]) -> Any:
        start, end, label = span
        value = {"start": start, "end": end, "text": text[start:end], "labels": [label]}
        return {"id": f"r{number}", "from_name": "label", "to_name": "text", "type": "labels", "value": value}

    tasks = [
        {
            "id": number,
            "data": {"text": text},
            "annotations": [
                {"id": number, "result": [region(n, text, span) for n, span in enumerate(spans)]}
            ],
            "predictions": [],
        }
        for number, (text, spans) in enumerate(corpus, start=1)
    ]
    return json.dumps(tasks)


def label_studio_min(corpus: Sequence[Example]) -> str:
    tasks = [
        {
            "id": number,
            "text": text,
            "label": [{"start": a, "end": b, "text": text[a:b], "labels": [label]} for a, b, label in spans],
            "annotator": 1,
        }
        for number, (text, spans) in enumerate(corpus, start=1)
    ]
    for task in tasks:
        if not task["label"]:  # as it exports a task in which nothing was found
            del task["label"]
    return json.dumps(tasks)


def cluener(corpus: Sequence[Example]) -> str:
    def record(_: int, text: str, spans: list[tuple[int, int, str]]) -> Any:
        label: dict[str, dict[str, list[list[int]]]] = {}
        for start, end, name in spans:
            label.setdefault(name, {}).setdefault(text[start:end], []).append([start, end - 1])
        return {"text": text, "label": label}

    return lines(corpus, record)


def huggingface(corpus: Sequence[Example]) -> str:
    return lines(
        corpus,
        lambda n, text, spans: {"id": str(n), "tokens": list(text), "ner_tags": tags_of((text, spans))},
    )


def inline(corpus: Sequence[Example]) -> str:
    made = []
    for text, spans in corpus:
        for start, end, label in reversed(spans):
            text = f"{text[:start]}[{text[start:end]} {label}]{text[end:]}"
        made.append(text + "\n")
    return "".join(made)


def zitag(corpus: Sequence[Example]) -> str:
    def record(_: int, text: str, spans: list[tuple[int, int, str]]) -> Any:
        found = [
            {"start": a, "end": b, "text": text[a:b], "label": label, "score": 0.9} for a, b, label in spans
        ]
        return {"text": text, "entities": found}

    return lines(corpus, record)


TEXTS: dict[str, Callable[[Sequence[Example]], str]] = {
    "train.bio": columns,
    "bioes.txt": lambda corpus: columns(corpus, last="E", single="S"),
    "bmes.char.bmes": lambda corpus: columns(corpus, "{char} {tag}", last="E", single="S", inner="M"),
    "iob1.txt": iob1,
    "eng.train": lambda corpus: columns(corpus, "{char} NN O {tag}", head="-DOCSTART- -X- O O\n\n"),
    "admin.jsonl": doccano,
    "relations.jsonl": doccano_relations,
    "project-1-at-2026.json": label_studio,
    "project-1-min.json": label_studio_min,
    "cluener_train.json": cluener,
    "dataset.jsonl": huggingface,
    "tagged.txt": inline,
    "zitag.jsonl": zitag,
}


def write_text(folder: Path, name: str, corpus: Sequence[Example]) -> Path:
    (folder / name).write_text(TEXTS[name](corpus), "utf-8")
    return folder / name


def write_brat(folder: Path, corpus: Sequence[Example]) -> Path:
    """Write a folder with one document, a sentence a line."""
    (folder / "brat").mkdir()
    offset, number, annotations = 0, 0, []
    for text, spans in corpus:
        for start, end, label in spans:
            number += 1
            annotations.append(f"T{number}\t{label} {offset + start} {offset + end}\t{text[start:end]}\n")
        offset += len(text) + 1
    (folder / "brat" / "a.txt").write_text("".join(f"{text}\n" for text, _ in corpus), "utf-8")
    (folder / "brat" / "a.ann").write_text("".join(annotations), "utf-8")
    return folder / "brat"


def write_parquet(folder: Path, corpus: Sequence[Example]) -> Path:
    """Write numbers for tags, whose names stand in the metadata, as the library `datasets` does."""
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    names = ["O", *sorted({tag for one in corpus for tag in tags_of(one)} - {"O"})]
    feature = {"feature": {"names": names, "_type": "ClassLabel"}, "_type": "Sequence"}
    tokens = {"feature": {"dtype": "string", "_type": "Value"}, "_type": "Sequence"}
    info = {"info": {"features": {"tokens": tokens, "ner_tags": feature}}}
    rows = pyarrow.table(
        {
            "tokens": [list(text) for text, _ in corpus],
            "ner_tags": [[names.index(tag) for tag in tags_of(one)] for one in corpus],
        }
    )
    parquet.write_table(
        rows.replace_schema_metadata({"huggingface": json.dumps(info)}), folder / "train-00000.parquet"
    )
    return folder / "train-00000.parquet"


WRITERS: dict[str, Callable[[Path, Sequence[Example]], Path]] = {
    **{name: (lambda folder, corpus, name=name: write_text(folder, name, corpus)) for name in TEXTS},
    "brat": write_brat,
    "parquet": write_parquet,
}


@pytest.mark.parametrize("name", WRITERS)
def test_the_corpus_is_the_same_in_every_format(tmp_path: Path, name: str) -> None:
    path = WRITERS[name](tmp_path, CORPUS)
    report = ReadReport()
    found = [(one.text, list(one.tags)) for one in read_sentences(path, report=report)]
    assert found == [(one[0], tags_of(one)) for one in CORPUS]
    assert report.tally.notes() == []


def test_each_is_another_format(tmp_path: Path) -> None:
    kinds = {name: recognise_format(writer(tmp_path, CORPUS)) for name, writer in WRITERS.items()}
    assert len(set(kinds.values())) == 9
    assert sum(kind == "columns" for kind in kinds.values()) == 5
