"""Tasks into texts, and what was found in them into predictions: one for each task, an empty one for a bad task.

tasks --read_tasks--> texts, "" and the reason of a bad task --tagger--> entities --predictions--> regions
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from app.labelstudio.label_config import LabelConfig
from app.labelstudio.schemas import Task, Value
from model.tagger import Entity

# Up to here JavaScript's numbers hold every integer.
_MAX_EXACT = 2**53


class TaskText(NamedTuple):
    """The text of a task; if it has none that can be tagged, "" and why."""

    text: str
    error: str = ""


def read_tasks(tasks: Iterable[Task | None], key: str, max_chars: int) -> list[TaskText]:
    """Return the text of each task; key: the member of its data that holds it.

    >>> read_tasks([Task(data={"text": 12}), None], "text", max_chars=100)
    [TaskText(text='12', error=''), TaskText(text='', error='expected a task with an object as data')]
    """
    return [_read_task(task, key, max_chars) for task in tasks]


def predictions(
    config: LabelConfig, tasks: Iterable[TaskText], found: Iterable[Sequence[Entity]], bundle: str
) -> list[dict[str, Any]]:
    """Return the members of `Prediction` for each task; found: the entities in its text that are to be shown."""
    return [
        _refusal(task.error, bundle) if task.error else _prediction(config, entities, bundle)
        for task, entities in zip(tasks, found, strict=True)
    ]


def _read_task(task: Task | None, key: str, max_chars: int) -> TaskText:
    if task is None:
        return TaskText("", "expected a task with an object as data")
    where = f"data[{key[:100]!r}]"
    if key not in task.data:
        return TaskText("", f"expected a text as {where}, got nothing")
    text = _shown(task.data[key])
    if text is None:
        return TaskText("", f"expected a text as {where}, got a list or an object")
    if len(text) > max_chars:
        return TaskText("", f"expected at most {max_chars} characters as {where}, got {len(text)}")
    return TaskText(text)


def _shown(value: Value) -> str | None:
    """Return the text that the editor shows of a value: numbers as JavaScript writes them; None if there is none.

    >>> [_shown(value) for value in ("a", None, 7, 1.5, 2.0, True)]
    ['a', '', '7', '1.5', '2', 'true']
    """
    if isinstance(value, str):
        return value
    if value is None:  # an empty cell of the table that was imported
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) <= _MAX_EXACT:
        return str(int(value))
    return str(value) if isinstance(value, int | float) else None


def _refusal(error: str, bundle: str) -> dict[str, Any]:
    # The score of nothing that is sure, so that it is among the first to be looked at.
    return {"result": [], "score": 0.0, "model_version": bundle, "error": error}


def _prediction(config: LabelConfig, entities: Sequence[Entity], bundle: str) -> dict[str, Any]:
    seen = [entity for entity in entities if entity.label in config.labels]
    return {
        "result": [_region(config, entity) for entity in seen],
        "score": min((entity.score for entity in seen), default=1.0),
        "model_version": bundle,
    }


def _region(config: LabelConfig, entity: Entity) -> dict[str, Any]:
    return {
        "from_name": config.from_name,
        "to_name": config.to_name,
        "type": "labels",
        "value": {
            "start": entity.start,
            "end": entity.end,
            "text": entity.text,
            "labels": [config.labels[entity.label]],
        },
        "score": entity.score,
    }
