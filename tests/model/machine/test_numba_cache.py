import importlib.util
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType

import numba
import numpy as np
import pytest

from model.machine import numba_cache
from model.machine.numba_cache import plain

SOURCE = """
from model.machine.numba_cache import compiled

@compiled
def doubled(number):
    return number * 2
"""


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    path = tmp_path / "doubling.py"
    path.write_text(SOURCE)
    return path


@pytest.fixture
def read_only(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError("read-only file system")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)  # how numba tests whether a folder is writable
    return monkeypatch


def test_the_next_process_does_not_compile_again(source: Path) -> None:
    assert _load(source).doubled(21) == 42
    assert _cache_hits(source) == 1


def test_a_change_of_any_compiled_source_compiles_anew(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _load(source).doubled(21) == 42
    monkeypatch.setattr("model.machine.numba_cache._sources_sha256", lambda: b"of another version")
    assert _cache_hits(source) == 0
    assert _cache_hits(source) == 1


def test_the_sources_are_all_files_that_numba_compiles_something_of() -> None:
    package = Path(numba_cache.__file__).parents[1]
    compiled = [
        path for path in package.rglob("*.py") if re.search(r"@(compiled|intrinsic)", path.read_text("utf-8"))
    ]
    assert len(compiled) > 10
    assert all("numba" in path.read_text("utf-8") for path in compiled)


def test_without_a_writable_folder_it_compiles_and_works(source: Path, read_only: pytest.MonkeyPatch) -> None:
    assert _load(source).doubled(21) == 42
    assert not list(source.parent.rglob("*.nbi"))


def test_a_filled_cache_need_not_be_writable(source: Path, request: pytest.FixtureRequest) -> None:
    assert _load(source).doubled(21) == 42
    request.getfixturevalue("read_only")
    assert _cache_hits(source) == 1


def test_a_filled_cache_folder_of_choice_need_not_be_writable(
    source: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(source.parent / "chosen"))
    assert _load(source).doubled(21) == 42
    request.getfixturevalue("read_only")
    assert _cache_hits(source) == 1
    assert list((source.parent / "chosen").rglob("*.nbi"))


def test_a_full_disk_costs_the_cache_and_not_the_answer(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("numba.core.caching.IndexDataCacheFile.save", refuse)
    assert _load(source).doubled(21) == 42


@pytest.mark.parametrize("ending", ["nbi", "nbc"])
def test_a_torn_cache_is_compiled_anew(source: Path, ending: str) -> None:
    assert _load(source).doubled(21) == 42
    (torn,) = source.parent.rglob(f"*.{ending}")
    torn.write_bytes(torn.read_bytes()[:50])
    assert _load(source).doubled(21) == 42


def test_importing_the_decoder_compiles_nothing() -> None:
    script = (
        "import model.crf.decoding, model.crf.forward_backward, model.crf.viterbi, model.tags.tag_set;"
        "modules = [model.crf.decoding, model.crf.forward_backward, model.crf.viterbi, model.tags.tag_set];"
        "kernels = [k for module in modules for k in vars(module).values() if hasattr(k, 'signatures')];"
        "assert len(kernels) > 10; assert not any(k.signatures for k in kernels)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(__file__).parents[3])


def test_plain_arrays_are_contiguous_and_writable() -> None:
    strided = np.arange(6.0)[::2]
    strided.setflags(write=False)
    array = plain(strided, np.float64)
    assert array.tolist() == [0.0, 2.0, 4.0]
    assert array.flags.c_contiguous
    assert array.flags.writeable
    frozen = np.arange(3)
    frozen.setflags(write=False)
    assert plain(frozen, np.int64).flags.writeable


def test_a_plain_array_is_not_copied() -> None:
    array = np.arange(3)
    assert plain(array, np.int64) is array


def _load(source: Path) -> ModuleType:
    """Return the module read anew, as another process would."""
    spec = importlib.util.spec_from_file_location("doubling", source)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _cache_hits(source: Path) -> int:
    module = _load(source)
    assert module.doubled(21) == 42
    return sum(module.doubled.stats.cache_hits.values())
