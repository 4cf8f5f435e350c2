"""What TARGET says of itself: the manifest of the run, a record for each split that is whole, and the end.

TARGET/_manifest.json     bundle, options, inputs, splits: written first, by it a rerun knows whether it may go on
TARGET/_splits/7.json     what split 7 came to; its output is whole
TARGET/_temporary/        what is being written
TARGET/_SUCCESS           the summary; the two folders above are gone
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from model.bulk.job import BulkError, Job, Outcome, Split
from model.bulk.stores.base import TEMPORARY, Store, join, written_aside
from model.bulk.stores.choice import open_store

FORMAT = 1
MANIFEST, RECORDS, SUCCESS = "_manifest.json", "_splits", "_SUCCESS"
# How many differences are said.
_SHOWN = 5


def record_name(index: int) -> str:
    """Return what a split's record is called in TARGET."""
    return f"{RECORDS}/{index}.json"


def describe(job: Job, splits: Sequence[Split]) -> dict[str, Any]:
    """Return the manifest of a run."""
    inputs = {split.input.name: split.input for split in splits}
    number = {name: index for index, name in enumerate(inputs)}
    return {
        "format": FORMAT,
        "bundle": job.fingerprint,
        "options": asdict(job.options),
        "inputs": [
            {"name": given.name, "size": given.size, "modified": given.modified, "kind": given.kind}
            for given in inputs.values()
        ],
        "splits": [[number[split.input.name], split.start, split.end] for split in splits],
    }


def begin(target: str, manifest: dict[str, Any]) -> None:
    """Write the manifest to TARGET, or see that the one there is the same.

    Raises BulkError naming the differences, or for a folder that holds something else.
    """
    store = open_store(target)
    there = store.info(join(target, MANIFEST))
    if there:
        _check_same(target, _read_json(store, there.path), manifest)
        return
    other = next(store.files(target), None)
    found = store.info(target)
    if (found and not found.is_folder) or (other and f"/{TEMPORARY}/" not in other.path):
        got = other.path if other else "a file"
        raise BulkError(f"{target}: expected a new or empty folder, got {got}; name another TARGET")
    try:
        with written_aside(store, target, MANIFEST) as file:
            file.write(json.dumps(manifest).encode())
    except OSError as error:
        reason = error.strerror or error
        raise BulkError(
            f"{target}: expected a folder to write to, got {reason}; name another TARGET"
        ) from error


def read_summary(target: str) -> dict[str, Any] | None:
    """Return what the run came to, None where it has not ended."""
    store = open_store(target)
    there = store.info(join(target, SUCCESS))
    return _read_json(store, there.path) if there else None


def read_records(target: str) -> list[Outcome]:
    """Return the outcomes of the splits that are whole."""
    store = open_store(target)
    return [Outcome(**_read_json(store, found.path)) for found in store.files(join(target, RECORDS))]


def finish(target: str, summary: dict[str, Any]) -> None:
    """Write the end, then take away what is no longer needed."""
    with written_aside(open_store(target), target, SUCCESS) as file:
        file.write(json.dumps(summary, ensure_ascii=False).encode("utf-8", "backslashreplace"))
    sweep(target, RECORDS, TEMPORARY)


def sweep(target: str, *folders: str) -> None:
    """Delete folders of TARGET, which need not be there."""
    store = open_store(target)
    for folder in folders:
        store.delete(join(target, folder))


def _read_json(store: Store, path: str) -> Any:
    with store.read(path) as file:
        try:
            return json.loads(file.read())
        except ValueError as error:
            raise BulkError(
                f"{path}: expected what zitag bulk wrote, got {error}; name another TARGET"
            ) from error


def _check_same(target: str, there: dict[str, Any], now: dict[str, Any]) -> None:
    found = list(differences(there, now))
    if found:
        more = f"\n  and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        listed = "".join(f"\n  {difference}" for difference in found[:_SHOWN])
        raise BulkError(
            f"{join(target, MANIFEST)}: expected the run that TARGET holds, got another:{listed}{more}\n"
            "name another TARGET, or give what the first run had"
        )


def differences(there: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    """Yield what is not the same in two manifests, each as `what: was -> is`.

    >>> list(differences({"format": 1, "bundle": "3f", "options": {"to": None}}, {"format": 1, "bundle": "3f",
    ...     "options": {"to": "bio"}}))
    ["--to: None -> 'bio'"]
    """
    for name in ("format", "bundle"):
        if there.get(name) != now[name]:
            yield f"{name}: {there.get(name)} -> {now[name]}"
    for name, value in now["options"].items():
        if there["options"].get(name) != value:
            yield f"--{name.replace('_', '-')}: {there['options'].get(name)!r} -> {value!r}"
    before, after = ({given["name"]: given for given in m.get("inputs", ())} for m in (there, now))
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            yield f"{name}: {_say(before.get(name))} -> {_say(after.get(name))}"
    if before == after and there.get("splits") != now.get("splits"):
        yield "splits: cut otherwise"


def _say(given: dict[str, Any] | None) -> str:
    return f"{given['size']} bytes of {given['modified']}" if given else "none"
