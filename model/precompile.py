"""`python -m model.precompile`: compiles what is otherwise compiled on first use, and so fills the cache on disk.

For images whose cache is read-only when they run. Nothing here depends on a bundle: a compiled function is
bound to the kinds of its arguments, not to how many tags or labels there are.
"""

import argparse
import sys
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.bundle.config import ChannelConfig, NetworkConfig
from model.bundle.weights import Weights, weight_shapes
from model.crf.decoding import Crf, nbest, span_probabilities, viterbi
from model.features.lexicon import Lexicon
from model.features.vocabulary import PAD, UNK, Vocabulary
from model.features.word_sets import WordSets
from model.machine.command import ExitCode, program_name, run_command
from model.runtime.base import Ids
from model.runtime.batching import Feeds, cut_rows
from model.runtime.int8.instruction_sets import INSTRUCTION_SETS, InstructionSet, best_instructions
from model.runtime.int8.network import Int8Network
from model.runtime.padded import PaddedRuntime
from model.tags.tag_set import TagSet


class _Silent(PaddedRuntime):
    """A runtime without a network."""

    name, device, threads, batch_chars = "none", "cpu", 1, 8

    def emissions(self, feeds: Feeds, lengths: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return zeros, float32 [batch, time, 1]."""
        return np.zeros((len(lengths), int(lengths.max()), 1), np.float32)


def _silent_bytes(ids: Ids, instructions: InstructionSet) -> Int8Network:
    """Return a network in bytes whose weights are all zero, over the channels of `ids`."""
    channels = tuple(
        ChannelConfig(name=name, rows=2, dim=4, kind="words" if isinstance(encoded, WordSets) else "keys")
        for name, encoded in ids.items()
    )
    config = NetworkConfig(channels=channels, tags=1, units=1)
    weights: Weights = {name: np.zeros(shape, np.float32) for name, shape in weight_shapes(config).items()}
    return Int8Network(config, weights, dict.fromkeys(ids, 1.0), instructions)


def precompile() -> None:
    """Call every compiled function once, with what the tagger calls it with. Takes seconds."""
    offsets = np.array([0, 2, 3], np.int64)
    pieces = ["中国", "人"]
    lexicon = Lexicon(["中国"], [1], [1])
    ids: Ids = {
        "char": Vocabulary([PAD, UNK]).encode_pieces(pieces),
        "word": lexicon.encode_pieces(pieces),
        "segment": lexicon.segment_pieces(pieces),
    }
    rows = cut_rows(offsets, window_chars=4, context_chars=1)
    _Silent().emit(ids, rows, max_batch_chars=8)
    if best_instructions():  # then other CPUs of the kind, which may run the image, have one of these
        for instructions in INSTRUCTION_SETS:
            _silent_bytes(ids, instructions).compile(ids)
    tag_set = TagSet("BIOES", ("PER",))
    tags = len(tag_set.tags)
    crf = Crf.build(np.zeros((tags, tags)), np.zeros(tags), np.zeros(tags), tag_set)
    emissions = np.zeros((3, tags), np.float32)  # [chars, tags]
    emissions[:, tag_set.tags.index("S-PER")] = 1.0
    offsets = np.array([0, 3], np.int64)
    spans = tag_set.span_arrays(viterbi(emissions, offsets, crf), offsets)
    span_probabilities(emissions, offsets, crf, spans)
    nbest(emissions, crf, 2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    parser = argparse.ArgumentParser(
        prog=program_name("model.precompile"),
        description="Compile what is otherwise compiled on first use, into a cache on disk.",
    )
    parser.parse_args(arguments)
    precompile()
    return ExitCode.FINE


if __name__ == "__main__":
    sys.exit(run_command(main))
