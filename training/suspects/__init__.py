"""Suspected label errors: gold tags that are improbable under taggers that never saw them.

sentences -> folds -> crossfit: networks fits one tagger per fold on the others, judge compares it with the gold tags
          -> disagreements -> ranking -> listing
"""
