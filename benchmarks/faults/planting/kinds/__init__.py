"""The kinds of fault, by family."""
