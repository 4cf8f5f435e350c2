"""Corpus files to sentences.

lines -> sentences (tokens, tags as written) -> reader (in BIO) -> split (a dev set out of train); writer goes back
recognition: which tag scheme a corpus is in, of schemes. words: how words become text. edges: what is no part of an
entity. blank_lines: files in which sentences run together.
file_kinds, unpacked: what a file is by its first bytes, and its content without gzip, bzip2 or xz.
errors: what goes wrong on the way, said with file and line; faults: what is wrong with a line, and what mends it.
"""
