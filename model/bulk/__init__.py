"""Tagging more text than one process should: `zitag bulk BUNDLE SOURCE TARGET`.

    SOURCE --inputs--> files --splits--> splits of about 64 MB, written down in TARGET's manifest
           --engines: local, ray, spark--> `tag_split` of each
    split  --rows.reading--> rows --Tagger.tag--> entities --rows.writing--> a file beside TARGET's, then renamed

A split's record in TARGET says that its output is whole. A run that was killed leaves records; the next one does what
has none, so that each row is in TARGET once, whatever died.

It stands below `model` because nothing of it is training and it serves nobody: it is `zitag tag` for many files.
"""
