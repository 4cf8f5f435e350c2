"""What is wrong with a line of a corpus, and what mends it without harm.

lines -> tokens (the first column), tags (the second); encodings: bytes that are no text
"""
