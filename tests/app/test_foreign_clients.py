"""Clients that others wrote work against the service as it is."""

import importlib.util
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any, NamedTuple

import pytest
from fakes import answer_to
from huggingface_hub import InferenceClient
from huggingface_hub.errors import HfHubHTTPError
from loopback import ROOT, Server
from raw_client import HOST

KEY = "sesam"
TEXT = "😀在ABC去XY"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    fake = (str(ROOT / "tests" / "app" / "fake_server.py"), "0", "0")
    with Server({"api_keys": KEY}, fake) as server:
        yield f"http://{HOST}:{server.port}"


@pytest.fixture
def inference(address: str) -> InferenceClient:
    return InferenceClient(model=f"{address}/tag", token=KEY)


@pytest.mark.parametrize("strategy", [None, "simple", "max"])
def test_hugging_faces_client_gets_the_entities(inference: InferenceClient, strategy: Any) -> None:
    found = inference.token_classification(TEXT, aggregation_strategy=strategy)
    rows = [(row.entity_group, row.word, row.start, row.end, row.score) for row in found]
    assert rows == [
        tuple(row[name] for name in ("label", "text", "start", "end", "score")) for row in answer_to(TEXT)
    ]


def test_hugging_faces_client_may_ignore_labels(inference: InferenceClient) -> None:
    found = inference.token_classification(TEXT, ignore_labels=["O", "PER"], stride=8)
    assert [row.word for row in found] == ["XY"]


def test_hugging_faces_client_is_told_what_is_refused(inference: InferenceClient, address: str) -> None:
    with pytest.raises(HfHubHTTPError) as refusal:
        inference.token_classification(TEXT, aggregation_strategy="none")
    assert refusal.value.response.status_code == 422
    with pytest.raises(HfHubHTTPError, match="401"):
        InferenceClient(model=f"{address}/tag", token="wrong").token_classification(TEXT)


class RecognizerResult(NamedTuple):
    """As presidio has it."""

    entity_type: str
    start: int
    end: int
    score: float


class RemoteRecognizer:
    def __init__(
        self, supported_entities: list[str], name: str, supported_language: str, version: str
    ) -> None:
        self.supported_entities = supported_entities
        self.supported_language = supported_language


@pytest.fixture
def recipe(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The example; where presidio-analyzer is not installed, with the little that it takes of it."""
    if importlib.util.find_spec("presidio_analyzer") is None:
        presidio, engines = ModuleType("presidio_analyzer"), ModuleType("presidio_analyzer.nlp_engine")
        vars(presidio).update(RecognizerResult=RecognizerResult, RemoteRecognizer=RemoteRecognizer)
        vars(presidio).update(AnalyzerEngine=None, RecognizerRegistry=None)
        vars(engines).update(NoOpNlpEngine=None)
        monkeypatch.setitem(sys.modules, "presidio_analyzer", presidio)
        monkeypatch.setitem(sys.modules, "presidio_analyzer.nlp_engine", engines)
    spec = importlib.util.spec_from_file_location("recipe", ROOT / "examples" / "presidio_recognizer.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ([], [("PERSON", "ABC"), ("LOCATION", "XY")]),
        (["LOCATION", "EMAIL_ADDRESS"], [("LOCATION", "XY")]),
        (["ORGANIZATION"], []),
    ],
)
def test_presidio_gets_entities_by_its_own_names(
    recipe: ModuleType, address: str, asked: list[str], expected: list[tuple[str, str]]
) -> None:
    recognizer = recipe.ZitagRecognizer(address, KEY)
    assert recognizer.get_supported_entities() == ["LOCATION", "ORGANIZATION", "PERSON"]
    found = recognizer.analyze(TEXT, asked)
    assert [(row.entity_type, TEXT[row.start : row.end]) for row in found] == expected


def test_labels_without_a_name_in_presidio_are_left_out(recipe: ModuleType, address: str) -> None:
    recognizer = recipe.ZitagRecognizer(address, KEY, {"LOC": "CITY"})
    assert [row.entity_type for row in recognizer.analyze(TEXT, [])] == ["CITY"]


@pytest.mark.skipif(
    importlib.util.find_spec("presidio_analyzer") is None,
    reason="needs presidio-analyzer: pip install presidio-analyzer",
)
def test_presidios_own_engine_finds_them(recipe: ModuleType, address: str) -> None:
    engine = recipe.analyzer(recipe.ZitagRecognizer(address, KEY))
    found = engine.analyze(TEXT, language="zh")
    assert {(row.entity_type, TEXT[row.start : row.end]) for row in found} == {
        ("PERSON", "ABC"),
        ("LOCATION", "XY"),
    }
