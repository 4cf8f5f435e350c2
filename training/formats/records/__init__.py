"""Formats whose files hold JSON: a record a line, or all records in one array.

file --reader, parquet--> records --entities (doccano, zitag), label_studio, cluener--> documents
                                  --huggingface--> tokens and tags
fields: what these share: texts, offsets, labels, and what is wrong with them.
"""
