"""Metrics for Prometheus. They belong to one service: nothing is registered globally.

requests, batches, reloads --observe--> Metrics --render--> the text at /metrics
"""

from collections import Counter as Counted
from collections.abc import Callable, Sequence
from functools import cache

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from app.problems import PROBLEMS
from model.tagger import Tagging

__all__ = ["CONTENT_TYPE_LATEST", "Metrics"]

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_TEXTS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
_CHARS = (16, 64, 256, 1024, 2048, 4096, 8192, 16384)


class Metrics:
    """Counters, histograms and gauges; names and meanings are in docs/service.md."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._described: list[tuple[str, tuple[str, ...], str]] = []
        self._requests = self._counter("requests", "Requests answered", "path", "status")
        self._request_seconds = self._histogram(
            "request_seconds", "From request to answer, of /tag and /predict", _SECONDS
        )
        self._queue_seconds = self._histogram(
            "queue_seconds", "From accepted to taken by the tagger", _SECONDS
        )
        self._inference_seconds = self._histogram("inference_seconds", "Tagging of one batch", _SECONDS)
        self._batch_texts = self._histogram("batch_texts", "Texts, or parts of long ones, in a batch", _TEXTS)
        self._batch_chars = self._histogram("batch_chars", "Characters in a batch", _CHARS)
        self._rejected = self._counter("rejected", "Requests refused or failed, by problem code", "reason")
        self._entities = self._counter("entities", "Entities found", "label")
        self._unknown_chars = self._counter("unknown_chars", "Characters that the bundle has no vector for")
        self._log_lines_dropped = self._counter("log_lines_dropped", "Lines of log that nobody read in time")
        self._reloads = self._counter("reloads", "Bundles loaded or refused", "result")
        self._bundle = self._gauge("bundle_info", "The bundle that serves: 1", "bundle", "runtime", "device")
        self._words = self._gauge("words", "Words of one's own that are evidence")
        self._queue_depth = self._gauge("queue_depth", "Characters that wait to be tagged")
        self._ready = self._gauge("ready", "1 if ready to serve, else 0")
        ProcessCollector(registry=self._registry)
        # A counter that first appears at 1 has not grown, to Prometheus: the first refusal would raise no alert.
        for code in PROBLEMS:
            self._rejected.labels(code)
        for result in ("loaded", "refused"):
            self._reloads.labels(result)
        # There are few of both, and looking them up in the library takes longer than counting.
        self._request_count = cache(lambda path, status: self._requests.labels(path, str(status)))
        self._entity_count = cache(self._entities.labels)

    def watch(self, queue_depth: Callable[[], float], ready: Callable[[], bool]) -> None:
        """Read these two at every scrape."""
        self._queue_depth.set_function(queue_depth)
        self._ready.set_function(lambda: float(ready()))

    def request(self, path: str, status: int, seconds: float | None) -> None:
        """Count an answered request; `path` must be one of few. `seconds` is given where latency is measured."""
        self._request_count(path, status).inc()
        if seconds is not None:
            self._request_seconds.observe(seconds)

    def rejected(self, code: str) -> None:
        """Count a request that was refused or failed."""
        self._rejected.labels(code).inc()

    def started(self, queue_seconds: float) -> None:
        """Observe how long a request waited in the queue."""
        self._queue_seconds.observe(queue_seconds)

    def batch(self, texts: int, chars: int, seconds: float) -> None:
        """Observe a tagged batch."""
        self._inference_seconds.observe(seconds)
        self._batch_texts.observe(texts)
        self._batch_chars.observe(chars)

    def found(self, taggings: Sequence[Tagging]) -> None:
        """Count the entities and unknown characters in the answers to one request."""
        labels = Counted([entity.label for tagging in taggings for entity in tagging.entities])
        for label, count in labels.items():
            self._entity_count(label).inc(count)
        if unknown_chars := sum([tagging.unknown_chars for tagging in taggings]):
            self._unknown_chars.inc(unknown_chars)

    def log_line_dropped(self) -> None:
        """One line of log was dropped."""
        self._log_lines_dropped.inc()

    def reload(self, result: str) -> None:
        """Count a bundle that was "loaded" or "refused"."""
        self._reloads.labels(result).inc()

    def serving(self, bundle: str, runtime: str, device: str, words: int = 0) -> None:
        """Note which bundle serves from now on, and with how many words."""
        self._words.set(words)
        self._bundle.clear()
        self._bundle.labels(bundle, runtime, device).set(1)

    def render(self) -> bytes:
        """Return all metrics in Prometheus's text format."""
        return generate_latest(self._registry)

    def described(self) -> list[tuple[str, tuple[str, ...], str]]:
        """Return name, labels and meaning of each metric, in the order of this file."""
        return self._described

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        self._described.append((f"zitag_{name}_total", labels, meaning))
        return Counter(f"zitag_{name}", meaning, labels, registry=self._registry)

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        self._described.append((f"zitag_{name}", labels, meaning))
        return Gauge(f"zitag_{name}", meaning, labels, registry=self._registry)

    def _histogram(self, name: str, meaning: str, buckets: tuple[float, ...]) -> Histogram:
        self._described.append((f"zitag_{name}", (), meaning))
        return Histogram(f"zitag_{name}", meaning, registry=self._registry, buckets=buckets)
