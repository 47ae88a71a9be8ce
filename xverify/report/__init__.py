"""Formats of a comparison and of a bundle's listing: they word what the records hold and compute nothing."""
