"""Who imports whom: training and app meet only in model, and serving needs no TensorFlow."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("app", "model", "training")

# package -> what it must not import
FORBIDDEN = {
    "model": {"training", "app", "tensorflow_addons", "gensim", "onnx", "fastapi", "uvicorn", "starlette"},
    "training": {"app", "fastapi", "uvicorn", "starlette"},
    "app": {"training", "tensorflow", "tensorflow_addons", "gensim", "onnx"},
}
# import -> the only files that may have it
ONLY_IN = {
    "tensorflow_addons": {"training/loop/objective.py"},
    "onnx": set(),
    "gensim": {"training/embeddings/word2vec.py", "training/embeddings/gensim_pickle.py"},
    "ahocorasick_rs": {"model/features/lexicon.py"},
    "rjieba": {"training/embeddings/words.py"},
    "seqeval": set(),
}
# room of training -> the rooms of training it may import: only those above it. No room imports a command
# (training/fit.py and its like).
TRAINING_ROOMS = {
    "settings": set(),
    "corpus": set(),
    "datasets": {"corpus"},
    "data": {"corpus"},
    "metrics": {"corpus"},
    "embeddings": {"settings", "corpus", "data"},
    "inputs": {"settings", "corpus", "datasets", "data", "embeddings"},
    "inspection": {"corpus", "data", "embeddings", "inputs"},
    "loop": {"settings", "corpus", "data", "metrics"},
    "export": {"settings", "corpus", "data", "metrics", "embeddings", "inputs", "loop"},
}
TENSORFLOW_IN_MODEL = {"model/runtime/dropout.py", "model/runtime/network.py", "model/runtime/tensorflow.py"}


def imports_of(path: Path) -> set[str]:
    """Return the top-level packages that a file imports, at its head or inside a function."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: expected absolute imports"
            names.add(str(node.module).partition(".")[0])
    return names


def files(package: str) -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_point_one_way(package: str) -> None:
    for name in files(package):
        assert not imports_of(ROOT / name) & FORBIDDEN[package], name


def modules_imported_by(path: Path) -> set[str]:
    """Return the modules that a file imports, by their whole names."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("room", TRAINING_ROOMS)
def test_rooms_of_training_import_only_the_rooms_above_them(room: str) -> None:
    above = set(list(TRAINING_ROOMS)[: list(TRAINING_ROOMS).index(room)])
    assert above >= TRAINING_ROOMS[room]
    allowed = {room, *TRAINING_ROOMS[room]}
    for path in (ROOT / "training" / room).glob("*.py"):
        imported = {name for name in modules_imported_by(path) if name.startswith("training.")}
        assert {name.split(".")[1] for name in imported} <= allowed, path


def test_every_room_of_training_has_its_line() -> None:
    folders = {path.name for path in (ROOT / "training").iterdir() if (path / "__init__.py").exists()}
    assert folders == TRAINING_ROOMS.keys()


@pytest.mark.parametrize(("imported", "allowed"), ONLY_IN.items())
def test_each_training_library_has_one_place(imported: str, allowed: set[str]) -> None:
    importing = {
        name for package in PACKAGES for name in files(package) if imported in imports_of(ROOT / name)
    }
    assert importing == allowed


def test_tensorflow_stands_in_three_files_of_model() -> None:
    assert {n for n in files("model") if "tensorflow" in imports_of(ROOT / n)} == TENSORFLOW_IN_MODEL
    for name in files("model"):
        if name not in TENSORFLOW_IN_MODEL | {"model/runtime/choice.py"}:  # which imports it when asked for
            source = (ROOT / name).read_text(encoding="utf-8")
            for module in ("model.runtime.dropout", "model.runtime.network", "model.runtime.tensorflow"):
                assert module not in source, name


def test_serving_leaves_tensorflow_unimported() -> None:
    modules = ["app", "model.tagger", *(name[:-3].replace("/", ".") for name in files("app"))]
    modules = [name for name in modules if not name.endswith(("__init__", "__main__"))]
    code = f"import sys, {', '.join(modules)}; print([m for m in sys.modules if m.startswith(('tensorflow', 'keras'))])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"
