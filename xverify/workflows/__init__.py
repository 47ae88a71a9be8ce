"""One use case a file: the stages in order, no printing."""
