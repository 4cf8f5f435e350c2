"""How good a tagger is: scoring (P/R/F1), calibration, error_analysis, and the report of all three."""
