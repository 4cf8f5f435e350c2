"""A stranger's bundle takes no more memory than a large one of our own, whatever its files hold."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tiny import resign

from model.bundle.bundle import load_bundle
from model.bundle.manifest import BundleError

MIB = 2**20
LOADED = ("golden.json", "network.onnx", "vocabulary.json", "weights.safetensors")

# Loads a good bundle, so that all is imported, compiled and built, and then a bad one; prints what memory that took.
MEASURE = """
import sys
from pathlib import Path
from model.bundle.bundle import BundleError, load_bundle
def bytes_of(name):
    return int(Path("/proc/self/status").read_text().split(name + ":")[1].split()[0]) * 1024
load_bundle(sys.argv[1]).features.encode("京")  # waits for what is built beside it
Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
before = bytes_of("VmRSS")
try:
    load_bundle(sys.argv[2])
except BundleError as error:
    print(bytes_of("VmHWM") - before, error)
"""


def repeated(item: bytes, size: int, before: bytes = b"[", after: bytes = b"]") -> bytes:
    """Return JSON of about this size that repeats an item."""
    return before + b",".join([item] * (size // (len(item) + 1))) + after


def keys(items: list[str]) -> bytes:
    return json.dumps({"char": ["<pad>", "<unk>", *items]}, separators=(",", ":")).encode()


VOCABULARIES: dict[str, Callable[[], bytes]] = {
    "lists": lambda: repeated(b"[]", 30 * MIB, b'{"char":[', b"]}"),
    "objects": lambda: repeated(b'{"a":1}', 30 * MIB, b'{"char":[', b"]}"),
    "numbers": lambda: repeated(b"1000", 30 * MIB, b'{"char":[', b"]}"),
    "one key again and again": lambda: keys(["ab"] * (6 * MIB)),
    "distinct keys": lambda: keys([chr(0x4E00 + i // 2000) + chr(0x4E00 + i % 2000) for i in range(2 * MIB)]),
    "keys that are too long": lambda: keys([f"{i:07d}" for i in range(3 * MIB)]),
    "unescaped": lambda: repeated("中国".encode(), 30 * MIB, b'{"char":["', b'"]}').replace(b",", b'","')[
        : 30 * MIB
    ],
}


@pytest.mark.parametrize("content", VOCABULARIES.values(), ids=VOCABULARIES)
def test_a_hostile_vocabulary_takes_a_dozen_times_its_size(
    folder: Path, tiny_bundle: Path, content: Callable[[], bytes]
) -> None:
    (folder / "vocabulary.json").write_bytes(content())
    resign(folder)
    growth, message = memory_and_message(tiny_bundle, folder)
    assert growth <= 12 * (folder / "vocabulary.json").stat().st_size
    assert "vocabulary.json: " in message


GOLDEN: dict[str, Callable[[], bytes]] = {
    "lists": lambda: repeated(b"[]", 4 * MIB - 2),
    "texts": lambda: repeated(b'["",[]]', 4 * MIB - 2),
    "entities": lambda: repeated(b"[]", 4 * MIB - 20, b'[["a",[', b"]]]"),
    "numbers": lambda: repeated(b"1", 4 * MIB - 2),
    "a long text": lambda: repeated(b"a", 4 * MIB - 20, b'[["', b'",[]]]'),
}


@pytest.mark.parametrize("content", GOLDEN.values(), ids=GOLDEN)
def test_hostile_golden_texts_take_little(
    folder: Path, tiny_bundle: Path, content: Callable[[], bytes]
) -> None:
    (folder / "golden.json").write_bytes(content())
    resign(folder)
    growth, message = memory_and_message(tiny_bundle, folder)
    assert growth <= 12 * 4 * MIB
    assert "golden.json: " in message


@pytest.mark.parametrize("field", ["labels", "tags", "origin", "network", "text", "files", "unknown"])
@pytest.mark.parametrize("item", [b"1", b"[]", b'{"a":1}'])
def test_a_hostile_manifest_takes_little(folder: Path, tiny_bundle: Path, field: str, item: bytes) -> None:
    fields = json.loads((folder / "bundle.json").read_text())
    whole = json.dumps({**fields, field: "HERE"}).encode()
    (folder / "bundle.json").write_bytes(whole.replace(b'"HERE"', repeated(item, MIB - len(whole))))
    growth, message = memory_and_message(tiny_bundle, folder)
    assert growth <= 64 * MIB
    assert "bundle.json: " in message


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("bundle.json", 16 * MIB),
        ("golden.json", 16 * MIB),
        ("network.onnx", 16 * MIB),
        ("vocabulary.json", 33 * MIB),
        ("weights.safetensors", 16 * MIB),
    ],
)
def test_a_file_that_is_too_large_is_not_read(folder: Path, tiny_bundle: Path, name: str, size: int) -> None:
    with open(folder / name, "r+b") as file:
        file.truncate(size)
    if name != "bundle.json":
        resign(folder)
    growth, message = memory_and_message(tiny_bundle, folder)
    assert growth <= 4 * MIB
    assert f"{name}: expected a file of at most" in message


@pytest.mark.parametrize("name", LOADED)
@pytest.mark.parametrize("by", [-1, 1])
def test_sizes_are_compared_before_a_file_is_read(folder: Path, name: str, by: int) -> None:
    size = (folder / name).stat().st_size
    os.truncate(folder / name, size + by)
    with pytest.raises(
        BundleError, match=f"{name}: expected {size} bytes, got {size + by}; copy the bundle again"
    ):
        load_bundle(folder)


def test_a_header_of_weights_that_is_too_long_is_not_parsed(folder: Path) -> None:
    content = (folder / "weights.safetensors").read_bytes()
    (folder / "weights.safetensors").write_bytes((MIB + 1).to_bytes(8, "little") + content[8:])
    resign(folder)
    with pytest.raises(BundleError, match=f"expected a header of at most {MIB} bytes, got {MIB + 1}"):
        load_bundle(folder)


def memory_and_message(good: Path, bad: Path) -> tuple[int, str]:
    """Return what a process takes more when it loads a bad bundle after a good one, and why it is refused."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(good), str(bad)],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    growth, _, message = done.stdout.partition(" ")
    return int(growth), message
