"""Who imports whom. The tables are the drawing of docs/architecture.md, top floor first."""

import ast
import graphlib
import subprocess
import sys
from collections.abc import Iterator

import pytest
from imports import PACKAGES, ROOT, read_imports, room_of

# A room (a folder, or a file beside the folders) and the rooms that it may import, each of which stands further down:
# so rooms can't import each other in a circle. model.machine, the ground floor, may be imported by all.
TABLE = """
app.__main__          app.server app.settings app.signals
app.server            app.application app.service app.http app.loader app.logs app.memory app.problems app.settings
                      app.signals
app.reference         app.application app.metrics app.problems app.settings
app.application       app.labelstudio app.api app.service app.http app.loader app.queue app.problems app.settings
app.labelstudio       app.api app.service app.http app.loader app.min_score app.problems model.tagger
app.api               app.service app.http app.loader app.queue app.metrics app.min_score app.problems model.formats
                      model.tagger model.crf
app.client
app.service           app.http app.loader app.queue app.metrics app.problems app.settings app.threads model.tagger
app.http              app.metrics app.problems app.settings
app.loader            app.queue app.memory app.min_score app.problems app.settings model.tagger model.runtime
                      model.bundle model.words
app.queue             app.problems model.tagger model.stitching model.chunks model.bundle
app.metrics           app.problems model.tagger
app.logs              app.log_writer
app.log_writer
app.memory
app.problems
app.settings          app.setting_types app.api_keys model.words
app.setting_types     app.min_score
app.min_score
app.api_keys
app.signals
app.threads

training.__main__     model.cli
training.tune         training.tuning training.fit training.loop training.packages training.settings
training.tuning       training.fit training.networks training.export training.loop training.inputs
                      training.embeddings training.data training.metrics training.formats training.corpus
                      training.settings model.pages model.tags
training.fit          training.networks training.export training.loop training.inspection training.inputs
                      training.embeddings training.data training.corpus training.settings
                      training.packages model.bundle model.tags
training.networks     training.distillation training.export training.loop training.inputs training.data
                      training.metrics training.settings model.tagger model.runtime
training.vectors      training.inputs training.embeddings training.data training.corpus training.settings
training.check        training.suspects training.mending training.inspection training.formats training.corpus
training.evaluate     training.report training.inspection training.metrics training.formats training.corpus
                      model.formats model.tagger model.runtime model.bundle
training.compare      training.report training.metrics training.formats training.corpus model.tagger
                      model.runtime model.bundle
training.convert      training.inspection training.formats training.corpus model.tags
training.download     training.datasets training.corpus
training.suspects     training.export training.loop training.inspection training.inputs training.embeddings
                      training.data training.metrics training.corpus training.settings training.packages
                      model.predictor model.runtime model.crf model.tags
training.distillation training.export training.loop training.inputs training.data training.metrics
                      training.settings model.tagger model.predictor model.runtime model.bundle model.crf
                      model.features
training.export       training.report training.loop training.inputs training.embeddings training.data training.metrics
                      training.corpus training.settings model.tagger model.runtime model.bundle model.features
                      model.tags model.text
training.loop         training.data training.metrics training.corpus training.settings model.predictor model.runtime
                      model.bundle model.crf model.tags model.text
training.mending      training.corpus model.tags
training.inspection   training.inputs training.embeddings training.data training.corpus model.pages model.features
                      model.tags model.text
training.inputs       training.embeddings training.data training.datasets training.formats training.corpus
                      training.settings model.bundle model.text
training.embeddings   training.data training.corpus training.settings model.bundle model.features model.text
training.data         training.corpus model.chunks model.runtime model.features model.tags model.text
training.report       training.metrics training.corpus model.pages model.tags model.text
training.metrics      training.corpus model.tags model.text
training.datasets     training.corpus
training.formats      training.corpus model.tags model.text
training.corpus       model.tags model.text
training.settings     model.bundle
training.packages

model.__main__        model.formats model.tagger model.runtime model.bundle model.words model.texts
model.bulk            model.formats model.tagger model.runtime model.bundle model.words
model.cli
model.explain         model.explanation model.tagger model.runtime model.bundle model.words
model.explanation     model.pages model.formats model.tagger model.entities model.chunks model.crf model.features
                      model.text
model.formats         model.tagger
model.tagger          model.stitching model.entities model.chunks model.predictor model.runtime model.bundle
                      model.crf model.words model.features model.tags
model.stitching       model.entities model.chunks model.crf model.tags
model.entities        model.crf model.tags
model.chunks          model.text
model.precompile      model.runtime model.bundle model.crf model.features model.tags
model.predictor       model.runtime model.bundle model.crf model.words model.features model.tags model.text
model.runtime         model.bundle model.features
model.bundle          model.crf model.features model.tags model.text
model.crf             model.tags
model.pages           model.tags
model.words           model.features model.tags model.text
model.features
model.tags
model.texts
model.text
model.machine
"""
GROUND = "model.machine"

