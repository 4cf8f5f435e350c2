"""Tokens and tags: columns more than two, words, Hugging Face's records; and files that only look like columns."""

import json
from pathlib import Path
from typing import Any

import pytest

from training.corpus.reader import CorpusError, ReadReport
from training.formats.reading import read_sentences

CONLL = """-DOCSTART- -X- -X- O

他 PRP B-NP O
到 VBD B-VP O
北 NNP B-NP B-LOC
京 NNP I-NP I-LOC

好 JJ O O
"""


def read(path: Path, content: str, **options: Any) -> list[tuple[str, str]]:
    path.write_text(content, "utf-8")
    return [(one.text, " ".join(one.tags)) for one in read_sentences(path, **options)]


@pytest.mark.parametrize(
    ("content", "options", "sentences"),
    [
        (CONLL, {}, [("他到北京", "O O B-LOC I-LOC"), ("好", "O")]),
        (CONLL, {"column": 3}, [("他到北京", "B-NP B-VP B-NP I-NP"), ("好", "O")]),
        (CONLL.replace(" ", "\t"), {}, [("他到北京", "O O B-LOC I-LOC"), ("好", "O")]),
        ("小   nr    B-PER\n明   nr    I-PER\n", {}, [("小明", "B-PER I-PER")]),
        ("-DOCSTART-\tO\n\n小\tB-PER\n-DOCSTART-\tO\n明\tO\n", {}, [("小", "B-PER"), ("明", "O")]),
        ("-DOCSTART-\n小\tB-PER\n", {}, [("小", "B-PER")]),
        ("成都 NR B-LOC\n是 VC O\n好 JJ O\n", {"unit": "word"}, [("成都是好", "B-LOC I-LOC O O")]),
        ("U.N. NNP I-NP I-ORG\nofficial NN I-NP O\n", {"unit": "word"}, [("U.N. official", "B-ORG I-ORG I-ORG I-ORG "
         "O O O O O O O O O")]),
    ],
)  # fmt: skip
def test_a_column_of_tags_is_the_last_or_the_one_asked_for(
    tmp_path: Path, content: str, options: dict[str, Any], sentences: list[tuple[str, str]]
) -> None:
    assert read(tmp_path / "train.conll", content, **options) == sentences


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (CONLL, {"column": 5}, ": expected a column 5 of tags, got 4 columns; see --column"),
        (CONLL, {"column": 2}, ":3: expected a tag O, B-LABEL, I-LABEL, M-LABEL, E-LABEL, S-LABEL, W-LABEL, got "
         "'他 PRP B-NP O'; correct the tag"),
        (CONLL + "x O\n" * 300, {"column": 4}, ": expected a column 4 of tags, got lines with more and fewer columns"),
        ("小 nr B-PER\n" * 250 + "明 O\n", {}, ":251: expected 3 columns, as in the first line, got 2 in '明 O'; give"),
        ("成都 NR B-LOC\n", {}, ":1: expected one character, a tab and a tag, got '成都 NR B-LOC'; put each character"
         " on its own line, or read the corpus with --unit word"),
        ("张三/nr 去/v 北京/ns\n", {}, ": expected tokens and the tags of entities, got words with their parts of"
         " speech: '张三/nr 去/v 北京/ns'; parts of speech are no entities (nr, ns and nt are close to"),
        ("[中国/ns 政府/n]nt 说/v\n", {}, "got words with their parts of speech"),
        ("小\t1\n明\t2\n\n来\t0\n", {}, "got tags that are numbers: '小\\t1'; write the name that each number stands"),
        ("# sent_id = 1\n1\t小明\t_\tPROPN\tNR\t_\t2\tnsubj\t_\t_\n2\t来\t_\tVERB\tVV\t_\t0\troot\t_\t_\n", {},
         "got CoNLL-U, with words, parts of speech and syntax: '1\\t小明"),
        ("T1\tPER 0 2\t小明\n", {}, ":1: expected "),
    ],
)  # fmt: skip
def test_what_only_looks_like_columns_of_tags_is_told(
    tmp_path: Path, content: str, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(CorpusError) as caught:
        read(tmp_path / "train.conll", content, **options)
    assert message in str(caught.value).removeprefix(str(tmp_path / "train.conll"))


def records(*tagged: tuple[list[Any], list[Any]]) -> str:
    return "".join(
        json.dumps({"id": "0", "tokens": tokens, "ner_tags": tags}) + "\n" for tokens, tags in tagged
    )


NAMES = ("O", "B-PER", "I-PER")


@pytest.mark.parametrize(
    ("content", "options", "sentences"),
    [
        (records((["小", "明", "来"], ["B-PER", "I-PER", "O"])), {}, [("小明来", "B-PER I-PER O")]),
        (records((["小", "明", "来"], [1, 2, 0])), {"names": NAMES}, [("小明来", "B-PER I-PER O")]),
        (records((["N", "B", "A"], ["S-ORG", "O", "O"])), {}, [("NBA", "B-ORG O O")]),
        (records((["第", 1, "次"], ["O", "O", "O"])), {}, [("第1次", "O O O")]),
        (records((["New", "York", "很", "大"], ["B-LOC", "I-LOC", "O", "O"])), {},
         [("New York很大", "B-LOC I-LOC I-LOC I-LOC I-LOC I-LOC I-LOC I-LOC O O")]),
        (records((["小", "明", "👍🏻", *"今天天气很好啊"], ["B-PER", "I-PER", "B-X", *"OOOOOOO"])), {},
         [("小明👍🏻今天天气很好啊", "B-PER I-PER B-X I-X O O O O O O O")]),
        (records((["小", "\n", "明"], ["B-PER", "O", "O"])), {}, [("小", "B-PER"), ("明", "O")]),
        (json.dumps([{"words": ["小"], "labels": ["B-PER"]}]), {}, [("小", "B-PER")]),
        ('{"tokens": ["小"], "tags": ["I-PER"]}\n' * 20, {}, [("小", "B-PER")] * 20),
    ],
)  # fmt: skip
def test_tokens_and_tags_of_records(
    tmp_path: Path, content: str, options: dict[str, Any], sentences: list[tuple[str, str]]
) -> None:
    assert read(tmp_path / "train.json", content, **options) == sentences


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (records((["小"], [1])), {}, ":1: expected the names of tags, got the number 1; give their names in the order"
         " of their numbers, as --names O,B-PER,I-PER"),
        (records((["小"], [3])), {"names": NAMES}, ":1: expected numbers below 3, the number of names, got 3; give"),
        (records((["小", "明"], ["O"])), {}, ":1: expected a tag for each token, got 2 tokens and 1 tags; correct"),
        (records((["小", ""], ["O", "O"])), {}, ":1: expected tokens with characters, got an empty one; take it"),
        (records((["小"], ["PER"])), {}, ":1: expected a tag O, B-LABEL, "),
        (records((["小"], ["O"]), (["小"], [None])), {}, ":2: expected a tag for each token, got None; write names"),
        (records((["小"], ["O"])) + "{}", {}, ":2: expected a list 'tokens' or 'words', got the fields ; see docs"),
        (records((["小"], ["S-PER"]), (["明"], ["I-PER"]), (["明"], ["M-PER"])), {}, ":3: expected the tags of one"
         " scheme, got 'M-PER' in a corpus with"),
    ],
)  # fmt: skip
def test_records_of_tags_that_cannot_be_read_are_told(
    tmp_path: Path, content: str, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(CorpusError) as caught:
        read(tmp_path / "train.json", content, **options)
    assert message in str(caught.value).removeprefix(str(tmp_path / "train.json"))


def test_a_place_in_a_record_is_that_of_the_record(tmp_path: Path) -> None:
    report = ReadReport()
    tagged = (["小", "明"], ["O", "O"]), (["小", "明", "来"], ["O", "O", "I-PER"])
    read(tmp_path / "a.jsonl", records(*tagged, (["京"], ["B-PER"])), report=report)
    assert (report.stray, report.places) == (1, [f"{tmp_path / 'a.jsonl'}:2"])
