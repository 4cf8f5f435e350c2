"""Which vectors a fit takes: general ones, trained on with its own text, or others trained anew.

              auto: they know the corpus well enough,
              general, or a folder                     ┌-> general vectors, then gensim goes on with train alone
--vectors-from ----------------------------------------┤
              auto: they do not, or corpus             └-> vectors trained on train and raw text together
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from training.embeddings.general import GENERAL, GeneralVectors, find_general, open_general, train_general
from training.embeddings.texts import BIGRAMS, CHARS, SEGMENTS, WORDS, TextSource, WantedVectors
from training.embeddings.trained import cached_vectors
from training.embeddings.word2vec import Vectors, VectorsError
from training.settings.config import FitConfig

# Of train's characters: below it auto trains anew. Weibo has 96 %, traditional characters have 74 % (docs/vectors.md).
LEAST_KNOWN = 0.9
# A channel -> the setting that says how wide its vectors are.
WIDTHS = {CHARS: "char_dim", BIGRAMS: "bigram_dim", WORDS: "word_dim", SEGMENTS: "dictionary_dim"}

Say = Callable[[str], None]


@dataclass(frozen=True)
class VectorsOrigin:
    """Where the vectors of a fit come from: for its report, and for people."""

    kind: str  # "general" or "corpus"
    name: str = ""  # of general vectors
    sha256: str = ""  # of general vectors: hash of their texts, settings and code
    why: str = ""

    def __str__(self) -> str:
        if self.kind == "general":
            return f"vectors: the general ones of {self.name} ({self.sha256}), {self.why}; trained on with this corpus"
        return f"vectors: trained for this corpus alone: {self.why}"


@dataclass(frozen=True)
class LearntVectors:
    """The vectors of each channel, and where they come from."""

    vectors: Mapping[str, Vectors]
    origin: VectorsOrigin | None = None  # None: nothing is learnt here


def learn_vectors(
    config: FitConfig, source: TextSource, wanted: Mapping[str, WantedVectors], say: Say
) -> LearntVectors:
    """Return the vectors of the channels in `wanted`, learnt as `config.vectors_from` says; say which they are.

    Raises VectorsError for a text that is too small and for a folder without general vectors.
    """
    if not wanted:
        return LearntVectors({})
    directory = config.cache / "vectors"
    general, why = _general(config, source, wanted, directory, say)
    origin = VectorsOrigin("corpus", why=why)
    if general:
        origin = VectorsOrigin("general", general.name, general.sha256, why)
    say(str(origin))
    train = source.train or source
    return LearntVectors(
        {
            channel: _trained_on(general, channel, one, train, directory)
            if general
            else cached_vectors(source, one, directory)
            for channel, one in wanted.items()
        },
        origin,
    )


def raw_name(config: FitConfig) -> str:
    """Return the name of the raw texts, for people.

    >>> raw_name(FitConfig(raw=("people-daily", "data/own.txt")))
    'people-daily+own.txt'
    """
    return "+".join(Path(name).name for name in config.raw if name != "none")


def own_min_count(min_count: int) -> int:
    """Return how often a key that general vectors lack has to stand in train: raw text may have it too, a few times.

    Of 8 it makes 5, with which Resume and Weibo have as many bigrams as if raw text and train were counted together.

    >>> [own_min_count(count) for count in (1, 2, 8)]
    [1, 2, 5]
    """
    return min(min_count, min_count // 2 + 1)


def known_share(vectors: Vectors, wanted: WantedVectors, source: TextSource) -> float:
    """Return which share of the tokens of `source` has a vector.

    Tokens are counted as often as they stand there.
    """
    counts: Counter[str] = Counter()
    for sentence in wanted.tokens(source):
        counts.update(sentence)
    keys = set(vectors.keys)
    return sum(count for token, count in counts.items() if token in keys) / max(1, counts.total())


def _general(
    config: FitConfig,
    source: TextSource,
    wanted: Mapping[str, WantedVectors],
    directory: Path,
    say: Say,
) -> tuple[GeneralVectors | None, str]:
    """Return the general vectors to start from, or None, and the reason."""
    asked = config.vectors_from
    if asked == "corpus":
        return None, "--vectors-from corpus"
    if asked not in ("auto", "general"):
        return _in_folder(Path(asked), wanted, config), f"reused as --vectors-from {asked}"
    if source.raw is None or source.train is None:
        if asked == "general":
            raise VectorsError("--vectors-from general: expected raw text to learn them from, got --raw none")
        return None, "there is no raw text, --raw none"
    train = partial(train_general, raw_name(config), source.raw, directory=directory / GENERAL, say=say)
    how = "reused" if find_general(source.raw, wanted, directory / GENERAL) else "trained now and kept"
    if asked == "general" or CHARS not in wanted:
        return train(wanted), f"{how} as --vectors-from {asked}"
    # Characters first: where they are not enough, the others need not be trained.
    share = known_share(train({CHARS: wanted[CHARS]}).read(CHARS), wanted[CHARS], source.train)
    known = f"know {share:.2%} of train's characters"
    if share < LEAST_KNOWN:
        return None, f"the general ones of {raw_name(config)} {known}, at least {LEAST_KNOWN:.0%} are needed"
    return train(wanted), f"{how} as they {known}"


def _in_folder(folder: Path, wanted: Mapping[str, WantedVectors], config: FitConfig) -> GeneralVectors:
    general = open_general(folder)
    if missing := sorted(wanted.keys() - general.folders.keys()):
        raise VectorsError(
            f"{folder}: expected vectors of {', '.join(wanted)}, found none of {', '.join(missing)}; "
            "make them with the settings of this fit"
        )
    for channel, one in wanted.items():
        has = general.records[channel].settings.dim
        if WIDTHS[channel] in config.model_fields_set and has != one.settings.dim:
            flag = f"--{WIDTHS[channel].replace('_', '-')}"
            raise VectorsError(
                f"{flag}: expected {has}, as the {channel} vectors of {folder} have, got {one.settings.dim}; leave "
                f"it out, or make them with {flag} {one.settings.dim}"
            )
    return general


def _trained_on(
    general: GeneralVectors, channel: str, wanted: WantedVectors, train: TextSource, directory: Path
) -> Vectors:
    """Return general vectors of one channel after some passes over train, which bring its own keys in."""
    settings = general.records[channel].settings
    settings = settings.model_copy(update={"min_count": own_min_count(settings.min_count)})
    start = partial(general.read, channel)
    own = replace(wanted, settings=settings)
    return cached_vectors(train, own, directory, start, general.bytes_sha256(channel))
