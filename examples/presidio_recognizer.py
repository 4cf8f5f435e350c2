"""Names of zitag in presidio-analyzer: `python examples/presidio_recognizer.py examples/sentences.txt`.

Needs `pip install presidio-analyzer` (2.2.366 or later, for its engine without a model) and a running service:
ZITAG_URL says where, ZITAG_KEY opens it.
"""

import json
import os
import sys
from typing import Any
from urllib.request import Request, urlopen

from presidio_analyzer import AnalyzerEngine, RecognizerRegistry, RecognizerResult, RemoteRecognizer
from presidio_analyzer.nlp_engine import NoOpNlpEngine

URL = os.environ.get("ZITAG_URL", "http://127.0.0.1:8000")
KEY = os.environ.get("ZITAG_KEY")
LANGUAGE = "zh"
# A label of the bundle -> the name of the entity in presidio. What stands here alone is recognised.
ENTITIES = {"PER": "PERSON", "LOC": "LOCATION", "ORG": "ORGANIZATION"}


class ZitagRecognizer(RemoteRecognizer):
    """Asks the service for the entities of each text; start and end count code points on both sides."""

    def __init__(self, url: str = URL, key: str | None = KEY, entities: dict[str, str] | None = None) -> None:
        self.url, self.key = url, key
        self.names = ENTITIES if entities is None else entities
        super().__init__(sorted(set(self.names.values())), "zitag", LANGUAGE, "1")

    def get_supported_entities(self) -> list[str]:
        """Return the entities by their names in presidio."""
        return self.supported_entities

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any = None) -> list[RecognizerResult]:
        """Return what the service finds, those of `entities` alone (all if there are none)."""
        found = [(self.names.get(found["entity_type"]), found) for found in self._ask(text)]
        return [
            RecognizerResult(name, found["start"], found["end"], found["score"])
            for name, found in found
            if name is not None and (not entities or name in entities)
        ]

    def _ask(self, text: str) -> list[dict[str, Any]]:
        headers = {"content-type": "application/json"}
        if self.key:
            headers["authorization"] = f"Bearer {self.key}"
        request = Request(f"{self.url}/tag?format=presidio", json.dumps({"text": text}).encode(), headers)
        with urlopen(request, timeout=60) as reply:
            found: list[dict[str, Any]] = json.load(reply)
            return found


def analyzer(*recognizers: Any) -> AnalyzerEngine:
    """Return an engine for Chinese with these recognisers, to which presidio's of patterns may be added."""
    engine = NoOpNlpEngine([{"lang_code": LANGUAGE, "model_name": "none"}])
    registry = RecognizerRegistry(recognizers=list(recognizers), supported_languages=[LANGUAGE])
    return AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=[LANGUAGE])


def main() -> int:
    """Print the entities of each line of a file."""
    engine = analyzer(ZitagRecognizer())
    with open(sys.argv[1], encoding="utf-8") as file:
        for line in file:
            for found in sorted(engine.analyze(line, language=LANGUAGE), key=lambda found: found.start):
                print(f"{found.entity_type:12} {found.score:.2f}  {line[found.start : found.end]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
