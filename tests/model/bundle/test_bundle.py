"""A bundle comes back as it was saved, and anything else is a BundleError that says what is wrong."""

import errno
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import tiny
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file
from tiny import resign

from model.bundle.bundle import Bundle, BundleError, check_consistency, load_bundle, save_bundle
from model.bundle.config import ChannelConfig
from model.bundle.golden import Golden, write_golden
from model.bundle.onnx_bytes import build_onnx
from model.features.channels import Features, WordChannel
from model.features.lexicon import Lexicon
from model.tagger import Tagger
from model.tags.schemes import EntitySpan

LOADED = ("bundle.json", "golden.json", "network.onnx", "vocabulary.json", "weights.safetensors")


# Saved and loaded


def test_loaded_bundle_is_the_saved_one(bundle: Bundle) -> None:
    saved = tiny.tiny_bundle()
    assert (bundle.config, bundle.tag_set, bundle.rules) == (saved.config, saved.tag_set, saved.rules)
    assert (bundle.graph, bundle.golden, bundle.origin) == (saved.graph, saved.golden, saved.origin)
    assert bundle.features.to_json() == saved.features.to_json()
    for name, array in saved.weights.items():
        assert np.array_equal(bundle.weights[name], array)
        assert bundle.weights[name].dtype == array.dtype


def test_same_parts_give_the_same_bytes(tiny_bundle: Path, tmp_path: Path) -> None:
    again = save_bundle(tmp_path / "again", tiny.tiny_bundle())
    assert {name: (again / name).read_bytes() for name in LOADED} == {
        name: (tiny_bundle / name).read_bytes() for name in LOADED
    }


def test_date_changes_neither_fingerprint_nor_other_files(
    tiny_bundle: Path, bundle: Bundle, tmp_path: Path
) -> None:
    later = replace(bundle, origin=bundle.origin.model_copy(update={"created": "2027-01-01T00:00:00Z"}))
    path = save_bundle(tmp_path / "later", later)
    assert load_bundle(path).fingerprint == bundle.fingerprint
    differing = [n for n in LOADED if (path / n).read_bytes() != (tiny_bundle / n).read_bytes()]
    assert differing == ["bundle.json"]


def test_one_changed_weight_changes_the_fingerprint(bundle: Bundle, tmp_path: Path) -> None:
    bias = bundle.weights["emission.bias"] + 1
    other = replace(bundle, weights={**bundle.weights, "emission.bias": bias})
    assert load_bundle(save_bundle(tmp_path / "other", other)).fingerprint != bundle.fingerprint


def test_embeddings_that_half_precision_would_change_stay_single() -> None:
    config = tiny.tiny_bundle().config
    weights = tiny.random_weights(config, seed=0)
    assert tiny.pack_weights(weights)["embedding.char"].dtype == np.float16
    weights["embedding.bigram"][5, 0] = 0.1
    packed = tiny.pack_weights(weights)
    assert packed["embedding.char"].dtype == packed["embedding.bigram"].dtype == np.float32


# Written whole or not at all


def test_existing_bundle_is_not_overwritten_unless_told(bundle: Bundle, folder: Path) -> None:
    (folder / "report.json").write_text("old")
    with pytest.raises(BundleError, match=r"copy: exists; choose another name"):
        save_bundle(folder, bundle)
    assert (folder / "report.json").exists()
    save_bundle(folder, bundle, overwrite=True)
    assert sorted(path.name for path in folder.iterdir()) == list(LOADED)
    assert list(folder.parent.iterdir()) == [folder]


