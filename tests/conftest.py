"""What many tests share: one tiny bundle a session, written by the real save path, without any training."""

from pathlib import Path

import hypothesis
import pytest
import tiny

from model.bundle.bundle import Bundle, load_bundle, save_bundle
from model.tagger import Tagger

# Nothing is timed here: on a busy machine an example may take long, and the first may compile.
# Every run draws the same examples, so that a failure comes back; `--hypothesis-profile=random` looks for new ones.
hypothesis.settings.register_profile("random", deadline=None)
hypothesis.settings.register_profile("repeated", deadline=None, derandomize=True)
hypothesis.settings.register_profile("quick", deadline=None, derandomize=True, max_examples=20)
hypothesis.settings.load_profile("repeated")

# Marked `slow`: what starts processes, a browser or TensorFlow, loads the machine or waits for seconds.
SLOW = (
    "tests/abuse/",
    "tests/deploy/",
    "tests/app/api/test_openapi.py::test_the_service_does_what_its_document_says",
    "tests/app/api/test_page.py",
    "tests/app/api/test_stream.py::test_a_stream_waits_for_room",
    "tests/app/api/test_tag.py::test_a_million_characters",
    "tests/app/client/",
    "tests/app/http/test_listeners.py",
    "tests/app/http/test_protocol.py",
    "tests/app/http/test_routing.py",
    "tests/app/queue/test_batcher.py::test_thousands_of_requests",
    "tests/app/queue/test_waiting.py",
    "tests/app/test_body_memory.py",
    "tests/app/test_examples.py",
    "tests/app/test_foreign_clients.py",
    "tests/app/test_load.py",
    "tests/app/test_refusals.py",
    "tests/app/test_server.py",
    "tests/app/test_signals.py",
    "tests/app/test_log_writer.py::test_a_service",
    "tests/app/test_words.py",
    "tests/model/bundle/test_files.py::test_a_hostile",
    "tests/model/bundle/test_files.py::test_hostile",
    "tests/model/bulk/test_processes.py",
    "tests/model/bulk/test_ray.py",
    "tests/model/bulk/test_spark.py",
    "tests/model/bulk/test_stores.py",
    "tests/model/test_cli.py",
    "tests/model/runtime/test_network.py",
    "tests/model/runtime/test_runtime.py",
    "tests/model/test_precompile.py",
    "tests/test_commands.py",
    "tests/test_gpu_benchmark.py",
    "tests/test_packaging.py",
    "tests/test_readme.py",
    "tests/test_walks.py",
    "tests/test_zitag.py",
    "tests/training/loop/",
    "tests/training/suspects/test_command.py::test_planted",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what `make test-fast` leaves out."""
    for item in items:
        if item.nodeid.startswith(SLOW):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Return what runs async tests: the event loop of the service."""
    return "asyncio"


@pytest.fixture(scope="session")
def tiny_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a bundle with random weights. Copy it before changing anything in it."""
    path = tmp_path_factory.mktemp("bundles") / "tiny"
    return save_bundle(path, tiny.tiny_bundle(), check=Tagger.load)


@pytest.fixture(scope="session")
def bundle(tiny_bundle: Path) -> Bundle:
    return load_bundle(tiny_bundle)


@pytest.fixture(scope="session")
def tagger(tiny_bundle: Path) -> Tagger:
    return Tagger.load(tiny_bundle, threads=1)
