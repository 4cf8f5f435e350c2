"""The CUDA runtime with a provider that stands in: what it asks of ONNX Runtime, and what it says where that fails."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnxruntime
import pytest

from model.bundle.bundle import Bundle
from model.runtime.base import InferenceError
from model.runtime.batching import Feeds, pad_rows
from model.runtime.choice import build_runtime
from model.runtime.cuda import PROVIDER, CudaRuntime, has_cuda, provider_options
from model.runtime.onnx import OnnxRuntime
from model.tagger import Tagger

CPU = "CPUExecutionProvider"
PIECES = ("新华社北京八月二十日电", "江泽民", "复旦大学。")
LENGTHS = np.array([len(piece) for piece in PIECES], np.int32)


def make_batch(bundle: Bundle) -> Feeds:
    ends = LENGTHS.astype(np.int64)
    return pad_rows(bundle.features.encode_pieces(PIECES), ends.cumsum() - ends, ends)


class Node:
    def __init__(self, op_type: str) -> None:
        self.op_type = op_type


class Part:
    def __init__(self, ep_name: str, *ops: str) -> None:
        self.ep_name = ep_name
        self._ops = ops

    def get_nodes(self) -> list[Node]:
        return [Node(op) for op in self._ops]


class Session:
    """A session that says it is on a GPU and computes on the CPU."""

    asked: Sequence[Any]
    starts = True
    parts = (Part(PROVIDER, "Gather", "LSTM"), Part(CPU, "Shape", "Range"))

    def __init__(self, graph: bytes, options: Any, providers: Sequence[Any]) -> None:
        type(self).asked = providers
        assert options.get_session_config_entry("session.record_ep_graph_assignment_info") == "1"
        self._inner = REAL(graph, options, providers=[CPU])

    def get_providers(self) -> list[str]:
        return [PROVIDER, CPU] if self.starts else [CPU]

    def get_provider_graph_assignment_info(self) -> Sequence[Part]:
        return self.parts

    def run(self, *arguments: Any) -> Any:
        return self._inner.run(*arguments)


REAL = onnxruntime.InferenceSession


@pytest.fixture
def cuda(monkeypatch: pytest.MonkeyPatch) -> type[Session]:
    """A machine with a GPU, the provider installed."""
    session = type("FreshSession", (Session,), {})
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [PROVIDER, CPU])
    monkeypatch.setattr(onnxruntime, "InferenceSession", session)
    monkeypatch.setattr(onnxruntime, "preload_dlls", lambda: None)
    monkeypatch.setattr("model.runtime.cuda.find_gpu", lambda: "NVIDIA Tiny")
    return session


def test_emissions_are_those_of_the_cpu(bundle: Bundle, request: pytest.FixtureRequest) -> None:
    batch = make_batch(bundle)
    expected = OnnxRuntime(bundle).emissions(batch, LENGTHS)
    request.getfixturevalue("cuda")
    runtime = build_runtime("cuda", bundle, threads=3)
    assert (runtime.name, runtime.device, runtime.threads) == ("cuda", "gpu:0 (NVIDIA Tiny)", 3)
    assert np.array_equal(runtime.emissions(batch, LENGTHS), expected)


def test_texts_are_tagged_as_on_the_cpu(cuda: type[Session], bundle: Bundle, tagger: Tagger) -> None:
    texts = ["新华社北京八月二十日电记者小明", "", "江泽民主席在人民大会堂"]
    assert Tagger(bundle, CudaRuntime(bundle)).find(texts) == tagger.find(texts)


@pytest.mark.parametrize(("memory", "limit"), [(None, None), (512, str(512 * 2**20))])
def test_provider_is_started_with_its_options(
    cuda: type[Session], bundle: Bundle, memory: int | None, limit: str | None
) -> None:
    build_runtime("cuda", bundle, memory_limit_mb=memory)
    (name, options), second = cuda.asked
    assert (name, second) == (PROVIDER, CPU)
    assert options == provider_options(memory)
    assert (options.get("gpu_mem_limit"), options["use_tf32"]) == (limit, "0")


def test_without_the_provider_the_package_to_install_is_named(bundle: Bundle) -> None:
    with pytest.raises(
        InferenceError,
        match=r"runtime cuda: expected ONNX Runtime for CUDA, got onnxruntime .* with .*CPUExecutionProvider; "
        r"install the extra `gpu-serve` .* or take ZITAG_RUNTIME=onnx",
    ):
        build_runtime("cuda", bundle)


def test_without_a_gpu(cuda: type[Session], bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    assert has_cuda()
    monkeypatch.setattr("model.runtime.cuda.find_gpu", lambda: None)
    assert not has_cuda()
    with pytest.raises(InferenceError, match=r"expected an NVIDIA GPU, found none .*; see `nvidia-smi`"):
        CudaRuntime(bundle)


def test_a_provider_that_does_not_start_is_no_silent_cpu(cuda: type[Session], bundle: Bundle) -> None:
    cuda.starts = False
    with pytest.raises(InferenceError, match=r"could not start its CUDA provider.*CUDA .* is missing"):
        CudaRuntime(bundle)


def test_arithmetic_left_to_the_cpu_is_an_error(cuda: type[Session], bundle: Bundle) -> None:
    cuda.parts = (Part(PROVIDER, "Gather", "MatMul"), Part(CPU, "Shape", "LSTM"))
    with pytest.raises(InferenceError, match=r"leaves LSTM to the CPU; take ZITAG_RUNTIME=onnx"):
        CudaRuntime(bundle)


def test_a_failing_batch_names_the_device(cuda: type[Session], bundle: Bundle) -> None:
    batch = make_batch(bundle)
    batch["char"][2, 1] = 10**6
    with pytest.raises(InferenceError, match=r"onnxruntime 1\..* on gpu:0 \(NVIDIA Tiny\): .*indices"):
        CudaRuntime(bundle).emissions(batch, LENGTHS)
