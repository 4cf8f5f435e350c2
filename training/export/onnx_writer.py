"""network.onnx: the emissions graph written as ONNX, by hand.

tf2onnx turns a Keras LSTM into a slow `Loop`; `model.bundle.onnx_graph` lists the few native nodes that it takes. The
file holds structure only: every weight is an external initializer that the CPU runtime hands to its session from
memory, so that weights.safetensors is the one truth.
"""

import math

from onnx import TensorProto, ValueInfoProto, helper

from model.bundle.config import NetworkConfig
from model.bundle.onnx_graph import FLOAT16, Tensor, emissions_graph

# Where the declared weights say they are; never opened by ONNX Runtime.
WEIGHTS_FILE = "weights.safetensors"


def build_onnx(config: NetworkConfig, *, half_tables: bool = False) -> bytes:
    """Return the content of network.onnx for `config`; `half_tables` says that the embeddings are float16.

    Inputs: int32 ["batch", "time"] per channel and "lengths" int32 ["batch"]. Output: "emissions" float32
    ["batch", "time", tags]. The same config gives the same bytes.
    """
    graph = emissions_graph(config, half_tables=half_tables)
    nodes = [helper.make_node(n.op, n.inputs, n.outputs, **dict(n.attributes)) for n in graph.nodes]
    proto = helper.make_model(
        helper.make_graph(
            nodes,
            "zitag",
            [_value(tensor) for tensor in graph.inputs],
            [_value(tensor) for tensor in graph.outputs],
            initializer=[_weight(tensor) for tensor in graph.weights],
        ),
        opset_imports=[helper.make_opsetid("", graph.opset)],
        ir_version=graph.ir_version,
        producer_name="zitag",
    )
    return bytes(proto.SerializeToString(deterministic=True))


def _value(tensor: Tensor) -> ValueInfoProto:
    return helper.make_tensor_value_info(tensor.name, tensor.type, tensor.dims)


def _weight(tensor: Tensor) -> TensorProto:
    dims = [int(dim) for dim in tensor.dims]
    proto = TensorProto(
        name=tensor.name, data_type=tensor.type, dims=dims, data_location=TensorProto.EXTERNAL
    )
    length = math.prod(dims) * (2 if tensor.type == FLOAT16 else 4)
    for key, value in (("location", WEIGHTS_FILE), ("offset", 0), ("length", length)):
        entry = proto.external_data.add()
        entry.key, entry.value = key, str(value)
    return proto
