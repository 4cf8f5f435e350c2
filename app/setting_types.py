"""What a setting may hold where a plain type does not say it; messages are those of `SettingsError`."""

import ipaddress
import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator
from pydantic_settings import NoDecode

from app.min_score import MinScore, read_min_score

_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#@\s]+")
# Segments that need no encoding, so that the path is the same in a request, in a header and in JSON.
_PATH = re.compile(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)*/?")


def _split(value: object) -> object:
    """Return words with commas between as a tuple: an environment variable holds a list so, not as JSON."""
    if not isinstance(value, str):
        return value
    return tuple(word.strip() for word in value.split(",") if word.strip())


def _check_hosts(value: str) -> str:
    if not value.strip(" ,"):
        raise ValueError("expected an address, or several with commas between")
    return value


def _check_networks(value: tuple[str, ...]) -> tuple[str, ...]:
    for network in value:
        ipaddress.ip_network(network, strict=False)
    return value


def _check_origins(value: tuple[str, ...]) -> tuple[str, ...]:
    """Return origins as browsers name them: in lower case, without a slash at the end."""
    origins = tuple(origin.lower().rstrip("/") for origin in value)
    for given, origin in zip(value, origins, strict=True):
        if origin not in ("*", "null") and not _ORIGIN.fullmatch(origin):
            raise ValueError(
                f"expected origins as https://site.example, no path after them, or *; {given!r} is none"
            )
    return origins


def _check_path(value: str) -> str:
    if not _PATH.fullmatch(value):
        raise ValueError("expected a path as /ner, of letters, digits and . _ ~ -")
    return value


def _read_min_score(value: object) -> object:
    return read_min_score(value) if isinstance(value, str) else value


Origins = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split), AfterValidator(_check_origins)]
Hosts = Annotated[str, AfterValidator(_check_hosts)]
Networks = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split), AfterValidator(_check_networks)]
MinScoreText = Annotated[MinScore, NoDecode, BeforeValidator(_read_min_score)]
PathPrefix = Annotated[str, AfterValidator(_check_path)]
