"""The files of one fit: named, found or fetched (sources), then read through once before any work (corpora)."""
