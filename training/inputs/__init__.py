"""The files of one fit: found or fetched (sources), then read once before any work (corpora, by outline)."""
