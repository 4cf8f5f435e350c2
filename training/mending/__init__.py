"""Mended copies of column files: what can be mended without a judgement, each mend counted and named.

files -> sentences as written -> mend (tags, edges) -> copies: new files in a folder, and the list of mends
"""
