"""From the measured lines to tables."""
