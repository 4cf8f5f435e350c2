"""Requests on their way to the tagger.

batcher: request (its texts in chunks) -> queue (short and long) -> worker (the one thread that tags) -> answer
"""
