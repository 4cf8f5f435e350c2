"""network.onnx: the graph of `model.bundle.onnx_graph` as the bytes of an ONNX file.

NetworkConfig --emissions_graph--> Graph --build_onnx--> bytes; the same config gives the same bytes

An ONNX file is a protobuf message: fields in order of their numbers, each a key (number * 8 + wire type) and a value
(protobuf.dev/programming-guides/encoding). Numbers here are those of onnx.proto. The file holds structure only: every
weight is declared as lying outside, and handed to the session from memory.
"""

import math

from model.bundle.config import NetworkConfig
from model.bundle.onnx_graph import FLOAT16, AttributeValue, Graph, Node, Tensor, emissions_graph

_NAME = "zitag"
# Where the declared weights say they are; never opened by ONNX Runtime.
_WEIGHTS_FILE = "weights.safetensors"
_EXTERNAL = 1  # TensorProto.DataLocation
_INT, _STRING, _INTS = 2, 3, 7  # AttributeProto.AttributeType
_NUMBER, _BYTES = 0, 2  # wire types


def build_onnx(config: NetworkConfig, *, half_tables: bool = False) -> bytes:
    """Return the content of network.onnx for `config`; `half_tables` says that the embeddings are float16.

    Inputs: int32 ["batch", "time"] per channel and "lengths" int32 ["batch"]. Output: "emissions" float32
    ["batch", "time", tags].
    """
    graph = emissions_graph(config, half_tables=half_tables)
    opset = _field(1, "") + _field(2, graph.opset)
    return _field(1, graph.ir_version) + _field(2, _NAME) + _field(7, _graph(graph)) + _field(8, opset)


def _graph(graph: Graph) -> bytes:
    return (
        b"".join(_field(1, _node(node)) for node in graph.nodes)
        + _field(2, _NAME)
        + b"".join(_field(5, _weight(tensor)) for tensor in graph.weights)
        + b"".join(_field(11, _value(tensor)) for tensor in graph.inputs)
        + b"".join(_field(12, _value(tensor)) for tensor in graph.outputs)
    )


def _node(node: Node) -> bytes:
    attributes = b"".join(_field(5, _attribute(name, value)) for name, value in node.attributes)
    return _fields(1, node.inputs) + _fields(2, node.outputs) + _field(4, node.op) + attributes


def _attribute(name: str, value: AttributeValue) -> bytes:
    if isinstance(value, int):
        return _field(1, name) + _field(3, value) + _field(20, _INT)
    if isinstance(value, str):
        return _field(1, name) + _field(4, value) + _field(20, _STRING)
    return _field(1, name) + _fields(8, value) + _field(20, _INTS)


def _weight(tensor: Tensor) -> bytes:
    dims = [int(dim) for dim in tensor.dims]
    length = math.prod(dims) * (2 if tensor.type == FLOAT16 else 4)
    places = (("location", _WEIGHTS_FILE), ("offset", "0"), ("length", str(length)))
    outside = b"".join(_field(13, _field(1, key) + _field(2, value)) for key, value in places)
    return (
        _fields(1, dims) + _field(2, tensor.type) + _field(8, tensor.name) + outside + _field(14, _EXTERNAL)
    )


def _value(tensor: Tensor) -> bytes:
    dims = (_field(1, dim) if isinstance(dim, int) else _field(2, dim) for dim in tensor.dims)
    shape = b"".join(_field(1, dim) for dim in dims)
    tensor_type = _field(1, tensor.type) + _field(2, shape)
    return _field(1, tensor.name) + _field(2, _field(1, tensor_type))


def _fields(number: int, values: tuple[str, ...] | tuple[int, ...] | list[int]) -> bytes:
    return b"".join(_field(number, value) for value in values)


def _field(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3 | _NUMBER) + _varint(value)
    content = value.encode("utf-8") if isinstance(value, str) else value
    return _varint(number << 3 | _BYTES) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    """Return a number 7 bits a byte, lowest first; a negative one as its complement to 2 ** 64.

    >>> _varint(300).hex(), len(_varint(-1))
    ('ac02', 10)
    """
    value %= 1 << 64
    parts = []
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])
