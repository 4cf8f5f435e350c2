"""network.onnx against the onnx package: the same message, whole and sound."""

import math

import onnx
import pytest
from onnx import TensorProto, helper

from model.bundle.config import ChannelConfig, NetworkConfig
from model.bundle.onnx_bytes import build_onnx
from model.bundle.onnx_graph import EMISSIONS, FLOAT16, Graph, Tensor, emissions_graph

CHARS = ChannelConfig(name="char", rows=9, dim=4)
BIGRAMS = ChannelConfig(name="bigram", rows=100_000, dim=3)
WORDS = ChannelConfig(name="word", rows=300, dim=2, kind="words")

CONFIGS = {
    "one channel": NetworkConfig(channels=(CHARS,), tags=3, units=2),
    "words": NetworkConfig(channels=(CHARS, WORDS), tags=5, units=7),
    "three layers": NetworkConfig(channels=(CHARS, BIGRAMS), tags=13, units=200, layers=3),
    "convolution": NetworkConfig(channels=(CHARS, BIGRAMS), tags=13, conv_filters=7),
    "everything": NetworkConfig(channels=(CHARS, BIGRAMS, WORDS), tags=40, layers=2, conv_filters=300),
}


def value_info(tensor: Tensor) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(tensor.name, tensor.type, tensor.dims)


def weight(tensor: Tensor) -> TensorProto:
    dims = [int(dim) for dim in tensor.dims]
    proto = TensorProto(
        name=tensor.name, data_type=tensor.type, dims=dims, data_location=TensorProto.EXTERNAL
    )
    length = math.prod(dims) * (2 if tensor.type == FLOAT16 else 4)
    for key, value in (("location", "weights.safetensors"), ("offset", 0), ("length", length)):
        entry = proto.external_data.add()
        entry.key, entry.value = key, str(value)
    return proto


def written_by_onnx(graph: Graph) -> bytes:
    """Return what the onnx package makes of the table."""
    proto = helper.make_model(
        helper.make_graph(
            [helper.make_node(n.op, n.inputs, n.outputs, **dict(n.attributes)) for n in graph.nodes],
            "zitag",
            [value_info(tensor) for tensor in graph.inputs],
            [value_info(tensor) for tensor in graph.outputs],
            initializer=[weight(tensor) for tensor in graph.weights],
        ),
        opset_imports=[helper.make_opsetid("", graph.opset)],
        ir_version=graph.ir_version,
        producer_name="zitag",
    )
    return bytes(proto.SerializeToString(deterministic=True))


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
@pytest.mark.parametrize("half_tables", [True, False])
def test_bytes_are_those_that_the_onnx_package_writes(config: NetworkConfig, half_tables: bool) -> None:
    graph = emissions_graph(config, half_tables=half_tables)
    assert build_onnx(config, half_tables=half_tables) == written_by_onnx(graph)


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_graph_passes_the_checker_and_its_shapes_fit_together(config: NetworkConfig) -> None:
    model = onnx.load_from_string(build_onnx(config, half_tables=True))
    for tensor in model.graph.initializer:  # the checker would look for the file
        tensor.data_location = TensorProto.DEFAULT
        del tensor.external_data[:]
        size = 2 if tensor.data_type == TensorProto.FLOAT16 else 4
        tensor.raw_data = bytes(math.prod(tensor.dims) * size)
    onnx.checker.check_model(model, full_check=True)
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    (emissions,) = inferred.graph.output
    dims = [dim.dim_param or dim.dim_value for dim in emissions.type.tensor_type.shape.dim]
    assert (emissions.name, dims) == (EMISSIONS, ["batch", "time", config.tags])
