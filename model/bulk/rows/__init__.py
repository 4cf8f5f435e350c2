"""A split's bytes to rows, and rows with their entities to bytes. `files` opens what is read and written.

lines -> reading (text, JSON lines) ─┐                      ┌─> writing (JSON lines, or as `zitag tag` writes)
         parquet (row groups) ───────┴─> batches, tagged ───┴─> parquet
"""
