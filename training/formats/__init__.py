"""Tagged texts in the formats of others: tools that people annotate with, libraries, corpora.

file --recognition--> its format --reader--> documents (text, spans) --resolution--> sentences (text, BIO tags)
table: a row for each format, which has a file of its own here, or in records where its files hold JSON.
reading: all of it, as fit, check and evaluate use it (options: their flags); writing: documents to a file.
Columns of tokens and tags are read by training.corpus.
"""
