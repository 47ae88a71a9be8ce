"""Networks and how a model is found and loaded."""
