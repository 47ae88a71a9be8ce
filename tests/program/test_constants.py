"""PyTorch's own values of what depends on no input."""

import numpy as np
from captured_networks import captured, oddities

from xverify.program.constants import constant_values


def test_wanted_constants_have_pytorchs_values_bit_for_bit() -> None:
    case = captured(oddities)
    state = case.model.state_dict()
    found = dict(constant_values(case.network, case.inputs, {"t", "mul_1"}))
    assert set(found) == {"t", "mul_1"}
    np.testing.assert_array_equal(found["t"], state["weight"].numpy().T, strict=True)
    np.testing.assert_array_equal(found["mul_1"], state["anchors"].numpy() * 2, strict=True)


def test_what_reads_an_input_is_no_constant_and_parameters_are_not_computed() -> None:
    case = captured(oddities)
    names = {node.name for node in case.network.program.graph.nodes}
    found = {name for name, _ in constant_values(case.network, case.inputs, names)}
    assert {"t", "mul_1"} <= found
    assert not found & {"linear", "getitem", "new_zeros", "c_state", "p_scale", "scale"}
