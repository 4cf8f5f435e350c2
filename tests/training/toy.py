"""A corpus that a small network learns in seconds: sentences made from names, places and a few frames."""

import random
from collections.abc import Iterator
from pathlib import Path

from model.tags.schemes import EntitySpan, tags_from_spans
from training.corpus.reader import Sentence
from training.corpus.writer import write_sentences

PEOPLE = ("小明", "王丽华", "张三", "李四", "赵小燕", "欧阳修")
PLACES = ("北京", "上海", "贵州省", "天津市", "巴黎")
COMPANIES = ("华为公司", "复旦大学", "新华社", "人民银行")
FRAMES = (
    "{PER}昨天到了{LOC}。",
    "{ORG}的{PER}说，{LOC}很好！",
    "在{LOC}，{PER}见到了{PER}。",
    "{PER}、{PER}都在{ORG}工作。",
    "今天没有人来。",
    "{LOC}的天气怎么样？",
)
NAMES = {"PER": PEOPLE, "LOC": PLACES, "ORG": COMPANIES}


def toy_sentences(count: int, seed: int) -> Iterator[Sentence]:
    """Yield sentences, each with its tags in BIO."""
    dice = random.Random(seed)
    for _ in range(count):
        text, spans = "", []
        for part in dice.choice(FRAMES).replace("{", "|{").replace("}", "}|").split("|"):
            label = part.strip("{}")
            filled = dice.choice(NAMES[label]) if part.startswith("{") else part
            if part.startswith("{"):
                spans.append(EntitySpan(len(text), len(text) + len(filled), label))
            text += filled
        yield Sentence(text, tuple(tags_from_spans(spans, len(text))))


def write_toy_corpus(folder: Path) -> Path:
    """Write train.bio, dev.bio and test.bio; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, count, seed in (("train", 240, 1), ("dev", 60, 2), ("test", 60, 3)):
        write_sentences(folder / f"{name}.bio", toy_sentences(count, seed))
    return folder


SMALL = {
    "raw": "none",
    "char-dim": 24,
    "bigram-dim": 8,
    "bigram-min-count": 2,
    "word-vectors": "trained",
    "lexicon": "none",
    "dictionary": "none",
    "dictionary-dim": 4,
    "word-dim": 4,
    "word-min-count": 1,
    "vector-sample": 0,
    "units": 24,
    "layers": 2,
    "epochs": 6,
    "batch-chars": 100,
    "learning-rate": 0.02,
    "average": 0.9,
    "embedding-dropout": 0.1,
    "hidden-dropout": 0.1,
    "seed": 7,
    "threads": 1,
}


def toy_flags(corpus: Path, output: Path, *extra: str) -> list[str]:
    """Return the flags of a fit on a toy corpus that takes seconds; everything lands beside `output`."""
    files = [part for name in ("train", "dev", "test") for part in (f"--{name}", str(corpus / f"{name}.bio"))]
    folders = ["--output", str(output), "--runs", str(output.parent / "runs")]
    small = [part for name, value in SMALL.items() for part in (f"--{name}", str(value))]
    return [*files, *small, *folders, "--cache", str(output.parent / "cache"), *extra]
