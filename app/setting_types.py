"""What a setting may hold where a plain type does not say it; messages are those of `SettingsError`."""

import ipaddress
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, StringConstraints
from pydantic_settings import NoDecode

from app.min_score import MinScore, read_min_score


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


def _read_min_score(value: object) -> object:
    return read_min_score(value) if isinstance(value, str) else value


CommaList = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Hosts = Annotated[str, AfterValidator(_check_hosts)]
Networks = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split), AfterValidator(_check_networks)]
MinScoreText = Annotated[MinScore, NoDecode, BeforeValidator(_read_min_score)]
# Segments that need no encoding, so that the path is the same in a request, in a header and in JSON.
PathPrefix = Annotated[str, StringConstraints(pattern=r"^(/[A-Za-z0-9._~-]+)*/?$")]
