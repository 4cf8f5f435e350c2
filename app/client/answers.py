"""What the service answers, as dataclasses; docs/openapi.json describes the same.

JSON --read_tagged, read_bundle, read_problem--> TaggedText, BundleInfo, ProblemDetail
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# Of a problem document: what is told of every problem. The rest depends on its code.
_MEMBERS = ("status", "code", "title", "detail", "request_id")


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity: text[start:end] of the text that was sent. score: the probability of exactly this one."""

    start: int
    end: int
    text: str
    label: str
    score: float


@dataclass(frozen=True, slots=True)
class Span:
    """An entity of an alternative: where and what."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class Alternative:
    """One tagging of a text, and its probability."""

    entities: tuple[Span, ...]
    probability: float


@dataclass(frozen=True, slots=True)
class TaggedText:
    """A text and what was found in it; tags (BIO, one per character) and alternatives where they were asked for."""

    text: str
    entities: tuple[Entity, ...]
    bundle: str
    tags: tuple[str, ...] | None = None
    nbest: tuple[Alternative, ...] | None = None


@dataclass(frozen=True, slots=True)
class BundleInfo:
    """The bundle that serves. fit: its settings, versions: its libraries, as the service gives them.

    words: how many of one's own are evidence; 0 of a service that does not say.
    """

    bundle: str
    fingerprint: str
    labels: tuple[str, ...]
    runtime: str
    device: str
    created: str
    fit: Mapping[str, Any]
    versions: Mapping[str, str]
    words: int = 0


@dataclass(frozen=True, slots=True)
class ProblemDetail:
    """Why something was refused, as RFC 9457 has it; `code` is what a program should look at.

    extras: what else the service says, `limit` and `actual` where there is a limit.
    """

    status: int
    code: str
    title: str
    detail: str
    request_id: str | None = None
    extras: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.title}: {self.detail} ({self.status} {self.code})"


def read_tagged(text: str, answer: Mapping[str, Any], bundle: str) -> TaggedText:
    """Return what an answer says of a text. Raises KeyError or TypeError where it is none of ours."""
    tags, nbest = answer.get("tags"), answer.get("nbest")
    return TaggedText(
        text,
        tuple(Entity(**entity) for entity in answer["entities"]),
        bundle,
        None if tags is None else tuple(tags),
        None if nbest is None else tuple(map(_read_alternative, nbest)),
    )


def read_bundle(answer: Mapping[str, Any]) -> BundleInfo:
    """Return what the service says of its bundle. Raises KeyError where it is none of ours."""
    given = {"words": 0, **answer}
    known = {name: given[name] for name in BundleInfo.__dataclass_fields__}
    return BundleInfo(**{**known, "labels": tuple(answer["labels"])})


def read_problem(answer: Any) -> ProblemDetail | None:
    """Return the problem that a document describes, None if it is no problem document of the service.

    >>> str(read_problem({"status": 422, "code": "invalid_text", "title": "T", "detail": "D"}))
    'T: D (422 invalid_text)'
    """
    if not isinstance(answer, Mapping) or not {"status", "code", "title", "detail"} <= answer.keys():
        return None
    extras = {name: value for name, value in answer.items() if name not in (*_MEMBERS, "type")}
    known: dict[str, Any] = {name: answer.get(name) for name in _MEMBERS}
    return ProblemDetail(**known, extras=extras)


def _read_alternative(answer: Mapping[str, Any]) -> Alternative:
    return Alternative(tuple(Span(**span) for span in answer["entities"]), answer["probability"])
