"""What runs splits: processes of this machine.

Each is one function, `run_splits(job, splits, ...)`. It keeps a window of splits in flight, tries one again whose
worker died, and yields what each split came to as it ends, None while nothing does.
"""
