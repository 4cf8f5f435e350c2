"""The emissions graph as a table: every node, weight, input and output that network.onnx may hold.

    ids int32 [batch, time] of each channel, lengths int32 [batch]; of a channel of words ids int32
    [batch, time, words] and weights float32 [batch, time, 4, words]
        -> Transpose -> Gather (half or single precision table) -> Cast (-> MatMul) -> Concat
                                                                             [time, batch, input_dim]
        -> (mask -> Conv -> Relu) -> LSTM x layers -> MatMul -> Add                    [batch, time, tags]

`model.bundle.onnx_bytes` writes the table as ONNX, and loading accepts no other bytes, so that a stranger's file can
neither read other files nor run other operations. Each operation is described at onnx.ai/onnx/operators.
"""

from collections.abc import Iterator
from typing import NamedTuple

from model.bundle.config import ChannelConfig, NetworkConfig
from model.features.channels import weights_input
from model.features.word_sets import SETS

LENGTHS = "lengths"
EMISSIONS = "emissions"
OPSET = 17
# The oldest version of the file format that has this opset, so that older ONNX Runtimes read it.
IR_VERSION = 8

# Element types by their ONNX numbers (TensorProto.DataType).
FLOAT, INT32, INT64, FLOAT16 = 1, 6, 7, 10

AttributeValue = int | str | tuple[int, ...]


class Node(NamedTuple):
    """One operation: its ONNX name, what it takes, what it gives, its attributes in order of name."""

    op: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: tuple[tuple[str, AttributeValue], ...] = ()


class Tensor(NamedTuple):
    """A name, an ONNX element type and dimensions (a number, or the name of one that varies)."""

    name: str
    type: int
    dims: tuple[int | str, ...]


class Graph(NamedTuple):
    """A whole network.onnx; `weights` are declared there and handed to the session from memory."""

    nodes: tuple[Node, ...]
    weights: tuple[Tensor, ...]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    opset: int = OPSET
    ir_version: int = IR_VERSION


def emissions_graph(config: NetworkConfig, *, half_tables: bool = False) -> Graph:
    """Return the graph of `config`; `half_tables` says that the embedding tables are float16.

    >>> from model.bundle.config import ChannelConfig
    >>> config = NetworkConfig(channels=(ChannelConfig(name="char", rows=9, dim=4),), tags=3, units=2)
    >>> [node.op for node in emissions_graph(config).nodes][-4:]
    ['Transpose', 'Reshape', 'MatMul', 'Add']
    """
    return Graph(
        nodes=tuple(_nodes(config)),
        weights=tuple(_weights(config, FLOAT16 if half_tables else FLOAT)),
        inputs=(*_inputs(config), Tensor(LENGTHS, INT32, ("batch",))),
        outputs=(Tensor(EMISSIONS, FLOAT, ("batch", "time", config.tags)),),
    )


def _inputs(config: NetworkConfig) -> Iterator[Tensor]:
    for channel in config.channels:
        if channel.kind == "keys":
            yield Tensor(channel.name, INT32, ("batch", "time"))
        else:
            words = f"{channel.name}.words"
            yield Tensor(channel.name, INT32, ("batch", "time", words))
            yield Tensor(weights_input(channel.name), FLOAT, ("batch", "time", len(SETS), words))


def _weights(config: NetworkConfig, table_type: int) -> list[Tensor]:
    weights = [Tensor(f"embedding.{c.name}", table_type, (c.rows, c.dim)) for c in config.channels]
    if config.conv_filters:
        weights.append(Tensor("conv.W", FLOAT, (config.conv_filters, config.input_dim, 3)))
        weights.append(Tensor("conv.B", FLOAT, (config.conv_filters,)))
    width, units = config.conv_filters or config.input_dim, config.units
    for layer in range(config.layers):
        weights.append(Tensor(f"lstm.{layer}.W", FLOAT, (2, 4 * units, width)))
        weights.append(Tensor(f"lstm.{layer}.R", FLOAT, (2, 4 * units, units)))
        weights.append(Tensor(f"lstm.{layer}.B", FLOAT, (2, 8 * units)))
        width = 2 * units
    weights.append(Tensor("emission.kernel", FLOAT, (width, config.tags)))
    weights.append(Tensor("emission.bias", FLOAT, (config.tags,)))
    return weights