def test_overwriting_where_two_names_cannot_be_swapped_at_once(
    bundle: Bundle, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model.machine.atomic._exchange", lambda one, other: False)
    (folder / "report.json").write_text("old")
    save_bundle(folder, bundle, overwrite=True)
    assert sorted(path.name for path in folder.iterdir()) == list(LOADED)
    assert list(folder.parent.iterdir()) == [folder]


def test_partial_folder_of_a_killed_save_is_replaced(bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / "new.partial").mkdir()
    (tmp_path / "new.partial" / "weights.safetensors").write_text("half")
    path = save_bundle(tmp_path / "new", bundle)
    assert sorted(file.name for file in path.iterdir()) == list(LOADED)
    assert list(tmp_path.iterdir()) == [path]


def test_what_check_writes_is_kept_and_what_it_raises_stops_the_save(bundle: Bundle, tmp_path: Path) -> None:
    def describe(partial: Path) -> None:
        assert Tagger.load(partial).tag([""]) == [[]]
        (partial / "README.md").write_text("for people")

    def refuse(partial: Path) -> None:
        raise KeyboardInterrupt

    path = save_bundle(tmp_path / "described", bundle, check=describe)
    assert (path / "README.md").read_text() == "for people"
    with pytest.raises(KeyboardInterrupt):
        save_bundle(path, bundle, check=refuse, overwrite=True)
    assert (path / "README.md").exists()
    assert list(tmp_path.iterdir()) == [path]


def test_full_disk_leaves_nothing(bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write_bytes(path: Path, content: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(Path, "write_bytes", write_bytes)
    with pytest.raises(BundleError, match=r"expected a writable folder, got .*No space left"):
        save_bundle(tmp_path / "full", bundle)
    assert not list(tmp_path.iterdir())


def test_parent_that_is_a_file(bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BundleError, match="expected a writable folder"):
        save_bundle(tmp_path / "file" / "bundle", bundle)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda b: replace(b, tag_set=tiny.TagSet("BIO", ("PER",))), "network.tags: expected 3, got 13"),
        (lambda b: replace(b, weights={"embedding.char": b.weights["embedding.char"]}), "missing arrays"),
    ],
)
def test_bundle_that_contradicts_itself_is_not_saved(
    bundle: Bundle, tmp_path: Path, change: Callable[[Bundle], Bundle], message: str
) -> None:
    with pytest.raises(BundleError, match=message):
        save_bundle(tmp_path / "wrong", change(bundle))
    assert not list(tmp_path.iterdir())


# Damaged


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from(LOADED), place=st.floats(0, 1), bit=st.integers(0, 7))
def test_one_flipped_bit_is_noticed(
    tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory, name: str, place: float, bit: int
) -> None:
    folder = Path(shutil.copytree(tiny_bundle, tmp_path_factory.mktemp("flipped") / "bundle"))
    content = bytearray((folder / name).read_bytes())
    content[round(place * (len(content) - 1))] ^= 1 << bit
    (folder / name).write_bytes(content)
    _expect_error_or_same(folder, tiny_bundle)
    shutil.rmtree(folder)


@settings(max_examples=50, deadline=None)
@given(name=st.sampled_from(LOADED), place=st.floats(0, 1, exclude_max=True))
def test_one_torn_file_is_noticed(
    tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory, name: str, place: float
) -> None:
    folder = Path(shutil.copytree(tiny_bundle, tmp_path_factory.mktemp("torn") / "bundle"))
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: int(place * len(content))])
    _expect_error_or_same(folder, tiny_bundle)
    shutil.rmtree(folder)


def _expect_error_or_same(folder: Path, original: Path) -> None:
    """bundle.json alone may differ and load: in its date, its white space, or the spelling of a number."""
    try:
        loaded = load_bundle(folder)
    except BundleError:
        return
    expected = load_bundle(original)
    assert loaded.fingerprint == expected.fingerprint
    assert (folder / "bundle.json").read_bytes() != (original / "bundle.json").read_bytes()


