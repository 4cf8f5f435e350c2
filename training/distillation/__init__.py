"""One network taught by several: sequence-level distillation, on labelled text and on text without labels.

train, unlabelled -> teachers (a fit each, of other seeds) -> posterior (their mean emissions) -> soft_batches
                  -> a fit like any other, whose targets are probabilities
"""
