"""A client of the service, for Python: `from app.client import Client`. Needs httpx, and nothing of what tags.

texts --requests--> JSON --steps: tries again--> Client, AsyncClient: send and wait --> service
      service --whole--> JSON, bounded --answers--> TaggedText, or an error
texts --windows--> a few lines at a time --/tag/stream--> TaggedText or ProblemDetail of each

    with Client("http://127.0.0.1:8000") as client:
        for entity in client.tag("小明在北京大学读书。").entities:
            print(entity.label, entity.text)
"""

try:
    import httpx as _  # noqa: F401
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "expected the package 'httpx', which is not installed; pip install 'zitag[client]'", name="httpx"
    ) from error

from app.client.answers import Alternative, BundleInfo, Entity, ProblemDetail, Span, TaggedText
from app.client.asynchronous import AsyncClient
from app.client.errors import ClientError, Refused, UnexpectedAnswer, Unreachable
from app.client.retries import Retries
from app.client.synchronous import Client

__all__ = [
    "Alternative",
    "AsyncClient",
    "BundleInfo",
    "Client",
    "ClientError",
    "Entity",
    "ProblemDetail",
    "Refused",
    "Retries",
    "Span",
    "TaggedText",
    "UnexpectedAnswer",
    "Unreachable",
]