@pytest.mark.parametrize("name", LOADED)
def test_missing_file(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(
        BundleError, match=rf"{name}: expected a readable file, got .*; copy the bundle again"
    ):
        load_bundle(folder)


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.EACCES, "let the user that this runs as read it"),
        (errno.EMFILE, r"let this process open more files \(ulimit -n\)"),
        (errno.EIO, "copy the bundle again"),
    ],
)
def test_the_remedy_for_a_file_that_cannot_be_read_is_that_of_its_cause(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int, remedy: str
) -> None:
    """Not by its mode: root reads all."""

    def refuse(path: Path, *_: object) -> int:
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(BundleError, match=rf"bundle.json: expected a readable file, got .*; {remedy}"):
        load_bundle(folder)


def test_a_folder_that_may_not_be_entered_is_not_said_to_be_missing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, **_: object) -> os.stat_result:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    with monkeypatch.context() as patched:
        patched.setattr(os, "stat", refuse)
        with pytest.raises(
            BundleError, match="folder of a bundle, got 'Permission denied'; let the user that"
        ):
            load_bundle(folder)


def test_the_folder_above_bundles_names_them(tmp_path: Path, tiny_bundle: Path) -> None:
    for name in "fedcba":
        shutil.copytree(tiny_bundle, tmp_path / name)
    with pytest.raises(
        BundleError, match=r"got one that holds bundles; name one: 'a', 'b', 'c', 'd', 'e', \.\.\.$"
    ):
        load_bundle(tmp_path)


@pytest.mark.parametrize("path", ["", "nothing", "a\0b"])
def test_missing_bundle(tmp_path: Path, path: str) -> None:
    missing = tmp_path / path / "bundle"
    with pytest.raises(BundleError, match=r"expected the folder of a bundle, got none; make one with"):
        load_bundle(missing)


def test_changed_file_is_named_with_both_hashes(folder: Path) -> None:
    (folder / "golden.json").write_bytes((folder / "golden.json").read_bytes()[:-1] + b" ")
    with pytest.raises(
        BundleError, match=r"golden.json: expected (\d+) bytes with sha256 \w{64}, got \1 with \w{64}; "
    ):
        load_bundle(folder)


@pytest.mark.parametrize(("make", "kind"), [(os.mkfifo, "p"), (os.mkdir, "d")])
@pytest.mark.parametrize("name", LOADED)
def test_something_else_than_a_file(folder: Path, name: str, make: Callable[[Path], None], kind: str) -> None:
    (folder / name).unlink()
    make(folder / name)
    with pytest.raises(BundleError, match=rf"{name}: expected a file of at most \d+ bytes, got {kind}"):
        load_bundle(folder)


def test_file_too_large_to_be_right_is_not_read(folder: Path) -> None:
    with open(folder / "weights.safetensors", "r+b") as file:
        file.truncate(1 << 40)  # a hole: it takes no room on disk
    with pytest.raises(BundleError, match=r"weights.safetensors: expected a file of at most \d+ bytes, got"):
        load_bundle(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff", "expected JSON in UTF-8"),
        (b"[" * 100_000, "expected JSON in UTF-8"),
        (b'{"format": NaN}', "expected JSON in UTF-8, got the number NaN"),
        (b"[]", "expected a JSON object, got list"),
        (b"{}", "expected bundle format 1, got None; train the bundle anew"),
        (b'{"format": 2}', "expected bundle format 1, got 2"),
        (b'{"format": 1}', "fingerprint: Field required"),
    ],
)
def test_manifest_that_is_none(folder: Path, content: bytes, message: str) -> None:
    (folder / "bundle.json").write_bytes(content)
    with pytest.raises(BundleError, match=rf"bundle.json: .*{message}"):
        load_bundle(folder)


def test_edited_manifest(folder: Path) -> None:
    path = folder / "bundle.json"
    path.write_text(path.read_text().replace('"max_chars": 100', '"max_chars": 101'))
    with pytest.raises(
        BundleError, match=r"bundle.json: expected fingerprint \w{64}, got \w{64}: the file was"
    ):
        load_bundle(folder)


# A stranger's: consistent in its hashes, wrong in its content


