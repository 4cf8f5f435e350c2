"""Records of tokens and their tags, as Hugging Face's data sets have them: characters or words.

{"id": "0", "tokens": ["小", "明", "来"], "ner_tags": ["B-PER", "I-PER", "O"]}
{"id": "0", "tokens": ["小", "明", "来"], "ner_tags": [1, 2, 0]}     numbers, named by the file or by --names
"""

from collections.abc import Collection, Iterator
from typing import Any

from model.text import LINE_BREAKS
from training.corpus.errors import CorpusError, LineError, written
from training.corpus.faults.tags import explain_tag
from training.corpus.schemes import PREFIXES
from training.corpus.sentences import RawSentence
from training.formats.documents import Document
from training.formats.records.fields import checked_text
from training.formats.records.reader import Record, read_records
from training.formats.sources import Source

_TOKENS = ("tokens", "words")
_TAGS = ("ner_tags", "tags", "ner", "labels")
_NAME = "give their names in the order of their numbers, as --names O,B-PER,I-PER"


def is_huggingface(value: dict[str, Any]) -> bool:
    """Return whether a record has tokens and a tag for each.

    >>> is_huggingface({"tokens": ["小"], "ner_tags": [0]}), is_huggingface({"tokens": ["小"], "label": "news"})
    (True, False)
    """
    return all(any(isinstance(value.get(name), list) for name in names) for names in (_TOKENS, _TAGS))


def read_huggingface(source: Source, prefixes: Collection[str]) -> Iterator[RawSentence]:
    """Yield the sentences of a file as written. Raises CorpusError with the record that cannot be read."""
    good: set[str] = {"O"}
    for record in read_records(source.path, source.codec):
        try:
            tokens, tags = _tokens(record.value), _tags(record, source.names, prefixes, good)
            if len(tokens) != len(tags):
                got = f"{len(tokens):,} tokens and {len(tags):,} tags"
                raise LineError("a tag for each token", got, "correct the record")
        except LineError as error:
            raise CorpusError(record.where, error.expected, error.got, error.remedy) from error
        for start, end in _sentences(tokens):
            yield RawSentence(tokens[start:end], tags[start:end], str(source.path), record.number, False)


def unit_of_tokens(source: Source) -> str:
    """Return whether the tokens of a file are characters or words: words where more than one in ten is longer."""
    tokens = longer = 0
    for raw in read_huggingface(source, PREFIXES):
        tokens += len(raw.tokens)
        longer += sum(len(token) > 1 for token in raw.tokens)
    return "word" if longer > 0.1 * tokens else "char"


def to_huggingface(document: Document) -> tuple[list[str], list[str]]:
    """Return the characters of a document and a BIO tag for each."""
    tags = ["O"] * len(document.text)
    for span in document.spans:
        tags[span.start : span.end] = [f"B-{span.label}", *[f"I-{span.label}"] * (span.end - span.start - 1)]
    return list(document.text), tags


def _tokens(value: dict[str, Any]) -> list[str]:
    tokens = [checked_text(token, "tokens") for token in _list(value, _TOKENS)]
    if not all(tokens):
        raise LineError("tokens with characters", "an empty one", "take it and its tag out")
    return tokens


def _tags(record: Record, names: tuple[str, ...], prefixes: Collection[str], good: set[str]) -> list[str]:
    tags = [_named(tag, names or record.names) for tag in _list(record.value, _TAGS)]
    for tag in tags:
        if tag not in good:
            if error := explain_tag(tag, tag, prefixes):
                raise error
            good.add(tag)
    return tags


def _list(value: dict[str, Any], names: tuple[str, ...]) -> list[Any]:
    found: list[Any] | None = next((value[name] for name in names if isinstance(value.get(name), list)), None)
    if found is None:
        fields = ", ".join(map(repr, value))
        raise LineError(
            f"a list {' or '.join(map(repr, names))}", f"the fields {fields}", "see docs/formats.md"
        )
    return found


def _named(tag: Any, names: tuple[str, ...]) -> str:
    if isinstance(tag, str):
        return tag
    if isinstance(tag, bool) or not isinstance(tag, int):
        raise LineError("a tag for each token", written(tag), "write names, as B-PER")
    if not names:
        raise LineError("the names of tags", f"the number {written(tag)}", _NAME)
    if not 0 <= tag < len(names):
        raise LineError(f"numbers below {len(names)}, the number of names", written(tag), _NAME)
    return names[tag]


def _sentences(tokens: list[str]) -> Iterator[tuple[int, int]]:
    """Yield where sentences begin and end: tokens that are line breaks stand between them."""
    start = 0
    for end in [index for index, token in enumerate(tokens) if token in LINE_BREAKS] + [len(tokens)]:
        if end > start:
            yield start, end
        start = end + 1
