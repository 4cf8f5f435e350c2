"""What one fit is asked to do: one model behind the flags, the TOML file, `--help` and the saved record."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from model.bundle.config import MAX_WIDTH
from model.bundle.manifest import MAX_LAYERS, MAX_PIECE_CHARS
from training.settings import by_size
from training.settings.distillation import DistillationSettings
from training.settings.formats import FormatSettings
from training.settings.vectors import Count, VectorsSettings, Width, Window

Optimizer = Literal["adam", "adamw", "nadam", "rmsprop", "sgd", "adadelta", "adagrad"]


class ConfigError(Exception):
    """A setting of a fit that cannot be used: which one, what was given, what is expected."""


class FitConfig(FormatSettings, DistillationSettings, VectorsSettings):
    """Every setting of `python -m training.fit`."""

    preset: Literal["quick", "full", "best", "small"] = Field(
        "full",
        description="quick: minutes on two cores; full: up to an hour; best: that network, taught by three of its "
        "kind, hours; small: a network of the size of quick, taught by the same, hours",
    )
    train: tuple[str, ...] = Field(
        ("msra",), min_length=1, description="corpus files (docs/formats.md), or the name of a corpus: msra"
    )
    dev: tuple[str, ...] = Field(
        (), description="corpus files that choose the best epoch; without any, blocks are cut out of --train"
    )
    test: tuple[str, ...] = Field((), description="corpus files scored once, at the end")
    encoding: str = Field("utf-8", description="encoding of the corpus files: utf-8 or gb18030")
    stray: Literal["repair", "refuse"] = Field(
        "repair", description="an I- tag that continues nothing: begin an entity, or stop with an error"
    )

    fold_traditional: bool = Field(
        False,
        description="read traditional Chinese characters as simplified ones, in the corpora and by the tagger; offsets "
        "stay those of the text as given",
    )

    vectors: Path | None = Field(
        None,
        description="word2vec file with character vectors (text, .bin, .gz); default: trained from --train and --raw",
    )
    allow_pickle: bool = Field(
        False, description="read --vectors from a .kv or .model pickle, which can run code"
    )
    raw: tuple[str, ...] = Field(
        ("people-daily", "web-news"),
        description="raw text, a sentence or paragraph per line, to train vectors on beside --train; "
        "a name: people-daily, web-news; or none",
    )
    char_dim: int = Field(100, ge=1, le=MAX_WIDTH, description="width of the character vectors trained here")
    bigram_dim: int = Field(
        64, ge=0, le=MAX_WIDTH, description="width of the bigram vectors; 0 for no bigram channel"
    )
    char_min_count: Count = Field(2, ge=1, description="rarer characters get no vector of their own")
    bigram_min_count: Count = Field(8, ge=1, description="rarer bigrams get no vector of their own")
    word_vectors: str = Field(
        "wiki",
        description="vectors of the lexicon's words: wiki (fetched), trained (on the segmented text of --train and "
        "--raw), none for no word channel, or a word2vec file",
    )
    lexicon: tuple[str, ...] = Field(
        ("none",),
        description="files of words, one a line, with a type after a tab: a channel beside the vectors; or none",
    )
    dictionary: str = Field(
        "jieba",
        description="words that texts are segmented into, by how often each was seen; the kind of word at each "
        "character is a channel: jieba (fetched), none, or a file of word TAB kind TAB count",
    )
    word_dim: Width = Field(
        32,
        ge=1,
        description="width of the word vectors, four of which each character gets; wider ones are reduced",
    )
    dictionary_dim: Width = Field(
        100,
        ge=0,
        description="width of the vectors of --dictionary's words trained here, on --train and --raw segmented into "
        "them, beside those of --word-vectors; 0 for none",
    )
    segment_dim: Width = Field(
        32, ge=1, description="width of a word of --dictionary: its kind and vectors are reduced to it"
    )
    word_min_count: Count = Field(2, ge=1, description="words rarer in the text get no vector trained here")
    word_window: Window = Field(5, ge=1, description="word2vec window of word vectors trained here, in words")

    tag_scheme: Literal["BIO", "BIOES"] = Field("BIOES", description="tag scheme inside the network")
    max_chars: int = Field(
        100,
        ge=10,
        le=MAX_PIECE_CHARS,
        description="sentences longer than this are cut again at ； ， 、 or white space",
    )
    units: int | None = Field(
        None,
        ge=1,
        le=MAX_WIDTH,
        description="LSTM units in each direction; unless given, 200 in one layer, 136 in each of several",
    )
    layers: int | None = Field(
        None, ge=1, le=MAX_LAYERS, description="stacked BiLSTM layers; unless given by corpus size, 1 or 2"
    )
    conv_filters: Width = Field(
        0, ge=0, description="filters of a width-3 convolution before the BiLSTM; 0 for none"
    )
    embedding_dropout: float | None = Field(
        None, ge=0, lt=1, description="dropout on the embeddings; unless given by corpus size, 0.5 or 0.3"
    )
    hidden_dropout: float | None = Field(
        None,
        ge=0,
        lt=1,
        description="dropout on each BiLSTM's output; unless given by corpus size, 0.5 or 0.3",
    )

    epochs: Count = Field(
        0,
        ge=0,
        description="passes over the training text, at most; 0: by corpus size, 8 to 30, quick 3 to 30",
    )
    patience: Count = Field(10, ge=1, description="stop after so many epochs without a better dev F1")
    batch_chars: Count = Field(
        0,
        ge=0,
        description="characters in a batch, padding included; 0: by corpus size, 800 to 3200, on a GPU four times that",
    )
    optimizer: Optimizer = Field(
        "adam",
        description="Keras optimizer; sgd, adagrad and adadelta need a --learning-rate of 0.03 or more",
    )
    learning_rate: float = Field(3e-3, gt=0, description="peak learning rate")
    schedule: Literal["cosine", "linear", "constant"] = Field(
        "cosine", description="learning rate from its peak to 0 over --epochs, or constant"
    )
    warmup: float = Field(
        0.0, ge=0, lt=1, description="share of the steps in which the learning rate rises from 0"
    )
    weight_decay: float | None = Field(
        None, ge=0, description="decoupled weight decay; unless given none, and Keras's 0.004 for adamw"
    )
    clip_norm: float = Field(5.0, gt=0, description="gradients are clipped to this global norm")
    average: float = Field(
        0.999,
        ge=0,
        lt=1,
        description="decay of the running average of weights that is scored and saved; 0 for none",
    )
    precision: Literal["auto", "float32", "mixed_bfloat16", "mixed_float16"] = Field(
        "auto",
        description="of the layers' products; auto: mixed_bfloat16 on one CPU that multiplies it, else float32",
    )
    threads: int = Field(0, ge=0, description="TensorFlow threads; 0 for all cores")
    max_steps: Count = Field(0, ge=0, description="stop an epoch after so many batches; 0 for whole epochs")
    seed: int = Field(
        20261122,
        ge=0,
        le=2**31 - 1,
        description="seed of weights, batches, dropout, and of the dev split cut out of --train",
    )

    intended_use: str | None = Field(None, description="model card: what the tagger is for")
    data_note: str | None = Field(None, description="model card: whose the corpora are, who may use them")
    licence: str | None = Field(None, description="model card: the licence of the bundle")

    output: Path = Field(Path("bundles/default"), description="the bundle's folder")
    runs: Path = Field(Path("runs"), description="where the run's folder (config, logs, checkpoint) is made")
    cache: Path = Field(Path("data/.cache"), description="where vectors and arrays are kept between runs")
    resume: bool = Field(
        False, description="go on from the last whole epoch of the run with this output name"
    )
    overwrite: bool = Field(False, description="replace a bundle that stands at --output")
    quiet: bool = Field(False, description="show no progress on standard error")

    def batch_chars_for(self, chars: int) -> int:
        """Return the characters of a batch for a corpus of so many, where none are given."""
        return self.batch_chars or by_size.batch_chars(chars)

    def with_choices_for(self, chars: int, tags: int = 1) -> "FitConfig":
        """Return the settings with network, epochs and dropouts chosen for so many characters, where none are given.

        Batches are smaller where so many tags need it; else they stay open, for they follow from the corpus.

        A network overfits a small corpus when the learning rate stays high for long, or with little dropout.

        >>> FitConfig().with_choices_for(70_000).epochs
        8
        >>> [FitConfig().with_choices_for(chars).hidden_dropout for chars in (70_000, 200_000)]
        [0.5, 0.3]
        >>> [(c.layers, c.units, c.teachers) for c in map(FitConfig().with_choices_for, (70_000, 200_000))]
        [(1, 200, 0), (2, 136, 3)]
        """
        small = by_size.is_small(chars)
        dropout = 0.5 if small else 0.3
        layers = self.layers or (1 if small else 2)
        most = by_size.most_batch_chars(tags)
        chosen = {
            **self.teaching_for(chars, self.preset, self.raw),
            "batch_chars": self.batch_chars or (most if most < by_size.batch_chars(chars) else 0),
            "epochs": self.epochs or by_size.epochs(chars, quick=self.preset == "quick"),
            "layers": layers,
            "units": self.units or (200 if layers == 1 else 136),
            "embedding_dropout": dropout if self.embedding_dropout is None else self.embedding_dropout,
            "hidden_dropout": dropout if self.hidden_dropout is None else self.hidden_dropout,
        }
        return self.model_copy(update=chosen)

    @property
    def run_dir(self) -> Path:
        """Folder of this run: config, logs, checkpoint."""
        return self.runs / self.output.name
