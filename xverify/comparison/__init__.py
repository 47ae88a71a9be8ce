"""Activations against the reference: metrics, tolerances, verdict."""
