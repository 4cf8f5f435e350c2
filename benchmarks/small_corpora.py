"""How right the quick preset is on little text, beside python-crfsuite: dev F1 after 1,000, 3,000, ... sentences.

    python benchmarks/small_corpora.py --train train.bio --dev dev.bio [--sentences 1000 3000] [-- --threads 1]

What stands after -- is given to each fit. The sentences are drawn by a seed: fewer of them are the first of more.
"""

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from crfsuite import run_crfsuite

from model.machine.command import ExitCode, run_command
from training.corpus.reader import Sentence, read_sentences
from training.fit import fit
from training.metrics.scoring import SpanCounts, strict_spans
from training.settings.flags import config_from_flags

SEED = 1


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", type=Path, required=True, help="a BIO file")
    parser.add_argument("--dev", type=Path, required=True, help="a BIO file, which is scored")
    parser.add_argument(
        "--sentences", type=int, nargs="+", default=[1000, 3000], help="how many to learn from"
    )
    parser.add_argument("flags", nargs="*", help="flags of the fits")
    options = parser.parse_args(arguments)
    train, dev = (list(read_sentences([path])) for path in (options.train, options.dev))
    random.Random(SEED).shuffle(train)
    for count in options.sentences:
        with tempfile.TemporaryDirectory() as name:
            scores = _compare(train[:count], dev, Path(name), options.flags)
        print(json.dumps({"sentences": min(count, len(train)), **scores}), flush=True)
    return ExitCode.FINE


def _compare(
    train: Sequence[Sentence], dev: Sequence[Sentence], folder: Path, flags: Sequence[str]
) -> dict[str, float]:
    """Return the strict F1 of both on `dev`, after learning from `train`."""
    paths = [_write(folder / "train.bio", train), _write(folder / "dev.bio", dev)]
    given = [*("--preset", "quick", "--train", paths[0], "--dev", paths[1]), *flags]
    output = ["--output", folder / "bundle", "--runs", folder / "runs"]
    bundle = fit(config_from_flags([str(flag) for flag in (*given, *output)]), say=lambda line: None)
    report = json.loads((bundle / "report.json").read_text("utf-8"))
    counts = SpanCounts()
    for sentence, tags in zip(dev, run_crfsuite(*paths)["tags"], strict=True):
        counts.add(strict_spans(sentence.tags), strict_spans(tags))
    crfsuite = counts.scores()["micro"]["f1"]
    return {
        "quick": round(100 * report["dev"]["strict"]["micro"]["f1"], 2),
        "crfsuite": round(100 * crfsuite, 2),
    }


def _write(path: Path, sentences: Iterable[Sentence]) -> Path:
    with path.open("w", encoding="utf-8") as file:
        for sentence in sentences:
            file.writelines(
                f"{char}\t{tag}\n" for char, tag in zip(sentence.text, sentence.tags, strict=True)
            )
            file.write("\n")
    return path


if __name__ == "__main__":
    sys.exit(run_command(main))
