"""Bundles into taggers, with a real bundle."""

import json
import os
import shutil
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest

from app import loader
from app.loader import LoadError, _start_runtime, load_serving, may_have_gpu
from app.settings import Settings
from model.bundle.bundle import Bundle, load_bundle
from model.runtime.base import InferenceError


@pytest.fixture
def copy(tiny_bundle: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_bundle, tmp_path / "copy"))


def test_a_bundle_is_loaded_checked_and_named(copy: Path) -> None:
    serving = load_serving(Settings(bundle=copy, runtime="onnx", threads=1))
    fingerprint = json.loads((copy / "bundle.json").read_text())["fingerprint"]
    assert (serving.name, serving.fingerprint) == (f"copy@{fingerprint[:8]}", fingerprint)
    assert (serving.runtime, serving.device) == ("onnx", "cpu")


def test_links_are_followed_for_the_name(copy: Path, tmp_path: Path) -> None:
    (tmp_path / "default").symlink_to(copy)
    assert load_serving(Settings(bundle=tmp_path / "default", threads=1)).name.startswith("copy@")


def test_the_name_is_that_of_what_was_loaded_though_the_link_is_changed_meanwhile(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(copy, tmp_path / "other")
    (tmp_path / "default").symlink_to(copy)

    def load_and_change_the_link(path: Path) -> Bundle:
        bundle = load_bundle(path)
        (tmp_path / "default").unlink()
        (tmp_path / "default").symlink_to(tmp_path / "other")
        return bundle

    monkeypatch.setattr(loader, "load_bundle", load_and_change_the_link)
    assert load_serving(Settings(bundle=tmp_path / "default", threads=1)).name.startswith("copy@")


def test_without_a_bundle_one_command_is_named(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="there is no bundle here; `make bundle` trains one"):
        load_serving(Settings(bundle=tmp_path / "none"))


def test_a_least_score_of_a_label_that_the_bundle_has_not_is_refused(copy: Path) -> None:
    with pytest.raises(LoadError, match=r"ZITAG_MIN_SCORE: expected labels of .*, got 'FOO'; leave it out"):
        load_serving(Settings(bundle=copy, threads=1, min_score={"FOO": 0.5}))


def test_words_of_ones_own_make_another_tagger(copy: Path, tmp_path: Path) -> None:
    plain = load_serving(Settings(bundle=copy, threads=1))
    label = plain.tagger.labels[0]
    (tmp_path / "words").write_text(f"小明\t{label}\n", encoding="utf-8")
    serving = load_serving(Settings(bundle=copy, threads=1, words=tmp_path / "words"))
    assert serving.fingerprint != plain.fingerprint
    assert serving.name == f"copy@{serving.fingerprint[:8]}"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "expected a file of words, got 'No such file"),
        ("小明\n", ":1: expected a word, a tab and a label"),
    ],
)
def test_words_that_cannot_be_used_are_told(
    copy: Path, tmp_path: Path, content: str | None, said: str
) -> None:
    path = tmp_path / "words"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(LoadError, match=said):
        load_serving(Settings(bundle=copy, threads=1, words=path))


def truncate(path: Path) -> None:
    content = (path / "weights.safetensors").read_bytes()
    (path / "weights.safetensors").write_bytes(content[: len(content) // 2])


def lose_a_file(path: Path) -> None:
    (path / "golden.json").unlink()


def change_a_byte(path: Path) -> None:
    content = bytearray((path / "weights.safetensors").read_bytes())
    content[-1] ^= 1
    (path / "weights.safetensors").write_bytes(bytes(content))


def empty(path: Path) -> None:
    shutil.rmtree(path)
    path.mkdir()


@pytest.mark.parametrize("damage", [truncate, lose_a_file, change_a_byte, empty])
def test_a_damaged_bundle_is_refused(damage: Callable[[Path], None], copy: Path) -> None:
    damage(copy)
    with pytest.raises(LoadError, match=str(copy)):
        load_serving(Settings(bundle=copy, threads=1))


def test_auto_asks_tensorflow_only_where_a_gpu_may_be(tmp_path: Path) -> None:
    (tmp_path / "nvidia0").touch()
    assert not may_have_gpu([str(tmp_path / "no*")])
    assert may_have_gpu(
        [str(tmp_path / "no*"), str(tmp_path / "nvidia[0-9]*")]
    )  # it is installed for training


class Runtime:
    """A runtime by name that computes on a device; it is only built, never called."""

    def __init__(self, name: str, device: str) -> None:
        self.name, self.device = name, device


@pytest.mark.parametrize(
    ("starts", "taken", "said"),
    [
        ({"cuda": "gpu:0 (Tiny)", "tensorflow": "gpu:0 (Tiny)"}, "cuda", []),
        ({"cuda": None, "tensorflow": "gpu:0 (Tiny)"}, "tensorflow", ["cuda: too old"]),
        ({"tensorflow": "cpu"}, "auto", ["tensorflow sees no GPU"]),
        ({"cuda": None}, "auto", ["cuda: too old"]),
        ({}, "auto", []),
    ],
)
def test_auto_takes_the_first_that_starts_on_a_gpu_and_says_what_did_not(
    starts: dict[str, str | None],
    taken: str,
    said: list[str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def build(name: str, bundle: object, **options: object) -> Runtime:
        device = {"auto": "cpu", **starts}[name]
        if device is None:
            raise InferenceError(f"{name}: too old")
        assert options == {"threads": 2, "memory_limit_mb": 512}
        return Runtime(name, device)

    may_run = {name: lambda name=name: name in starts for name in ("cuda", "tensorflow")}
    monkeypatch.setattr("app.loader.build_runtime", build)
    monkeypatch.setattr("app.loader._ON_GPU", may_run)
    runtime = _start_runtime(Settings(threads=2, gpu_memory_mb=512), None)  # type: ignore[arg-type]
    assert (runtime.name, caplog.messages) == (taken, said)


def test_a_runtime_asked_for_by_name_is_no_other(copy: Path) -> None:
    with pytest.raises(LoadError, match="runtime cuda: expected ONNX Runtime for CUDA"):
        load_serving(Settings(bundle=copy, runtime="cuda", threads=1))


def test_auto_without_a_gpu_is_onnx(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.loader.GPU_DEVICES", ())
    assert load_serving(Settings(bundle=copy, threads=1)).runtime == "onnx"


def test_a_refused_bundle_leaves_memory(copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error is kept as long as it is told; the tagger that it came from may not be."""
    loaded: list[weakref.ref[Bundle]] = []

    def load_and_remember(path: Path) -> Bundle:
        bundle = load_bundle(path)
        loaded.append(weakref.ref(bundle))
        return bundle

    monkeypatch.setattr(loader, "load_bundle", load_and_remember)
    (tmp_path / "words").write_text("小明\tNONE\n", encoding="utf-8")
    for settings in ({"words": tmp_path / "words"}, {"min_score": {"FOO": 0.5}}):
        with pytest.raises(LoadError, match=r"expected .*label") as refusal:
            load_serving(Settings(bundle=copy, runtime="onnx", threads=1, **settings))
        assert refusal.value.__cause__ is not None
        assert loaded.pop()() is None


def test_words_from_a_pipe_are_refused_and_not_waited_for(copy: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "words")
    with pytest.raises(
        LoadError, match="words: expected a file, which can be read again, got a pipe or a device"
    ):
        load_serving(Settings(bundle=copy, runtime="onnx", threads=1, words=tmp_path / "words"))
