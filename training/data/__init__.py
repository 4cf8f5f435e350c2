"""Sentences to what a fit reads: encode (ids) -> arrays (memory-mapped files) -> batches. cache: results kept on disk."""
