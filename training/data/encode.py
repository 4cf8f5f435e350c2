"""The encoding of a corpus: its sentences as files of numbers, written in constant memory.

sentences -> normalised -> cut like requests -> ids of every channel, tag ids -> files

    <channel>.int32  ids, one a character, all pieces one after another
    <channel>.FIELD  of a channel of words: the fields of its WordSets
    tags.int16       tag ids, likewise
    offsets.int64    piece p is [offsets[p], offsets[p + 1])
    counts.json      what was counted on the way
"""

import contextlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from model.features.channels import Channel, Encoded, Features, WordChannel, count_unknown
from model.features.word_sets import WordSets
from model.chunks import cut_chunks
from model.tags.tag_set import EntitySpan, TagSet, spans_from_tags
from model.text import normalise
from training.corpus.reader import Sentence, sentence_chunks

IDS, TAGS, OFFSETS, COUNTS = "{}.int32", "tags.int16", "offsets.int64", "counts.json"
CHUNK_CHARS = 1 << 17  # characters in memory at a time: some MB, whatever the corpus


class ArraysError(Exception):
    """A corpus that cannot be encoded."""


@dataclass(frozen=True)
class ArrayCounts:
    """What was counted while the arrays were built."""

    sentences: int
    pieces: int
    chars: int
    joined_cuts: int  # cuts not made because they fell inside an entity
    unknown: Mapping[str, int]  # per channel: the characters it has no row for


def write_arrays(
    sentences: Iterable[Sentence], features: Features, tag_set: TagSet, folder: Path, max_chars: int
) -> None:
    """Write the files of `sentences`, which are streamed; `max_chars` is that of `split_sentences`.

    A cut inside an entity is not made. Raises ArraysError for a label that `tag_set` has not, and for no
    sentences at all.
    """
    unknown = {channel.name: 0 for channel in features.channels}
    n_sentences = n_pieces = n_chars = n_joined = 0
    with contextlib.ExitStack() as stack:
        tags_file = stack.enter_context((folder / TAGS).open("wb"))
        offsets_file = stack.enter_context((folder / OFFSETS).open("wb"))
        channels = {
            channel.name: _ChannelFiles(channel, folder, stack.enter_context) for channel in features.channels
        }
        _append(offsets_file, [0], np.int64)
        # A row of no characters would be a phantom tag in the network.
        for chunk in sentence_chunks((one for one in sentences if one.text), CHUNK_CHARS):
            pieces: list[str] = []
            for sentence in chunk:
                spans = spans_from_tags(sentence.tags)
                _check_labels(sentence, spans, tag_set)
                _append(tags_file, tag_set.tag_ids(spans, len(sentence.text)), np.int16)
                cut = cut_pieces(sentence.text, spans, max_chars)
                pieces += cut.pieces
                n_joined += cut.joined
            for name, encoded in features.encode_pieces(pieces).items():
                unknown[name] += channels[name].append(encoded)
            ends = n_chars + np.cumsum([len(piece) for piece in pieces], dtype=np.int64)
            _append(offsets_file, ends, np.int64)
            n_sentences, n_pieces, n_chars = n_sentences + len(chunk), n_pieces + len(pieces), int(ends[-1])
    if not n_pieces:
        raise ArraysError("expected at least one sentence, got none; is the corpus empty?")
    counts = ArrayCounts(n_sentences, n_pieces, n_chars, n_joined, unknown)
    (folder / COUNTS).write_text(json.dumps(asdict(counts)) + "\n", "utf-8")


@dataclass(frozen=True)
class Cut:
    """The normalised pieces of a text, and how many cuts were not made because they fell inside an entity."""

    pieces: list[str]
    joined: int


def cut_pieces(text: str, spans: Sequence[EntitySpan], max_chars: int) -> Cut:
    """Return the pieces of a text with these entities, cut as a tagger cuts it, but never inside one."""
    plain = normalise(text)
    # By chunks, as in the tagger: a sentence without a mark for pages is more than a network can train on.
    ends = [chunk.core_end for chunk in cut_chunks([text], max_chars)]
    if len(ends) == 1:
        return Cut([plain], 0)
    inside = {end for end in ends for span in spans if span.start < end < span.end}
    bounds = [0, *(end for end in ends if end not in inside)]
    return Cut([plain[start:end] for start, end in pairwise(bounds)], len(inside))


class _ChannelFiles:
    """The files of one channel, to which what each chunk has of it is appended."""

    def __init__(
        self, channel: Channel | WordChannel, folder: Path, enter: Callable[[BinaryIO], BinaryIO]
    ) -> None:
        files = (
            [(folder / IDS.format(channel.name), np.int32)]
            if isinstance(channel, Channel)
            else word_files(folder, channel.name)
        )
        self._files = [(enter(path.open("wb")), dtype) for path, dtype in files]
        self._entries = 0
        if isinstance(channel, WordChannel):
            _append(self._files[0][0], [0], np.int64)

    def append(self, encoded: Encoded) -> int:
        """Append, and return how many of the characters have no row."""
        if isinstance(encoded, WordSets):
            ends = encoded.offsets[1:] + self._entries
            self._entries += int(encoded.offsets[-1])
            columns: tuple[npt.NDArray[Any], ...] = (ends, *encoded[1:])
        else:
            columns = (encoded,)
        for (file, dtype), column in zip(self._files, columns, strict=True):
            _append(file, column, dtype)
        return count_unknown(encoded)


def word_files(folder: Path, channel: str) -> list[tuple[Path, Any]]:
    """Return the file and the element type of each field of a channel's WordSets."""
    types = (np.int64, np.int32, np.int8, np.float32)
    return [
        (folder / f"{channel}.{field}", dtype) for field, dtype in zip(WordSets._fields, types, strict=True)
    ]


def _check_labels(sentence: Sentence, spans: Sequence[EntitySpan], tag_set: TagSet) -> None:
    for span in spans:
        if span.label not in tag_set.labels:
            raise ArraysError(
                f"{sentence.path}:{sentence.line}: expected labels among {list(tag_set.labels)}, got"
                f" {span.label!r} at {sentence.text[span.start : span.end]!r}; correct the corpus, or add"
                f" a training file that has this label"
            )


def _append(file: BinaryIO, values: npt.ArrayLike, dtype: Any) -> None:
    # Not ndarray.tofile: on a full disk that error does not say so.
    file.write(np.ascontiguousarray(values, dtype).data)
