"""Corpus files to sentences.

lines -> tokens -> sentences -> reader (scheme found, converted to BIO: schemes) -> split (a dev set out of train)
words: how words become text; edges: what is no part of an entity.
file_kinds, unpacked: what a file is by its first bytes, and its content without gzip, bzip2 or xz.
errors: what goes wrong on the way, said with file and line; bad_lines (with bad_tokens, bad_tags) and undecodable: what
mends it.
"""
