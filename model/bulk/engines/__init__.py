"""What runs splits: processes of this machine (local), tasks on a Ray cluster (ray), partitions of Spark (spark).

Each is one function, `run_splits(job, splits, ...)`. It keeps a window of splits in flight, tries one again whose
worker died, and yields what each split came to as it ends, None while nothing does.
"""
