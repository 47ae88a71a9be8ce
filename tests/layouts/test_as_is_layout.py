"""Parameters without a MATLAB layer keep PyTorch's order, their names and their values."""

import numpy as np
import pytest

from xverify.errors import XverifyError
from xverify.layouts.as_is import AsIs
from xverify.layouts.table import layout_for

PARAMETERS = {"weight": np.arange(24.0).reshape(2, 3, 4), "gain": np.arange(5.0), "scale": np.array(3.0)}


def test_an_unknown_operation_keeps_everything() -> None:
    layout = layout_for("bilinear", {}, PARAMETERS)
    stored = layout.to_matlab(PARAMETERS)
    assert isinstance(layout, AsIs)
    assert layout.matlab_layer == ""
    assert layout.reason == "no MATLAB layer holds the parameters of bilinear"
    assert {role: parameter.axes for role, parameter in stored.items()} == {
        "weight": "A B C -> A B C",
        "gain": "A -> A",
        "scale": " -> ",
    }
    for role, array in PARAMETERS.items():
        np.testing.assert_array_equal(stored[role].array, array, strict=True)
        assert stored[role].sources == (role,)


def test_vectors_and_scalars_come_back_from_matlabs_matrices() -> None:
    layout = layout_for("bilinear", {}, PARAMETERS)
    back = layout.to_pytorch(
        {"weight": PARAMETERS["weight"], "gain": PARAMETERS["gain"][:, None], "scale": np.array([[3.0]])}
    )
    for role, array in PARAMETERS.items():
        np.testing.assert_array_equal(back[role], array, strict=True)


@pytest.mark.parametrize("found", [(4, 3, 2), (2, 3), (24,), (2, 3, 4, 1, 2)])
def test_other_shapes_are_refused(found: tuple[int, ...]) -> None:
    layout = layout_for("mm", {}, {"weight": PARAMETERS["weight"]})
    with pytest.raises(XverifyError, match="weight has the shape"):
        layout.to_pytorch({"weight": np.zeros(found)})


def test_a_convolution_whose_weight_is_computed() -> None:
    layout = layout_for("conv2d", {}, {"bias": PARAMETERS["gain"]})
    assert isinstance(layout, AsIs)
    assert layout.reason == "the weight of the convolution is not among the parameters"


def test_a_linear_layer_whose_weight_is_computed() -> None:
    layout = layout_for("linear", {}, {"bias": PARAMETERS["gain"]})
    assert isinstance(layout, AsIs)
    assert layout.reason == "fullyConnectedLayer needs weight, which is not among the parameters"


def test_parameters_of_unknown_roles_are_not_lost() -> None:
    layout = layout_for("linear", {}, {"weight": np.zeros((5, 3)), "gain": PARAMETERS["gain"]})
    assert isinstance(layout, AsIs)
    assert layout.reason == "fullyConnectedLayer has no property for gain"
