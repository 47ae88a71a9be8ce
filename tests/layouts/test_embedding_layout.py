"""Embedding tables: one column an entry in MATLAB."""

import numpy as np

from xverify.layouts.table import layout_for


def test_every_entry_is_a_column() -> None:
    weight = np.arange(28, dtype=np.float32).reshape(7, 4)
    layout = layout_for("embedding", {}, {"weight": weight})
    stored = layout.to_matlab({"weight": weight})["Weights"]
    assert layout.matlab_layer == "wordEmbeddingLayer"
    assert stored.array.shape == (4, 7)
    assert all(stored.array[:, entry].tolist() == weight[entry].tolist() for entry in range(7))