def _nodes(config: NetworkConfig) -> list[Node]:
    nodes = _embedding(config)
    states = "vectors"  # [time, batch, input_dim]
    if config.conv_filters:
        nodes += _convolution(states, config.channels[0].name)
        states = "convolved"  # [time, batch, conv_filters]
    nodes.append(_constant("joined", (0, 0, 2 * config.units)))
    for layer in range(config.layers):
        nodes += _bilstm(layer, states, config)
        states = f"states.{layer}"  # [time, batch, 2 * units]; of the last layer [batch, time, 2 * units]
    nodes.append(Node("MatMul", (states, "emission.kernel"), ("scores",)))
    nodes.append(Node("Add", ("scores", "emission.bias"), (EMISSIONS,)))
    return nodes


def _embedding(config: NetworkConfig) -> list[Node]:
    nodes = [node for channel in config.channels for node in _vectors(channel)]
    vectors = tuple(f"{channel.name}.vector" for channel in config.channels)
    return [*nodes, Node("Concat", vectors, ("vectors",), (("axis", 2),))]


def _vectors(channel: ChannelConfig) -> list[Node]:
    # The LSTM node wants time first: turning ids costs less than turning vectors.
    name, perm = channel.name, (1, 0) if channel.kind == "keys" else (1, 0, 2)
    row, vector = f"{name}.row", f"{name}.vector"
    nodes = [
        Node("Transpose", (name,), (f"{name}.turned",), (("perm", perm),)),
        Node("Gather", (f"embedding.{name}", f"{name}.turned"), (row,), (("axis", 0),)),
    ]
    if channel.kind == "keys":
        return [*nodes, Node("Cast", (row,), (vector,), (("to", FLOAT),))]
    weights, shape, sets = weights_input(name), f"{name}.shape", f"{name}.sets"
    nodes += [
        Node("Cast", (row,), (f"{name}.each",), (("to", FLOAT),)),  # [time, batch, words, dim]
        Node("Transpose", (weights,), (f"{weights}.turned",), (("perm", (1, 0, 2, 3)),)),
        Node("MatMul", (f"{weights}.turned", f"{name}.each"), (sets,)),  # [time, batch, 4, dim]
    ]
    return [*nodes, _constant(shape, (0, 0, channel.width)), Node("Reshape", (sets, shape), (vector,))]


def _convolution(states: str, channel: str) -> list[Node]:
    """Zero the padding, then convolve over time (width 3, zeros beyond the ends), then Relu.

    Without the zeroing, the vector of `<pad>` beside a sentence's last character would reach into it.
    """
    return [
        Node("Shape", (channel,), ("time.1",), (("start", 1),)),  # [1]
        Node("Squeeze", ("time.1",), ("time",)),  # []
        _constant("zero", 0),
        _constant("one", 1),
        Node("Range", ("zero", "time", "one"), ("positions",)),  # [time]
        _constant("column", (-1, 1)),
        Node("Cast", (LENGTHS,), ("lengths.64",), (("to", INT64),)),
        Node("Reshape", ("lengths.64", "column"), ("lengths.column",)),  # [batch, 1]
        Node("Less", ("positions", "lengths.column"), ("real",)),  # [batch, time]
        Node("Cast", ("real",), ("real.float",), (("to", FLOAT),)),
        _constant("row", (0, 1, -1)),
        Node("Reshape", ("real.float", "row"), ("mask",)),  # [batch, 1, time]
        Node("Transpose", (states,), ("channels_first",), (("perm", (1, 2, 0)),)),  # [batch, input_dim, time]
        Node("Mul", ("channels_first", "mask"), ("masked",)),
        Node(
            "Conv", ("masked", "conv.W", "conv.B"), ("filtered",), (("kernel_shape", (3,)), ("pads", (1, 1)))
        ),
        Node("Relu", ("filtered",), ("rectified",)),  # [batch, conv_filters, time]
        Node("Transpose", ("rectified",), ("convolved",), (("perm", (2, 0, 1)),)),
    ]


def _bilstm(layer: int, states: str, config: NetworkConfig) -> list[Node]:
    name, batch_first = f"lstm.{layer}", layer == config.layers - 1
    attributes = (("direction", "bidirectional"), ("hidden_size", config.units))
    inputs = (states, f"{name}.W", f"{name}.R", f"{name}.B", LENGTHS)
    perm = (2, 0, 1, 3) if batch_first else (0, 2, 1, 3)
    return [
        Node("LSTM", inputs, (f"{name}.directions",), attributes),  # [time, 2, batch, units]
        Node("Transpose", (f"{name}.directions",), (f"{name}.sides",), (("perm", perm),)),
        Node("Reshape", (f"{name}.sides", "joined"), (f"states.{layer}",)),
    ]


def _constant(name: str, value: int | tuple[int, ...]) -> Node:
    return Node("Constant", (), (name,), (("value_int" if isinstance(value, int) else "value_ints", value),))
