"""Decomposed and lowered operators compute what the onnx package expects of the operators that they replace."""

from collections.abc import Iterator

import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime
import pytest
import torch
import torch.nn.functional as F
from backend_models import Array, BackendModel, backend_models
from handmade_graphs import nodes, normal, parsed, require_equal, run, state_of
from torch import Tensor, nn

from xverify.errors import XverifyError
from xverify.onnx_export.passes.fold_constants import fold_constants
from xverify.onnx_export.passes.lower_opset import lower_opset
from xverify.onnx_export.passes.lowering import LOWERING
from xverify.onnx_export.target import Target

DECOMPOSED = dict.fromkeys(("HardSwish", "HardSigmoid", "Gelu"), "decompose")

PREFIXES = (
    "test_gelu", "test_hardswish", "test_hardsigmoid", "test_mish", "test_swish", "test_layer_normalization",
    "test_group_normalization", "test_reduce_", "test_split_", "test_resize_", "test_center_crop_pad", "test_edge_pad",
    "test_constant_pad", "test_reflect_pad", "test_gridsample", "test_averagepool", "test_batchnorm", "test_reshape",
    "test_lstm", "test_gru", "test_cast_FLOAT_to", "test_roialign", "test_clip", "test_softmax", "test_instancenorm",
)  # fmt: skip


def chosen() -> Iterator[BackendModel]:
    for name, model in backend_models("node").items():
        if name.startswith(PREFIXES) and "expanded" not in name:
            yield model


def lowered(model: ir.Model, opset: int, forms: dict[str, str] | None = None) -> ir.Model:
    target = Target("R", opset=opset, ir_version=8, forms=DECOMPOSED if forms is None else forms)  # type: ignore[arg-type]
    state = state_of(model, [value.name or "" for value in model.graph.outputs])
    state.target = target
    for step in LOWERING:
        step(state)
    return model


def run_on(proto: onnx.ModelProto, feeds: dict[str, Array]) -> list[Array]:
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return [np.asarray(value) for value in session.run(None, feeds)]


def computes(case: BackendModel, proto: onnx.ModelProto, feeds: dict[str, Array], expected: list[Array]) -> bool:
    """Whether onnxruntime has a kernel for the operator, and its outputs are those that the package expects."""
    try:
        actual = run_on(proto, feeds)
    except Exception:  # noqa: BLE001 - onnxruntime's exceptions share no base class
        return False
    rtol, atol = max(case.case.rtol, 1e-3), max(case.case.atol, 1e-5)
    return all(
        one.shape == np.shape(other) and np.allclose(one, other, rtol=rtol, atol=atol, equal_nan=one.dtype.kind == "f")
        for one, other in zip(actual, expected, strict=True)
    )


@pytest.mark.parametrize("opset", [17, 13])
def test_backend_models_keep_their_outputs_or_are_refused(opset: int) -> None:
    """Every chosen model that onnxruntime runs at all: none may change its outputs."""
    kept, refused, skipped = list[str](), dict[str, str](), list[str]()
    for case in chosen():
        proto = case.model()
        if onnx.defs.onnx_opset_version() < proto.opset_import[0].version or proto.opset_import[0].version < 13:
            skipped.append(case.name)
            continue
        feeds, expected = next(iter(case.data_sets()))
        if not computes(case, proto, feeds, expected):
            skipped.append(case.name)
            continue
        try:
            result = ir.to_proto(lowered(ir.from_proto(onnx.shape_inference.infer_shapes(proto)), opset))
        except XverifyError as error:
            refused[case.name] = error.message
            continue
        assert result.opset_import[0].version <= opset
        onnx.checker.check_model(result, full_check=True)
        assert computes(case, result, feeds, expected), case.name
        kept.append(case.name)
    assert len(kept) > (100 if opset == 17 else 80), f"{len(kept)} kept, {len(refused)} refused, {len(skipped)} skipped"
    assert all("(at " in message for message in refused.values())


