"""Splits as tasks on a Ray cluster, which tries a task again whose worker or node died.

Nothing is reported to Ray's makers. A cluster of our own for this run has a token that nobody else knows; one by its
address has what RAY_AUTH_MODE says, which must be said.
"""

import logging
import os
import secrets
from collections.abc import Generator, Iterable
from typing import Any

from model.bulk.job import BulkError, Job, Outcome, Split
from model.bulk.tagging import answer_split

ATTEMPTS = 3  # one that kills its worker so often would kill every other
WINDOW = 2  # splits in flight for each CPU: one that runs, one that is there when it ends
_OBJECT_STORE_BYTES = 80 << 20  # splits travel by their names: the least that Ray takes


def run_splits(
    job: Job, splits: Iterable[Split], workers: int | None = None, address: str | None = None
) -> Generator[Outcome | None, None, None]:
    """Yield what each split came to as it ends, None each second in which none does.

    workers: how many tasks at once, None for one per CPU of the cluster. address: of a cluster, None starts one
    here for this run. Raises BulkError where Ray gives up.
    """
    ray = _connect(address, workers)
    task = ray.remote(answer_split).options(num_cpus=1, max_retries=ATTEMPTS - 1)
    running: dict[Any, Split] = {}
    try:
        left = iter(splits)
        while True:
            window = workers or WINDOW * max(1, int(ray.cluster_resources().get("CPU", 1)))
            while len(running) < window and (split := next(left, None)):
                running[task.remote(job, split)] = split
            if not running:
                return
            ended, _ = ray.wait(list(running), timeout=1)
            for ref in ended:
                answer = ray.get(ref)
                running.pop(ref)
                if isinstance(answer, Exception):
                    raise answer
                yield answer
            if not ended:
                yield None
    except ray.exceptions.RayError as error:
        reason = str(error).strip().splitlines()[0]
        raise BulkError(f"ray: expected tasks that end, got {type(error).__name__}: {reason}") from error
    finally:
        for ref in running:
            ray.cancel(ref, force=True)
        ray.shutdown()


def _connect(address: str | None, workers: int | None) -> Any:
    """Return Ray, connected: never to a cluster that happens to run here, which is what Ray does by itself."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    if address is None:
        os.environ.update(RAY_AUTH_MODE="token", RAY_AUTH_TOKEN=secrets.token_hex(32))
        os.environ.setdefault("RAY_worker_niceness", "0")
        own = {"num_cpus": workers, "include_dashboard": False, "object_store_memory": _OBJECT_STORE_BYTES}
    elif (mode := os.environ.get("RAY_AUTH_MODE")) not in ("token", "disabled"):
        raise BulkError(
            f"RAY_AUTH_MODE: expected token or disabled, as the cluster has it, got {mode!r}; set it"
        )
    else:  # one attempt, of 40 seconds, at a cluster that is not there; Ray makes 20
        os.environ.setdefault("RAY_gcs_server_port_wait_time_s", "1")
    import ray

    try:
        ray.init(
            address or "local", log_to_driver=False, logging_level=logging.ERROR, **({} if address else own)
        )
    except (ConnectionError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        reason = str(error).strip().splitlines()[0]
        raise BulkError(f"{address or 'ray'}: expected a Ray cluster, got {reason}") from error
    return ray
