"""One normalisation a file, each with its evidence."""
