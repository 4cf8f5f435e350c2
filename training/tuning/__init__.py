"""Settings of a fit that suit a corpus, found by trying some on dev; `zitag tune`.

settings --folds--> data, read and encoded once --study--> trials: values drawn, fitted, scored on dev, or given up
                                                       --> best.toml, a table, study.html
"""
