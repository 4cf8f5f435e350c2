"""The local engine: a split that kills its workers ends the run, instead of killing one after the other."""

import os
from typing import Any

import pytest

from model.bulk.engines.local import ATTEMPTS, run_splits
from model.bulk.job import BulkError, Input, Job, Split


class Deadly(str):
    """A name that ends the process in which it arrives."""

    __slots__ = ()

    def __reduce__(self) -> tuple[Any, ...]:
        return os._exit, (9,)


def test_a_split_that_kills_its_workers_ends_the_run() -> None:
    split = Split(0, Input(Deadly("a.txt"), "a.txt", 1, 0, "text"), 0, 1, "a.txt.jsonl")
    with pytest.raises(
        BulkError, match=rf"a.txt: expected a worker that tags it, got {ATTEMPTS} that ended with 9 "
    ):
        list(run_splits(Job("bundle", "", "out"), [split], workers=1))
