"""GroupNormalization becomes InstanceNormalization of its groups, by either meaning of its scale."""

import numpy as np
import onnx
import onnx_ir as ir
import pytest
import torch
import torch.nn.functional as F
from handmade_graphs import Array, nodes, normal, parsed
from lowered_graphs import lower, operators, refusal, require_near, require_untouched, run_on
from onnx import numpy_helper

from xverify.onnx_export.passes.decompose_group_normalization import decompose_group_normalization

SCALES = {18: normal(3), 21: normal(6)}
FORMULA = ["Reshape", "InstanceNormalization", "Reshape", "Mul", "Add"]


def graph(opset: int, batch: str = "2") -> ir.Model:
    """Not checked: onnx's checker refuses the form of opset 18, which it has withdrawn."""
    shape = f"float[{batch},6,5,7]"
    call = "GroupNormalization <num_groups = 3, epsilon = 0.02> (x, s, b)"
    text = f"net ({shape} x) => ({shape} y, {shape} z) {{ y = {call} z = Relu(y) }}"
    proto = onnx.parser.parse_model(f'<ir_version: 10, opset_import: ["" : {opset}]> {text}')
    for name, value in (("s", SCALES[opset]), ("b", SCALES[opset] + 1)):
        proto.graph.initializer.append(numpy_helper.from_array(value, name))
    return ir.from_proto(onnx.shape_inference.infer_shapes(proto))


def expected(x: Array, opset: int) -> Array:
    each = np.repeat(SCALES[18], 2) if opset == 18 else SCALES[21]
    scale = torch.from_numpy(each)
    return F.group_norm(torch.from_numpy(x), 3, scale, scale + 1, 0.02).numpy()


@pytest.mark.parametrize("own", [18, 21])
@pytest.mark.parametrize("batch", ["2", "N"])
def test_it_is_what_pytorch_computes(own: int, batch: str) -> None:
    model = lower(graph(own, batch), opset=13, layers=["y"])
    assert operators(model) == [*FORMULA, "Relu"]
    assert nodes(model)[-2] == "Add -> y"
    assert not {"s", "b"} & set(model.graph.initializers)
    x = normal(2, 6, 5, 7)
    onnx.checker.check_model(ir.to_proto(model), full_check=True)
    require_near(run_on(ir.to_proto(model), {"x": x})[:1], [expected(x, own)], 4)


@pytest.mark.parametrize(("own", "target"), [(18, 18), (18, 21), (21, 18), (21, 20)])
def test_the_form_that_onnx_has_withdrawn_is_never_written(own: int, target: int) -> None:
    assert operators(lower(graph(own), opset=target)) == [*FORMULA, "Relu"]


@pytest.mark.parametrize("target", [21, 22])
def test_it_stays_where_the_target_has_it(target: int) -> None:
    require_untouched(graph(21), decompose_group_normalization, opset=target)


def test_a_scale_that_depends_on_the_input_is_refused() -> None:
    text = (
        "net (float[2,6,5,7] x, float[6] s) => (float[2,6,5,7] y) { y = GroupNormalization <num_groups = 3> (x, s, b) }"
    )
    for target, reason in [(17, "opset 17 has no operator GroupNormalization"), (20, "a scale for each channel")]:
        assert reason in refusal(parsed(text, {"b": normal(6)}, opset=21), target)
