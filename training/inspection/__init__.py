"""Corpora before a fit, and what a fit says of its inputs.

sentences -> statistics, leakage (between splits), notes -> report -> findings (what should be mended)
describe: what a fit says before it starts
"""
