"""The end of a fit: weights to a bundle.

output (is there room) ... parts (all but the weights) + weights, vectors folded (folding) -> save -> card (for people)
"""
