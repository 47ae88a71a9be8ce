"""Layers and comparisons in numpy that several hypotheses share."""
