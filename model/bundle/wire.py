"""network.onnx read back into the table of `model.bundle.onnx_graph`, without the onnx package.

An ONNX file is a protobuf message: fields, each a number, a wire type and a value
(protobuf.dev/programming-guides/encoding). Numbers here are those of onnx.proto3. Any field that our own
files don't use is refused, so that nothing of a stranger's file goes unread.
"""

from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import Any

from model.bundle.onnx_graph import AttributeValue, Graph, Node, Tensor

_VARINT, _BYTES = 0, 2
_EXTERNAL = 1  # TensorProto.DataLocation
# AttributeProto.AttributeType
_INT, _STRING, _INTS = 2, 3, 7


class WireError(ValueError):
    """Bytes that are no ONNX file as training writes them."""


def read_graph(content: bytes) -> Graph:
    """Return the graph of an ONNX file. Raises WireError on what `training.export.onnx_writer` never writes."""
    file = _message(content, {1: int, 2: str, 7: bytes, 8: bytes})
    opset = _message(_one(file, 8), {1: str, 2: int})
    graph = _message(_one(file, 7), {1: _node, 2: str, 5: _weight, 11: _value, 12: _value})
    if opset[1] not in ([], [""]):
        raise WireError(f"expected the standard operators alone, got {opset[1]!r}")
    nodes, weights, inputs, outputs = (tuple(graph[field]) for field in (1, 5, 11, 12))
    return Graph(nodes, weights, inputs, outputs, opset=_one(opset, 2), ir_version=_one(file, 1))


def _node(content: bytes) -> Node:
    node = _message(content, {1: str, 2: str, 3: str, 4: str, 5: _attribute})
    return Node(_one(node, 4), tuple(node[1]), tuple(node[2]), tuple(sorted(node[5], key=itemgetter(0))))


def _attribute(content: bytes) -> tuple[str, AttributeValue]:
    attribute = _message(content, {1: str, 3: int, 4: str, 8: int, 20: int})
    fields: dict[int, Callable[[], AttributeValue]] = {
        _INT: lambda: _one(attribute, 3),
        _STRING: lambda: _one(attribute, 4),
        _INTS: lambda: tuple(attribute[8]),
    }
    kind = _one(attribute, 20)
    if kind not in fields:
        raise WireError(f"expected an attribute of type INT, STRING or INTS, got {kind}")
    return _one(attribute, 1), fields[kind]()


def _weight(content: bytes) -> Tensor:
    # 13 says where the values lie; they are always handed over from memory, so it is never followed.
    tensor = _message(content, {1: int, 2: int, 8: str, 13: bytes, 14: int})
    if _one(tensor, 14) != _EXTERNAL:
        raise WireError(f"expected weight {tensor[8]!r} outside the file")
    return Tensor(_one(tensor, 8), _one(tensor, 2), tuple(tensor[1]))


def _value(content: bytes) -> Tensor:
    value = _message(content, {1: str, 2: bytes})
    tensor = _message(_one(_message(_one(value, 2), {1: bytes}), 1), {1: int, 2: bytes})
    dims = _message(_one(tensor, 2), {1: _dim})[1]
    return Tensor(_one(value, 1), _one(tensor, 1), tuple(dims))


def _dim(content: bytes) -> int | str:
    dim = _message(content, {1: int, 2: str})
    return _one(dim, 1) if dim[1] else str(_one(dim, 2))


def _message(content: bytes, readers: dict[int, Callable[[Any], Any]]) -> dict[int, list[Any]]:
    """Return the values of each field that `readers` names; WireError on any other field."""
    values: dict[int, list[Any]] = {number: [] for number in readers}
    for number, value in _fields(content):
        reader = readers.get(number)
        if reader is None or isinstance(value, int) != (reader is int):
            raise WireError(f"unexpected field {number}")
        values[number].extend(_read(reader, value))
    return values


def _read(reader: Callable[[Any], Any], value: int | bytes) -> list[Any]:
    if reader is not str:
        return [reader(value)]
    try:
        return [bytes(value).decode("utf-8")]
    except UnicodeDecodeError as error:
        raise WireError(f"expected UTF-8, got {value!r}") from error


def _one(message: dict[int, list[Any]], number: int) -> Any:
    if len(message[number]) != 1:
        raise WireError(f"expected field {number} once, got it {len(message[number])} times")
    return message[number][0]


def _fields(content: bytes) -> Iterator[tuple[int, int | bytes]]:
    position = 0
    while position < len(content):
        key, position = _varint(content, position)
        value, position = _varint(content, position)
        if key & 7 == _VARINT:
            yield key >> 3, value - (1 << 64) if value >> 63 else value
        elif key & 7 == _BYTES and position + value <= len(content):
            yield key >> 3, content[position : position + value]
            position += value
        else:
            raise WireError(f"byte {position}: expected a number or bytes that fit, got wire type {key & 7}")


def _varint(content: bytes, position: int) -> tuple[int, int]:
    """Return the number that starts at `position` (7 bits a byte, lowest first) and where it ends."""
    value = 0
    for shift in range(0, 70, 7):
        if position >= len(content):
            break
        byte = content[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
    raise WireError(f"byte {position}: expected a number, got the end of the file or too long a one")
