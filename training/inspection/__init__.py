"""A look at corpora before a fit: statistics, leakage between splits, coverage by vectors, and the report of them."""
