"""Fully connected layers: PyTorch's order, and a column for the bias."""

import numpy as np
import pytest

from xverify.errors import XverifyError
from xverify.layouts.as_is import AsIs
from xverify.layouts.table import layout_for

WEIGHT = np.arange(15, dtype=np.float32).reshape(5, 3)
BIAS = np.arange(5, dtype=np.float32)


@pytest.mark.parametrize("operation", ["linear", "addmm"])
def test_weights_stay_and_the_bias_is_a_column(operation: str) -> None:
    layout = layout_for(operation, {}, {"weight": WEIGHT, "bias": BIAS})
    stored = layout.to_matlab({"weight": WEIGHT, "bias": BIAS})
    assert layout.matlab_layer == "fullyConnectedLayer"
    assert stored["Weights"].array.shape == (5, 3)
    assert stored["Bias"].array.shape == (5, 1)
    x = np.array([[2.0], [-1.0], [0.5]], np.float32)
    np.testing.assert_allclose(
        (stored["Weights"].array @ x + stored["Bias"].array)[:, 0],
        [sum(WEIGHT[o, i] * x[i, 0] for i in range(3)) + BIAS[o] for o in range(5)],
        rtol=1e-6,
    )


@pytest.mark.parametrize("found", [(3, 5), (15,), (5, 3, 2)])
def test_other_shapes_are_refused(found: tuple[int, ...]) -> None:
    layout = layout_for("linear", {}, {"weight": WEIGHT})
    with pytest.raises(XverifyError, match="Weights has the shape"):
        layout.to_pytorch({"Weights": np.zeros(found, np.float32)})


def test_a_bias_row_is_refused() -> None:
    layout = layout_for("linear", {}, {"weight": WEIGHT, "bias": BIAS})
    with pytest.raises(XverifyError, match=r"Bias has the shape \(1, 5\); expected \(5, 1\)"):
        layout.to_pytorch({"Weights": WEIGHT, "Bias": BIAS[None, :]})


def test_a_weight_that_is_not_out_in_keeps_its_order() -> None:
    layout = layout_for("addmm", {}, {"weight": WEIGHT.T, "bias": BIAS})
    assert isinstance(layout, AsIs)
    assert layout.to_matlab({"weight": WEIGHT.T, "bias": BIAS})["weight"].array.shape == (3, 5)


def test_a_weight_vector_keeps_its_order() -> None:
    layout = layout_for("linear", {}, {"weight": WEIGHT[0]})
    assert isinstance(layout, AsIs)
    assert "'O I -> O I' has 2 axes" in layout.reason
