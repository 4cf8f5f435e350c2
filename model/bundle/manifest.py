"""bundle.json: what a bundle is made of and where it came from.

    Manifest.build(...) --to_json--> bundle.json --read_manifest--> Manifest

Every other loaded file is listed with its size and sha256, and the fingerprint covers the manifest itself, so that
no changed byte goes unseen.
"""

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)

from model.bundle.config import NetworkConfig
from model.bundle.traditional import TraditionalFolds
from model.tags.schemes import SchemeName
from model.text import TEXT_RULES

FORMAT = 1
MANIFEST_FILE = "bundle.json"
REMEDY = "copy the bundle again from where it was made, or train it anew with `python -m training.fit`"

# No sane network has more; a stranger's billion would keep us counting.
MAX_LAYERS = 64
MAX_MESSAGE_CHARS = 2000
# Longest piece that a bundle may ask for.
MAX_PIECE_CHARS = 10_000

# Up to here the network in bytes serves by default.
MAX_F1_CHANGE, MAX_TAGS_CHANGED = 0.001, 0.001
# The largest value of a channel of zeros; what is far smaller could not be divided by.
MIN_RANGE = 1e-6

Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class BundleError(ValueError):
    """A bundle that can't be written, read or trusted; the message says where, expected, got and what to do.

    It quotes no more of a stranger's bundle than a log can take.
    """

    def __init__(self, message: str) -> None:
        half = MAX_MESSAGE_CHARS // 2
        super().__init__(
            message if len(message) <= MAX_MESSAGE_CHARS else f"{message[:half]} ... {message[-half:]}"
        )


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)


class FileRecord(_Strict):
    """What one file of the bundle must be."""

    sha256: Sha256
    size: int = Field(ge=0, description="bytes")


class Corpus(_Strict):
    """One corpus file that the bundle was fitted on or scored with."""

    name: str
    sha256: Sha256


class TextRules(_Strict):
    """How text is prepared, a part of the trained tagger as much as its weights."""

    rules: int = Field(TEXT_RULES, description="version of `normalise` and `split_sentences`")
    max_chars: int = Field(
        100, ge=1, le=MAX_PIECE_CHARS, description="sentences longer than this are cut at commas"
    )
    window_chars: int = Field(
        256, ge=1, le=100_000, description="pieces longer than this are read in windows"
    )
    context_chars: int = Field(
        64, alias="halo_chars", ge=0, le=10_000, description="what a window sees beyond each of its ends"
    )
    fold_traditional: TraditionalFolds | None = Field(
        None, description="traditional characters that are read as simplified ones"
    )

    @model_serializer(mode="wrap")
    def _without_default(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # So that bundles that fold nothing keep their fingerprint, and older versions read them.
        return {name: value for name, value in dump(self).items() if value is not None}

    @model_validator(mode="after")
    def _windows_overlap_little(self) -> Self:
        # Else each character would be read many times over.
        if self.context_chars > self.window_chars:
            raise ValueError(f"halo_chars: expected at most {self.window_chars}, got {self.context_chars}")
        return self


class Int8(_Strict):
    """The network in bytes, as the fit that made it compared it with float32 on dev."""

    ranges: dict[str, Annotated[float, Field(ge=MIN_RANGE, le=1e6)]] = Field(
        description="by channel: what the largest byte of its values stands for"
    )
    f1: float = Field(ge=0, le=1, description="entity F1 on dev in bytes")
    float_f1: float = Field(ge=0, le=1, description="entity F1 on dev in float32")
    tags_changed: float = Field(ge=0, le=1, description="share of dev's tags that differ between the two")

    @property
    def agrees(self) -> bool:
        """Whether bytes may stand in for float32 without being asked for."""
        return abs(self.f1 - self.float_f1) <= MAX_F1_CHANGE and self.tags_changed <= MAX_TAGS_CHANGED


class Origin(_Strict):
    """Who made the bundle, from what and when; nothing here changes what it answers."""

    created: str = Field("", description="date and time of the save, the one field outside the fingerprint")
    fit: dict[str, JsonValue] = Field({}, description="the fit config as run")
    corpora: tuple[Corpus, ...] = Field((), fail_fast=True)
    versions: dict[str, str] = Field({}, description="library name to version")
    precision: str = Field("float32", description="Keras policy of the training")


class Manifest(_Strict):
    """The content of bundle.json."""

    format: Literal[1] = 1
    fingerprint: Sha256
    network: NetworkConfig
    scheme: SchemeName
    labels: tuple[str, ...] = Field(fail_fast=True)
    tags: tuple[str, ...] = Field(fail_fast=True, description="in id order")
    text: TextRules
    tables: Literal["float16", "float32"] = Field(description="element type of the embeddings")
    origin: Origin
    files: dict[str, FileRecord]
    int8: Int8 | None = Field(None, description="absent where bytes were not tried")

    @model_serializer(mode="wrap")
    def _without_default(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # So that bundles from before there were bytes keep their fingerprint.
        return {name: value for name, value in dump(self).items() if (name, value) != ("int8", None)}

    @classmethod
    def build(cls, **fields: Any) -> "Manifest":
        """Return the manifest of these fields, its fingerprint added."""
        manifest = cls(fingerprint="0" * 64, **fields)
        return manifest.model_copy(update={"fingerprint": _fingerprint(manifest)})

    def to_json(self) -> str:
        """Return the content of bundle.json; the same fields give the same text."""
        return json.dumps(self.model_dump(mode="json"), indent=1, sort_keys=True) + "\n"


def read_manifest(path: Path, content: bytes) -> Manifest:
    """Return the manifest in `content`, read from `path`. Raises BundleError on anything but a whole one."""
    fields = read_json(path, content)
    if not isinstance(fields, dict):
        raise BundleError(f"{path}: expected a JSON object, got {type(fields).__name__}; {REMEDY}")
    if fields.get("format") != FORMAT:
        raise BundleError(
            f"{path}: expected bundle format {FORMAT}, got {fields.get('format')!r}; "
            "train the bundle anew with this version, or serve it with the version that made it"
        )
    try:
        manifest = Manifest.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise BundleError(
            f"{path}: {where}: {first['msg']}, got {_short(first['input'])}; {REMEDY}"
        ) from error
    if manifest.network.layers > MAX_LAYERS:
        raise BundleError(
            f"{path}: network.layers: expected at most {MAX_LAYERS}, got {manifest.network.layers}; {REMEDY}"
        )
    if manifest.fingerprint != _fingerprint(manifest):
        raise BundleError(
            f"{path}: expected fingerprint {_fingerprint(manifest)}, got {manifest.fingerprint}: "
            f"the file was changed after it was written; {REMEDY}"
        )
    return manifest


def read_json(path: Path, content: bytes) -> Any:
    """Return the JSON value in `content`, read from `path`; strict: no NaN, UTF-8 only. Raises BundleError."""
    try:
        return json.loads(content.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{path}: expected JSON in UTF-8, got {error}; {REMEDY}") from error


def _fingerprint(manifest: Manifest) -> str:
    fields = manifest.model_dump(mode="json", exclude={"fingerprint": True, "origin": {"created"}})
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode("ascii")).hexdigest()


def _refuse_constant(name: str) -> float:
    raise ValueError(f"the number {name}")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]}..."
