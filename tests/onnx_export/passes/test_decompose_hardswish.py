"""HardSwish becomes PyTorch's formula where the target has no other."""

import numpy as np
import onnx_ir as ir
import pytest
import torch
from handmade_graphs import nodes, parsed, run
from lowered_graphs import lower, operators, require_near, require_untouched, run_on

from xverify.onnx_export.passes.decompose_hardswish import decompose_hardswish

TEXT = "net (float[2,3,5,7] x) => (float[2,3,5,7] y, float[2,3,5,7] z) { a = Mul(x, w) y = HardSwish(a) z = Relu(y) }"
FIVE = {"w": np.float32(5).reshape(1)}


@pytest.mark.parametrize(("opset", "decompose"), [(13, ()), (17, ("HardSwish",)), (20, ("HardSwish",))])
def test_it_becomes_the_formula(opset: int, decompose: tuple[str, ...]) -> None:
    model = parsed(TEXT, FIVE)
    before = run(model)
    lower(model, decompose_hardswish, opset=opset, decompose=decompose, layers=["y"])
    assert nodes(model)[4:] == ["Div -> y", "Relu -> z"]
    assert operators(model) == ["Mul", "Add", "Clip", "Mul", "Div", "Relu"]
    assert all(value.shape == [2, 3, 5, 7] for node in model.graph for value in node.outputs)
    require_near(run(model), before, 2)


def test_it_is_what_pytorch_computes_bit_for_bit() -> None:
    model = parsed("net (float[2,3,5,7] x) => (float[2,3,5,7] y) { y = HardSwish(x) }")
    lower(model, decompose_hardswish, opset=13)
    x = torch.linspace(-5, 5, 210).reshape(2, 3, 5, 7)
    expected = x * torch.clamp(x + 3, 0, 6) / 6
    np.testing.assert_array_equal(run_on(ir.to_proto(model), {"x": x.numpy()})[0], expected.numpy(), strict=True)


def test_it_stays_where_the_target_has_it() -> None:
    require_untouched(parsed(TEXT, FIVE), decompose_hardswish, opset=14)


def test_the_constants_have_the_type_of_the_data() -> None:
    model = parsed("net (double[2,3] x) => (double[2,3] y) { y = HardSwish(x) }")
    lower(model, decompose_hardswish, opset=13)
    assert {value.dtype for value in model.graph.initializers.values()} == {ir.DataType.DOUBLE}
