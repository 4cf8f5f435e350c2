"""A split's bytes to rows, and rows with their entities to bytes.

lines -> reading (text, JSON lines) -> batches of rows -> writing (JSON lines, or as `zitag tag` writes)
"""
