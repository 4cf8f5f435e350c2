"""Formats whose files hold JSON: a record a line, or all records in one array.

file --reader--> records --doccano, label_studio, cluener, huggingface, zitag--> documents
fields: what these share: texts, offsets, labels, and what is wrong with them.
"""
