"""What the service asks of a tagger: `model.tagger.Tagger` gives it, and so does the fake of the tests."""

from collections.abc import Sequence
from typing import Protocol

from model.bundle.manifest import Origin, TextRules
from model.chunks import Chunk
from model.stitching import ChunkTagging
from model.tagger import Tagging


class Device(Protocol):
    """What computes, by name, and on what."""

    @property
    def name(self) -> str:
        """The runtime: "onnx", "cuda" or "tensorflow"."""
        ...

    @property
    def device(self) -> str:
        """The device it computes on."""
        ...


class Tagger(Protocol):
    """Texts in, entities out, in the same order. Called from one thread at a time."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that entities may have."""
        ...

    @property
    def rules(self) -> TextRules:
        """How texts are cut into sentences."""
        ...

    @property
    def origin(self) -> Origin:
        """Who made the bundle, from what and when."""
        ...

    @property
    def fingerprint(self) -> str:
        """SHA-256 over everything that answers depend on."""
        ...

    @property
    def runtime(self) -> Device:
        """What computes the emissions."""
        ...

    def tag_details(self, texts: Sequence[str], *, tags: bool = False, nbest: int = 0) -> list[Tagging]:
        """Return what is found in each text; a text alone = in any batch."""
        ...

    def tag_chunks(self, chunks: Sequence[Chunk], *, nbest: int = 0) -> list[ChunkTagging]:
        """Return what is found in each chunk; a chunk alone = in any batch."""
        ...