def test_resigned_bundle_without_changes_loads(folder: Path, bundle: Bundle) -> None:
    resign(folder)
    assert load_bundle(folder).fingerprint == bundle.fingerprint


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"scheme": "BIO"}, r"bundle.json: tags: expected \('O', 'B-PER', 'I-PER', 'B-LOC'"),
        ({"labels": ["PER", "PER"]}, "bundle.json: labels: expected distinct names"),
        ({"labels": ["PER", "L\nOC", "ORG"]}, r"bundle.json: labels: expected at most 64 .*, got 'L\\nOC'"),
        ({"labels": ["PER"], "tags": ["O", "B-PER", "I-PER", "E-PER", "S-PER"]}, "tags: expected 5, got 13"),
        ({"tables": "float32"}, r"embedding.char: expected float32 \(\d+, 12\), got float16"),
        ({"text": {"rules": 99}}, "text.rules: expected 1, got 99"),
        ({"files": {}}, r"files: expected \['golden.json', .*, got \[\]"),
    ],
)
def test_manifest_that_contradicts_the_files(folder: Path, changes: dict[str, Any], message: str) -> None:
    resign(folder, **changes)
    with pytest.raises(BundleError, match=message):
        load_bundle(folder)


@pytest.mark.parametrize(
    ("part", "changes", "message"),
    [
        ("network", {"units": 10**15}, "network.units: Input should be less than or equal to 4096"),
        (
            "network",
            {"conv_filters": 10**9},
            "network.conv_filters: Input should be less than or equal to 4096",
        ),
        (
            "network",
            {"channels": [{"name": "char", "rows": 9, "dim": 10**9}]},
            "dim: Input should be less than",
        ),
        (
            "network",
            {"channels": [{"name": "char", "rows": 10**9, "dim": 9}]},
            "rows: Input should be less than",
        ),
        (
            "text",
            {"window_chars": 1, "halo_chars": 9999},
            "text: Value error, halo_chars: expected at most 1",
        ),
    ],
)
def test_what_would_take_all_memory_or_time_is_refused(
    folder: Path, part: str, changes: dict[str, Any], message: str
) -> None:
    fields = json.loads((folder / "bundle.json").read_text())
    fields[part] |= changes
    (folder / "bundle.json").write_text(json.dumps(fields))
    with pytest.raises(BundleError, match=message):
        load_bundle(folder)


def test_words_alone_are_refused(bundle: Bundle) -> None:
    words = Lexicon(["小明"], [1], [1])
    channels = (ChannelConfig(name="word", rows=2, dim=12, kind="words"),)
    alone = replace(
        bundle,
        config=bundle.config.model_copy(update={"channels": channels}),
        features=Features((WordChannel("word", words),)),
    )
    with pytest.raises(BundleError, match=r"network.channels: expected keys first, got words"):
        check_consistency(Path("bundle"), alone)


def test_golden_texts_are_bounded(folder: Path) -> None:
    (folder / "golden.json").write_text(json.dumps([["啊" * 60_000, []]] * 2))
    resign(folder)
    with pytest.raises(
        BundleError, match=r"golden.json: expected at most 100,000 characters, got 120,000 in 2"
    ):
        load_bundle(folder)


