"""The walks of a request and of a sentence, as they are traced: what they must pass, in this order, and how long."""

import re
from pathlib import Path

import pytest
from walks import request_walk, sentence_walk

PAGE = (Path(__file__).parent.parent / "docs" / "architecture.md").read_text("utf-8")


@pytest.fixture(scope="module")
def walk() -> list[str]:
    return request_walk()


def test_a_request_passes_the_function_that_its_route_names(walk: list[str]) -> None:
    order = ["app.http.middleware", "app.http.routing", "app.api.tag", "app.service", "app.queue.batcher"]
    assert [name for name in walk if name in order] == order


def test_tagging_happens_between_the_queue_and_the_answer(walk: list[str]) -> None:
    order = [
        "app.queue.worker",
        "model.predictor",
        "model.runtime.onnx",
        "model.crf.viterbi",
        "app.api.answers",
    ]
    assert [name for name in walk if name in order] == order


def test_each_module_is_named_once_and_exists(walk: list[str]) -> None:
    assert len(walk) == len(set(walk))
    assert not [name for name in walk if not name.startswith(("app.", "model."))]


def drawn(title: str) -> list[str]:
    """Return the modules of a numbered list of docs/architecture.md, in order."""
    section = PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\d+\. `([\w.]+)`: ", section, re.MULTILINE)


def test_a_request_walks_as_the_document_draws_it(walk: list[str]) -> None:
    wanted = drawn("The walk of a request")
    assert len(wanted) > 5
    assert [name for name in walk if name in wanted] == wanted


def test_a_sentence_walks_as_the_document_draws_it() -> None:
    wanted = drawn("The walk of a sentence")
    assert len(wanted) > 5
    assert [name for name in sentence_walk() if name in wanted] == wanted


def test_a_sentence_passes_few_modules_in_the_order_of_its_walk() -> None:
    walk = sentence_walk()
    order = ["training.corpus.reader", "model.text", "model.features.channels", "training.data.batches"]
    assert [name for name in walk if name in order] == order
    assert len(walk) <= 17, walk
