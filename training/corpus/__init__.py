"""Corpus files to sentences.

lines -> tokens -> sentences -> reader (scheme found, converted to BIO: schemes) -> split (a dev set out of train)
errors: what goes wrong on the way, said with file and line.
"""