def test_a_message_quotes_a_bounded_part_of_a_bundle() -> None:
    message = str(BundleError(f"bundle.json: got {'x' * 10**6}; copy it again"))
    assert len(message) < 3000
    assert message.startswith("bundle.json: got xx")
    assert message.endswith("; copy it again")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"units": 9}, r"lstm.0.forward.kernel: expected float32 \(38, 36\), got float32 \(38, 32\)"),
        ({"layers": 2}, r"missing arrays \['lstm.1.backward.bias'"),
        ({"layers": 10**9}, "network.layers: expected at most 64"),
        ({"conv_filters": 4}, r"missing arrays \['conv.bias', 'conv.kernel'\]"),
        ({"tags": 12}, "expected"),
        ({"channels": [{"name": "char", "rows": 129, "dim": 12}]}, "unexpected arrays"),
    ],
)
def test_network_that_contradicts_the_weights(folder: Path, changes: dict[str, Any], message: str) -> None:
    network = json.loads((folder / "bundle.json").read_text())["network"] | changes
    resign(folder, network=network)
    with pytest.raises(BundleError, match=message):
        load_bundle(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda w: w.pop("crf.end"), r"missing arrays \['crf.end'\], unexpected arrays \[\]"),
        (
            lambda w: w.update(more=np.zeros(1, np.float32)),
            r"missing arrays \[\], unexpected arrays \['more'\]",
        ),
        (lambda w: w.update({"crf.end": w["crf.end"][:5].copy()}), r"crf.end: expected float32 \(13,\), got"),
        (
            lambda w: w.update({"crf.end": w["crf.end"].astype("f8")}),
            r"crf.end: expected float32 \(13,\), got",
        ),
        (lambda w: w["crf.end"].__setitem__(3, np.nan), "crf.end: expected numbers up to 1e[+]06, got nan"),
        (lambda w: w["crf.end"].__setitem__(3, -np.inf), "crf.end: expected numbers up to 1e[+]06, got inf"),
        (
            lambda w: w["lstm.0.forward.bias"].__setitem__(3, 1e30),
            "lstm.0.forward.bias: expected numbers up to",
        ),
        (lambda w: w["embedding.char"].__setitem__((3, 3), np.inf), "embedding.char: expected numbers up to"),
    ],
)
def test_wrong_weights(folder: Path, change: Callable[[dict[str, Any]], Any], message: str) -> None:
    path = folder / "weights.safetensors"
    weights = load_file(path)
    change(weights)
    save_file(weights, path)
    resign(folder)
    with pytest.raises(BundleError, match=rf"weights.safetensors: .*{message}"):
        load_bundle(folder)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 8,
        b"\xff" * 16,  # a header of 2**64 bytes
        (1 << 62).to_bytes(8, "little") + b"{}",
        (2).to_bytes(8, "little") + b"[]",
        (60).to_bytes(8, "little") + b'{"a":{"dtype":"F32","shape":[9999999999],"data_offsets":[0,4]}}'[:60],
        (59).to_bytes(8, "little")
        + b'{"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}    '
        + b"\0" * 4,
    ],
)
def test_weights_that_are_no_safetensors(folder: Path, content: bytes) -> None:
    (folder / "weights.safetensors").write_bytes(content)
    resign(folder)
    with pytest.raises(BundleError, match=r"weights.safetensors: "):
        load_bundle(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "expected JSON"),
        ("[" * 100_000, ""),
        ("[]", "expected an object of channels, got list"),
        ('{"char": [1]}', "channel 'char': expected a list of str"),
        ('{"char": ["<pad>", "<unk>", "中", "中"]}', "expected '中' once"),
        (
            '{"char": ["<pad>", "<unk>", "中"]}',
            r"expected channels, kinds and rows .*, got \[\('char', 'keys', 3\)\]",
        ),
    ],
)
def test_wrong_vocabulary(folder: Path, content: str, message: str) -> None:
    (folder / "vocabulary.json").write_text(content, encoding="utf-8")
    resign(folder)
    with pytest.raises(BundleError, match=rf"vocabulary.json: .*{message}"):
        load_bundle(folder)


@pytest.mark.parametrize(
    "content", ["{", "{}", '[["a"]]', '[["a", [[0, 1]]]]', '[["a", [[0, 1, 2]]]]', "[NaN]"]
)
def test_wrong_golden_texts(folder: Path, content: str) -> None:
    (folder / "golden.json").write_text(content)
    resign(folder)
    with pytest.raises(BundleError, match=r"golden.json: .*; copy the bundle again"):
        load_bundle(folder)


