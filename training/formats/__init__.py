"""Tagged texts in the formats of others: tools that people annotate with, libraries, corpora.

file --recognition--> its format --reader--> documents (text, spans) --resolution--> sentences (text, BIO tags)
records: the formats whose files hold JSON. reading: all of it, as fit, check and evaluate use it; options: their flags.
Columns of tokens and tags are read by training.corpus.
"""