# A library and where it may be imported: modules, or rooms with all that is in them.
LIBRARIES = {
    "fastapi": "app.application app.http.routing app.api app.labelstudio",
    "starlette": "app",
    "httpx": "app.client",
    "uvicorn": "app.server app.http.protocol",
    "httptools": "app.http",
    "prometheus_client": "app.metrics",
    "pydantic_settings": "app.settings app.setting_types",
    "pydantic_core": "app.api app.labelstudio training.settings",
    "pydantic": "app.api app.labelstudio app.min_score app.settings app.setting_types model.bundle training.settings"
    " training.embeddings",
    "numpy": "model training",
    "numba": "model.machine.numba_cache model.runtime.int8 model.runtime.lstm",
    "llvmlite": "model.runtime.int8 model.runtime.lstm",
    "pyarrow": "model.bulk.stores.arrow model.bulk.rows training.formats.records.parquet",
    "fsspec": "model.bulk.stores.arrow",
    "ray": "model.bulk.engines.ray",
    "pyspark": "model.bulk.engines.spark",
    "py4j": "model.bulk.engines.spark",
    "safetensors": "model.bundle.weights training.loop.checkpoint",
    "onnxruntime": "model.runtime.onnx model.runtime.cuda",
    # From here on: not needed to serve, so not imported by what serves.
    "tensorflow": "model.runtime.network model.runtime.layers model.runtime.dropout model.runtime.lstm.layer"
    " model.runtime.tensorflow training.loop"
    " training.distillation.teachers training.tuning.trial",
    "tensorflow_addons": "training.loop.objective",
    "gensim": "training.embeddings",
    "rjieba": "training.embeddings.words",
    "opencc": "training.inputs.traditional",
    "spacy": "training.formats.docbin",
    "optuna": "training.tuning",
    "sqlalchemy": "training.tuning.storage",
    "matplotlib": "training.export.card",
}
MAX_FILE_LINES, MAX_FUNCTION_LINES = 220, 40

IMPORTS = read_imports()


def read_table(text: str) -> dict[str, list[str]]:
    """Return the rooms, in order, each with the rooms that it may import."""
    rows: dict[str, list[str]] = {}
    for line in filter(None, text.splitlines()):
        room, *allowed = line.split()
        if line.startswith(" "):
            rows[next(reversed(rows))] += [room, *allowed]
        else:
            rows[room] = allowed
    return rows


ROWS = read_table(TABLE)


def test_each_row_of_the_table_names_rows_below_it() -> None:
    order = list(ROWS)
    for number, (room, allowed) in enumerate(ROWS.items()):
        wrong = set(allowed) - set(order[number + 1 :])
        assert not wrong, f"the row of {room} names {sorted(wrong)}, which do not stand below it"


def test_packages_meet_in_model_alone() -> None:
    for room, allowed in ROWS.items():
        package = room.partition(".")[0]
        assert {other.partition(".")[0] for other in allowed} <= {package, "model"}, room


@pytest.mark.parametrize("room", sorted({room_of(module) for module in IMPORTS} - set(PACKAGES)))
def test_a_room_imports_what_its_row_names(room: str) -> None:
    assert room in ROWS, f"{room} has no row in the table: add one that says what it may import"
    allowed = {room, GROUND, *ROWS[room]}
    wrong = [
        f"{imports.path} imports {imported}: {room} may import {', '.join(ROWS[room]) or 'no other room'}; "
        "move what is shared further down, or add the arrow if the drawing should have it"
        for module, imports in IMPORTS.items()
        if room_of(module) == room
        for imported in sorted(imports.ours)
        if room_of(imported) not in allowed
    ]
    assert not wrong, "\n".join(wrong)


def test_the_table_names_no_arrow_that_nothing_needs() -> None:
    rooms = {room_of(module) for module in IMPORTS} - set(PACKAGES)
    drawn = {(room, other) for room, allowed in ROWS.items() for other in allowed}
    needed = {(room_of(m), room_of(other)) for m, imports in IMPORTS.items() for other in imports.ours}
    assert not set(ROWS) - rooms, f"the table has rows for {sorted(set(ROWS) - rooms)}, which do not exist"
    assert not drawn - needed, f"take these arrows out of the table: {sorted(drawn - needed)}"


def test_modules_import_each_other_in_no_circle() -> None:
    graph = {module: imports.ours - {module} for module, imports in IMPORTS.items()}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        pytest.fail(f"modules import each other in a circle: {' <- '.join(error.args[1])}")


@pytest.mark.parametrize(
    "library", sorted({name for imports in IMPORTS.values() for name in imports.libraries})
)
def test_a_library_is_imported_where_its_row_says(library: str) -> None:
    assert library in LIBRARIES, (
        f"{library} has no row in the table of libraries: add where it may be imported"
    )
    places = LIBRARIES[library].split()
    wrong = [
        f"{imports.path} imports {library}, which may be imported in {', '.join(places)}"
        for module, imports in IMPORTS.items()
        if library in imports.libraries
        and not any(module == place or module.startswith(f"{place}.") for place in places)
    ]
    assert not wrong, "\n".join(wrong)


def test_serving_leaves_tensorflow_unimported() -> None:
    modules = [name for name in IMPORTS if name.partition(".")[0] == "app" and not name.endswith("__main__")]
    heavy = "[name for name in sys.modules if name.startswith(('tensorflow', 'keras', 'gensim'))]"
    code = f"import sys, model.tagger, {', '.join(modules)}; print({heavy})"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"


def functions(path: str) -> Iterator[tuple[str, int]]:
    """Yield the functions of a file with the number of their lines, decorators and docstring included."""
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            yield f"{path}:{node.lineno} {node.name}", (node.end_lineno or node.lineno) - first + 1


def test_no_file_is_longer_than_one_reads_at_a_sitting() -> None:
    lengths = {i.path: len((ROOT / i.path).read_text("utf-8").splitlines()) for i in IMPORTS.values()}
    assert {path: lines for path, lines in lengths.items() if lines > MAX_FILE_LINES} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    lengths = dict(found for imports in IMPORTS.values() for found in functions(imports.path))
    assert {name: lines for name, lines in lengths.items() if lines > MAX_FUNCTION_LINES} == {}
