"""From the bytes of a request to its texts and options.

content-type, query, body --read_request--> TagRequest, or Problem: 415, 422
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from app.api.json_cost import SMALL_BYTES, check_cost
from app.api.query import read_query, with_options
from app.api.refusals import details, refuse
from app.api.schemas import TagRequest
from app.problems import Problem

# What text/plain may be encoded in, by the names that clients give it.
_CHARSETS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "ascii",
    "gb18030": "gb18030",
    "gbk": "gb18030",
    "gb2312": "gb18030",
}
JSON_TYPES = ("application/json",)
_BOM = b"\xef\xbb\xbf"
# As ZITAG_MAX_TEXTS has it by default.
_MAX_TEXTS = 1024

Document = TypeVar("Document", bound=BaseModel)
Read = TypeVar("Read")


async def read_off_loop(read: Callable[[bytes], Read], body: bytes) -> Read:
    """Return what `read` makes of a body: a long one is read in a thread, while the event loop serves others."""
    return read(body) if len(body) <= SMALL_BYTES else await asyncio.to_thread(read, body)


def read_request(content_type: str, query: bytes, body: bytes, max_texts: int = _MAX_TEXTS) -> TagRequest:
    """Return what the client asks for; exactly one of `text` and `texts` is set.

    max_texts: so many and their options are read even where they are a few bytes each (see `check_cost`).
    Raises Problem: unsupported_media_type, invalid_text, invalid_request, too_many_texts.

    >>> read_request("text/plain", b"min_score=0.5", "小明".encode()).text
    '小明'
    >>> read_request("application/json", b"", b'{"texts": ["a"]}').texts
    ('a',)
    """
    if media_type_of(content_type) == "text/plain":
        request = TagRequest(text=_decode(body, _charset_of(content_type)))
    else:
        check_json_type(content_type, also=" or text/plain")
        request = read_json(body, max_texts)
    return with_options(request, read_query(query)) if query else request


def media_type_of(content_type: str) -> str:
    """Return the media type of a content-type header, without its parameters.

    >>> media_type_of("Text/Plain; charset=gbk")
    'text/plain'
    """
    return content_type.partition(";")[0].strip().lower()


def check_json_type(content_type: str, media_types: Sequence[str] = JSON_TYPES, also: str = "") -> None:
    """Raise Problem if a body is not said to be JSON, which is UTF-8 (RFC 8259, 8.1): unsupported_media_type.

    media_types: what it may be called. also: what else the caller reads.
    """
    media_type, charset = media_type_of(content_type), _charset_of(content_type)
    if media_type not in media_types:
        got = repr(media_type[:100]) if media_type else "none"
        raise Problem("unsupported_media_type", f"expected content-type {media_types[0]}{also}, got {got}")
    if _CHARSETS.get(charset) not in ("utf-8", "ascii"):
        raise Problem(
            "unsupported_media_type", f"expected JSON in UTF-8, got charset {charset[:40]!r}; send UTF-8"
        )


def read_json(body: bytes | str, max_texts: int = _MAX_TEXTS) -> TagRequest:
    """Return the request in a JSON document. Raises Problem: invalid_request, too_many_texts."""
    request = read_document(TagRequest, body, max_texts)
    if [request.text, request.texts, request.inputs].count(None) != 2:
        raise Problem("invalid_request", "expected exactly one of `text` and `texts` (or `inputs`)")
    return request if request.inputs is None else _with_texts(request)


def read_document(kind: type[Document], body: bytes | str, max_texts: int = _MAX_TEXTS) -> Document:
    """Return what a JSON document says, as `kind`. Raises Problem: invalid_request, too_many_texts."""
    check_cost(body.encode() if isinstance(body, str) else body, max_texts)
    try:
        return kind.model_validate_json(body, strict=True)
    except ValidationError as error:
        if details(error)[0]["type"] == "json_invalid":
            return _read_unusual_json(kind, body, error)
        refuse(error)


def _with_texts(request: TagRequest) -> TagRequest:
    """Return a request with `inputs` as one with `text` or `texts`, whose format is Hugging Face's by default."""
    name = "text" if isinstance(request.inputs, str) else "texts"
    if "format" in request.model_fields_set:
        return request.model_copy(update={name: request.inputs, "inputs": None})
    made = request.model_copy(update={name: request.inputs, "inputs": None, "format": "hf"})
    made.model_fields_set.discard("format")  # the query string may say otherwise
    return made


def _read_unusual_json(kind: type[Document], body: bytes | str, error: ValidationError) -> Document:
    r"""Return what is said in JSON that pydantic refuses, but that clients do send.

    That is a byte order mark, and half an emoji as `\ud83d`: what JavaScript sends when it cuts a string there.
    """
    raw = body.encode() if isinstance(body, str) else body
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as wrong:
        detail = f"byte {wrong.start} of the body is not UTF-8; send UTF-8"
        raise Problem("invalid_request", detail) from None
    if not raw.startswith(_BOM) and b"\\u" not in raw:
        refuse(error)
    try:
        document = json.loads(raw.removeprefix(_BOM).decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        refuse(error)
    try:
        # Lists become tuples: that is what strict mode takes for them outside JSON.
        return kind.model_validate(_with_tuples(document), strict=True)
    except ValidationError as wrong:
        refuse(wrong)


def _with_tuples(document: Any) -> Any:
    """Return a document whose own lists, and those of its own members, are tuples."""
    if not isinstance(document, dict):
        return document
    return {
        name: _flat_tuples(value) if isinstance(value, dict) else _as_tuple(value)
        for name, value in document.items()
    }


def _flat_tuples(members: dict[str, Any]) -> dict[str, Any]:
    return {name: _as_tuple(value) for name, value in members.items()}


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _charset_of(content_type: str) -> str:
    charset = "utf-8"
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            charset = value.strip().strip('"').lower()
    return charset


def _decode(body: bytes, charset: str) -> str:
    if charset not in _CHARSETS:
        raise Problem(
            "unsupported_media_type", f"expected charset utf-8 or gb18030, got {charset[:40]!r}; send UTF-8"
        )
    try:
        return body.decode(_CHARSETS[charset])
    except UnicodeDecodeError as error:
        raise Problem("invalid_text", f"byte {error.start} of the body is not {charset}") from None
