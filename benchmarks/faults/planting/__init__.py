"""Faults: what they are, where they can be, and how a faulty counterpart of a network is written."""
