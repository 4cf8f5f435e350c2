"""Vectors of characters, bigrams and words, as frozen embedding tables.

texts, word2vec -> general (of raw text, once) or trained (of one corpus): choice ┐
word2vec_files (made by others)                                                    │
lexicons, dictionary, words, word_counts                                           ┴-> tables: a vocabulary and a matrix
                                                                                        per channel
vector_rows, gensim_pickle -> selected_keys: how word2vec_files reads them.
"""