def test_golden_text_that_is_tagged_otherwise(folder: Path) -> None:
    content = write_golden(
        [Golden("", ()), Golden("小明", (EntitySpan(0, 2, "LOC"), EntitySpan(2, 3, "LOC")))]
    )
    (folder / "golden.json").write_text(content)
    resign(folder)
    load_bundle(folder)
    with pytest.raises(
        BundleError, match=r"copy: golden text 1 '小明': expected \[\(0, 2, 'LOC'\), \(2, 3, 'LOC'\)\], got"
    ):
        Tagger.load(folder)


def test_golden_text_from_before_invisible_edges_were_forbidden_is_passed_over(folder: Path) -> None:
    content = write_golden([Golden("北京\r\n", (EntitySpan(0, 3, "LOC"),))])
    (folder / "golden.json").write_text(content)
    resign(folder)
    assert Tagger.load(folder).find(["北京\r\n"]) != [[EntitySpan(0, 3, "LOC")]]


@pytest.mark.parametrize(
    "change",
    [
        lambda b: b"",
        lambda b: b"\xff" * 100,
        lambda b: b[:-1],
        lambda b: b + b"\x08\x08",
        lambda b: tiny.tiny_bundle(units=9).graph,
        lambda b: build_onnx(tiny.tiny_bundle().config, half_tables=False),
        lambda b: tiny.tiny_bundle(layers=2).graph,
    ],
)
def test_other_graph_is_refused(folder: Path, change: Callable[[bytes], bytes]) -> None:
    path = folder / "network.onnx"
    path.write_bytes(change(path.read_bytes()))
    resign(folder)
    with pytest.raises(BundleError, match=r"network.onnx: .*; copy the bundle again"):
        load_bundle(folder)


def _add_secret_reader(file: onnx.ModelProto, location: str) -> None:
    weight = onnx.TensorProto(name="secret", data_type=onnx.TensorProto.UINT8, dims=[4])
    weight.data_location = onnx.TensorProto.EXTERNAL
    entry = weight.external_data.add()
    entry.key, entry.value = "location", location
    file.graph.initializer.append(weight)


def _read_weights_from(file: onnx.ModelProto, location: str) -> None:
    for weight in file.graph.initializer:
        weight.external_data[0].value = location


def _add_function(file: onnx.ModelProto) -> None:
    file.functions.append(onnx.FunctionProto(name="f"))


def _add_loop(file: onnx.ModelProto) -> None:
    body = onnx.helper.make_graph([], "body", [], [])
    file.graph.node.append(onnx.helper.make_node("Loop", ["", ""], ["endless"], body=body))


def _repeat_attribute(file: onnx.ModelProto) -> None:
    node = next(node for node in file.graph.node if node.op_type == "LSTM")
    node.attribute.append(onnx.helper.make_attribute("hidden_size", "8"))


def _use_other_operators(file: onnx.ModelProto) -> None:
    file.graph.node[0].domain = "com.stranger"


def _store_weight_inside(file: onnx.ModelProto) -> None:
    weight = file.graph.initializer[0]
    del weight.external_data[:]
    weight.data_location = onnx.TensorProto.DEFAULT
    weight.raw_data = b"\0"


@pytest.mark.parametrize(
    "change",
    [
        lambda file: _add_secret_reader(file, "../../etc/hostname"),
        lambda file: _add_secret_reader(file, "/etc/hostname"),
        lambda file: _add_secret_reader(file, "secret.txt"),
        lambda file: _read_weights_from(file, "../../etc/hostname"),
        lambda file: _read_weights_from(file, "secret.txt"),
        _add_function,
        _add_loop,
        _use_other_operators,
        _store_weight_inside,
        _repeat_attribute,
    ],
)
def test_graph_that_does_more_than_ours_is_refused(
    folder: Path, change: Callable[[onnx.ModelProto], None]
) -> None:
    path = folder / "network.onnx"
    file = onnx.load_from_string(path.read_bytes())
    change(file)
    path.write_bytes(file.SerializeToString())
    resign(folder)
    with pytest.raises(BundleError, match=r"network\.onnx: "):
        load_bundle(folder)
