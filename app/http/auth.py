"""API keys: who may ask. None set means open.

A key comes as `Authorization: Bearer KEY`, `X-API-Key: KEY`, or as the password of `Authorization: Basic`,
which is what tools that only know user names and passwords send.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping

# RFC 6750: the challenge that tells a client what to send.
CHALLENGE = {"www-authenticate": 'Bearer realm="zitag"'}


class ApiKeys:
    """The keys that open the service. Only their SHA-256 digests are kept.

    >>> keys = ApiKeys(["first", "second"])
    >>> keys.allow({b"authorization": b"Bearer second"}), keys.allow({b"x-api-key": b"third"})
    (True, False)
    >>> bool(ApiKeys([]))
    False
    """

    def __init__(self, keys: Iterable[str]) -> None:
        self._digests = [_digest(key.encode("utf-8")) for key in keys]

    def __bool__(self) -> bool:
        return bool(self._digests)

    def allow(self, headers: Mapping[bytes, bytes]) -> bool:
        """Return whether the headers, their names in lower case, carry one of the keys.

        Digests are compared in constant time and against every key, so that neither how much of a key was
        right nor which key it was can be read from the time taken.
        """
        given = _given_key(headers)
        if given is None:
            return False
        digest = _digest(given)
        allowed = False
        for known in self._digests:
            allowed |= hmac.compare_digest(digest, known)
        return allowed


def _digest(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()


def _given_key(headers: Mapping[bytes, bytes]) -> bytes | None:
    if b"x-api-key" in headers:
        return headers[b"x-api-key"].strip()
    scheme, _, rest = headers.get(b"authorization", b"").strip().partition(b" ")
    if scheme.lower() == b"bearer":
        return rest.strip()
    return _password(rest.strip()) if scheme.lower() == b"basic" else None


def _password(credentials: bytes) -> bytes | None:
    """Return the password of Basic credentials, or None if they are malformed.

    >>> _password(base64.b64encode(b"label-studio:secret"))
    b'secret'
    """
    try:
        decoded = base64.b64decode(credentials, validate=True)
    except binascii.Error:
        return None
    _, separator, password = decoded.partition(b":")
    return password if separator else None
