"""Vectors of characters, bigrams and words, as frozen embedding tables.

word2vec (trained by gensim) or word2vec_files (made by others) ┐
lexicons, dictionary, words                                      ┴-> tables: a vocabulary and a matrix per channel

vector_rows, gensim_pickle -> selected_keys: how word2vec_files reads them.
"""