class Mixed(nn.Module):
    """Operators that opsets below 20 write otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 6, (3, 2))
        self.norm = nn.LayerNorm(5)
        self.group = nn.GroupNorm(3, 6)
        self.lstm = nn.LSTM(5, 4, batch_first=True)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        y = F.hardswish(self.group(self.conv(image)))
        first, second = torch.chunk(y, 2, dim=1)
        up = F.interpolate(F.gelu(first), scale_factor=2.0, mode="bilinear")
        near = F.pad(F.interpolate(F.gelu(second, approximate="tanh"), size=(9, 7)), (1, 2, 0, 1))
        tokens = F.mish(self.norm(F.hardsigmoid(y.flatten(2)[:, :, :5])))
        return up.amax(dim=(2, 3)) + near.mean(dim=(2, 3)), self.lstm(tokens)[0], tokens.sum(dim=1)


@pytest.mark.parametrize("opset", [20, 17, 13])
def test_a_real_export_keeps_its_values(opset: int) -> None:
    torch.manual_seed(4)
    image = torch.randn(2, 3, 9, 8)
    program = torch.onnx.export(Mixed().eval(), (image,), dynamo=True, optimize=False, verbose=False)
    assert program is not None
    raw = ir.to_proto(program.model)
    feeds = {raw.graph.input[0].name: image.numpy()}
    before = run_on(raw, feeds)
    model = ir.from_proto(raw)
    state = state_of(model, [value.name or "" for value in model.graph.outputs])
    fold_constants(state)
    after = ir.to_proto(lowered(model, opset))
    assert after.opset_import[0].version == min(opset, raw.opset_import[0].version)
    onnx.checker.check_model(after, full_check=True)
    for actual, wanted in zip(run_on(after, feeds), before, strict=True):
        np.testing.assert_allclose(actual, wanted, rtol=1e-4, atol=2e-6)


def require_close(actual: list[Array], expected: list[Array]) -> None:
    for one, other in zip(actual, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=3e-6, atol=3e-7)


X = "net (float[2,3,5,7] x) => (float[2,3,5,7] y)"


@pytest.mark.parametrize(
    ("call", "operators"),
    [
        ("HardSwish(x)", ["Add", "Clip", "Mul", "Div"]),
        ("HardSigmoid <alpha = 0.16666667, beta = 0.5> (x)", ["Add", "Clip", "Div"]),
        ("HardSigmoid <alpha = 0.3, beta = 0.4> (x)", ["Mul", "Add", "Clip"]),
        ("Gelu(x)", ["Div", "Erf", "Mul", "Add", "Mul"]),
        ('Gelu <approximate = "tanh"> (x)', ["Mul", "Mul", "Mul", "Add", "Mul", "Tanh", "Mul", "Add", "Mul"]),
        ("Mish(x)", ["Softplus", "Tanh", "Mul"]),
    ],
)  # fmt: skip
def test_an_activation_becomes_its_formula(call: str, operators: list[str]) -> None:
    model = parsed(f"{X} {{ a = Exp(x) y = {call.replace('(x)', '(a)')} }}")
    before = run(model)
    lowered(model, 17)
    assert [node.op_type for node in model.graph][1:] == operators
    assert nodes(model)[-1].endswith("-> y")
    require_close(run(model), before)


def test_a_form_that_the_release_keeps_stays() -> None:
    model = parsed(f"{X} {{ a = HardSwish(x) y = HardSigmoid(a) }}")
    lowered(model, 20, {})
    assert nodes(model) == ["HardSwish -> a", "HardSigmoid -> y"]


@pytest.mark.parametrize("axis", ["2", "-1", "1"])
def test_layer_normalization_becomes_means_below_17(axis: str) -> None:
    sizes = {"1": (3, 5, 7), "2": (5, 7), "-1": (7,)}[axis]
    text = f"{X} {{ y = LayerNormalization <axis = {axis}, epsilon = 0.01> (x, s, b) }}"
    model = parsed(text, {"s": normal(*sizes), "b": normal(*sizes)})
    before = run(model)
    lowered(model, 13)
    assert "LayerNormalization" not in {node.op_type for node in model.graph}
    assert all("axes" in node.attributes for node in model.graph if node.op_type == "ReduceMean")
    np.testing.assert_allclose(run(model)[0], before[0], rtol=1e-5, atol=2e-6)


def test_axes_become_an_attribute_and_values_stay_equal() -> None:
    text = "net (float[2,3,5,7] x) => (float[2,5] y) { y = ReduceMax <keepdims = 0> (x, axes) }"
    model = parsed(text, {"axes": np.array([1, -1], np.int64)})
    before = run(model)
    lowered(model, 17)
    (node,) = model.graph
    assert list(node.attributes["axes"].as_ints()) == [1, -1]
    assert not model.graph.initializers
    require_equal(run(model), before)


def test_a_split_gets_its_sizes() -> None:
    text = "net (float[2,7] x) => (float[2,3] a, float[2,3] b, float[2,1] c) { a, b, c = Split <axis = 1, num_outputs = 3> (x) }"
    model = parsed(text)
    before = run(model)
    lowered(model, 17)
    (node,) = model.graph
    assert "num_outputs" not in node.attributes
    require_equal(run(model), before)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("net (float[2,3] x) => (float[2,3] y) { y = custom.Thing(x) }", "not of the standard operator set"),
        ("net (float[1,1,4,4] x, float[1,2,2,2] g) => (float[1,1,2,2] y) { y = GridSample(x, g) }", "opset 13 has no operator GridSample"),
        ("net (float[2,3] x, int64[2] a) => (float y) { y = ReduceMax <keepdims = 0> (x, a) }", "fewer inputs"),
        ("net (float[1,1,4,4] x) => (float[1,1,2,2] y) { y = AveragePool <kernel_shape=[2,2], dilations=[2,2]> (x) }", "no dilations"),
    ],
)  # fmt: skip
def test_what_an_opset_cannot_say_is_refused(text: str, reason: str) -> None:
    model = ir.from_proto(onnx.parser.parse_model(f'<ir_version: 10, opset_import: ["" : 20, "custom" : 1]> {text}'))
    with pytest.raises(XverifyError, match=reason) as caught:
        lowered(model, 13)
    assert "(at y)" in caught.value.message


def test_an_old_model_keeps_its_opset_and_no_newer_ir_is_written() -> None:
    model = parsed(f"{X} {{ y = Relu(x) }}", opset=13)
    model.ir_version = 7
    state = state_of(model, ["y"])
    lower_opset(state)
    assert (model.opset_imports[""], model.ir_version) == (13, 7)
    assert nodes(model) == ["Relu -> y"]
