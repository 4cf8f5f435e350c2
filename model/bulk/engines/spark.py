"""Splits as partitions of Spark: one each, so that Spark spreads, counts and repeats them as any of its tasks.

Under spark-submit the cluster is that of its flags; otherwise Spark runs here, on this machine's CPUs.
"""

import os
import sys
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from functools import partial
from typing import Any

from model.bulk.job import BulkError, Job, Outcome, Split
from model.bulk.tagging import answer_split
from model.machine.cpus import count_cpus

ATTEMPTS = 3  # one that kills its worker so often would kill every other
WINDOW = 2  # splits in flight for each CPU: one that runs, one that is there when it ends


def run_splits(
    job: Job, splits: Iterable[Split], workers: int | None = None
) -> Generator[Outcome | None, None, None]:
    """Yield what each split came to as it ends, None each second in which none does.

    workers: how many splits at once, None for WINDOW per CPU. Raises BulkError where Spark gives up.
    """
    context = _context(workers)
    pool = ThreadPoolExecutor(workers or WINDOW * int(context.defaultParallelism))
    running = {pool.submit(_tag, context, job, split) for split in splits}
    try:
        while running:
            ended, running = wait(running, timeout=1, return_when=FIRST_COMPLETED)
            if not ended:
                yield None
            for future in ended:
                answer = future.result()
                if isinstance(answer, Exception):
                    raise answer
                yield answer
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        context.cancelAllJobs()
        pool.shutdown()
        context.stop()


def _tag(context: Any, job: Job, split: Split) -> Outcome | Exception:
    from py4j.protocol import Py4JError

    try:
        (answer,) = context.parallelize([split], 1).mapPartitions(partial(_answers, job)).collect()
    except Py4JError as error:
        cause = next((line for line in str(error).splitlines() if "Exception" in line), str(error))
        return BulkError(f"{split.input.path}: expected a Spark task that ends, got {cause.strip()}")
    answered: Outcome | Exception = answer
    return answered


def _answers(job: Job, splits: Iterator[Split]) -> Iterator[Outcome | Exception]:
    return (answer_split(job, split) for split in splits)


def _context(workers: int | None) -> Any:
    from pyspark import SparkConf, SparkContext

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    here = f"local[{workers or count_cpus()},{ATTEMPTS}]"
    conf = SparkConf().setAppName("zitag bulk").setIfMissing("spark.master", here)
    conf = conf.setIfMissing("spark.ui.enabled", "false").setIfMissing(
        "spark.ui.showConsoleProgress", "false"
    )
    context = SparkContext.getOrCreate(conf)
    context.setLogLevel("ERROR")
    return context
