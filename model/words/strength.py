"""How much a word of one's own counts."""

# Set on MSRA dev: docs/accuracy.md has the table.
DEFAULT_STRENGTH, MAX_STRENGTH = 3.0, 50.0
