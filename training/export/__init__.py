"""The end of a fit: weights to a bundle (save), vectors folded into it (folding), its description (card)."""
