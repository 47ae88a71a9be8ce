"""Labelled images as a stream: read, preprocessed and handed over a few at a time, however many there are."""
