"""What `training.export.onnx_writer` writes is read back as the table it came from; other bytes are a WireError."""

import pytest
import tiny
from hypothesis import given, settings
from hypothesis import strategies as st

from model.bundle.onnx_graph import Graph, emissions_graph
from model.bundle.wire import WireError, read_graph
from training.export.onnx_writer import build_onnx

KINDS = [{}, {"layers": 3}, {"conv_filters": 4, "layers": 2}]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("half_tables", [True, False])
def test_table_comes_back(kind: dict[str, int], half_tables: bool) -> None:
    config = tiny.tiny_bundle().config.model_copy(update=kind)
    written = build_onnx(config, half_tables=half_tables)
    assert read_graph(written) == emissions_graph(config, half_tables=half_tables)
    assert build_onnx(config, half_tables=half_tables) == written


@given(content=st.binary(max_size=60))
def test_any_bytes_are_a_graph_or_an_error(content: bytes) -> None:
    _read(content)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_changed_graph_is_a_graph_or_an_error(data: st.DataObject) -> None:
    content = bytearray(build_onnx(tiny.tiny_bundle().config, half_tables=True))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    _read(bytes(content))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "expected field 8 once, got it 0 times"),
        (b"\x80" * 20, "byte 10: expected a number, got the end of the file or too long a one"),
        (b"\x08", "byte 1: expected a number, got the end"),
        (b"\x12\x05ab", "byte 2: expected a number or bytes that fit, got wire type 2"),
        (b"\x0d\x00\x00\x00\x00", "got wire type 5"),
        (b"\x0a\x00", "unexpected field 1"),
        (b"\x18\x00", "unexpected field 3"),
        (b"\x12\x01\xff", r"expected UTF-8, got b'\\xff'"),
    ],
)
def test_message_says_what_is_wrong(content: bytes, message: str) -> None:
    with pytest.raises(WireError, match=message):
        read_graph(content)


def _read(content: bytes) -> Graph | None:
    try:
        return read_graph(content)
    except WireError:
        return None
