"""The versions are set, and what an opset cannot say is refused with its name and the reason."""

import onnx
import onnx_ir as ir
import pytest
from handmade_graphs import normal, parsed, require_equal, run, state_of
from lowered_graphs import lower, refusal, require_untouched

from xverify.errors import XverifyError
from xverify.onnx_export.passes.lower_opset import lower_opset
from xverify.onnx_export.target import Target

RELU = "net (float[2,3,5,7] x) => (float[2,3,5,7] y) { y = Relu(x) }"


def unchecked(text: str, opset: int = 20) -> ir.Model:
    return ir.from_proto(onnx.parser.parse_model(f'<ir_version: 10, opset_import: ["" : {opset}, "own" : 1]> {text}'))


@pytest.mark.parametrize(("own", "target", "set_to"), [(20, 17, 17), (20, 13, 13), (13, 17, 13), (17, 17, 17)])
def test_the_opset_is_the_older_of_both(own: int, target: int, set_to: int) -> None:
    model = parsed(RELU, opset=own)
    model.graph[0].version = own
    before = run(model)
    require_untouched(model, lower_opset, opset=target)
    assert dict(model.opset_imports) == {"": set_to}
    assert model.graph[0].version is None
    require_equal(run(model), before)


@pytest.mark.parametrize(("own", "target", "set_to"), [(10, 8, 8), (7, 8, 7), (3, 8, 4), (9, 9, 9)])
def test_the_ir_version_is_the_older_of_both_and_lets_weights_be_no_inputs(own: int, target: int, set_to: int) -> None:
    model = parsed("net (float[2,3] x) => (float[2,3] y) { y = Add(x, w) }", {"w": normal(3)}, opset=13)
    model.ir_version = own
    state = state_of(model)
    state.target = Target("R2024b", ir_version=target)
    lower_opset(state)
    assert model.ir_version == set_to


def test_a_domain_that_nobody_uses_goes() -> None:
    model = unchecked(RELU)
    lower(model, lower_opset)
    assert dict(model.opset_imports) == {"": 17}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("net (float[2,3] x) => (float[2,3] y) { y = own.Thing(x) }", "operator own.Thing is not of the standard operator set (at y)"),
        ("net (float[2,3] x) => (float[2,3] y) { y = Trilu(x) }", "opset 13 has no operator Trilu (at y)"),
        ("net (float[2,3,5] x, int64[2] a) => (float[A,B,C] y) { y = ReduceMax (x, a) }", "ReduceMax of opset 13 has fewer inputs than 2"),
        ("net (float[2,3] x) => (float[A] y) { y = OptionalGetElement (x) }", "no operator OptionalGetElement"),
        ("net (int16[2,3] x) => (int16[2,3] y) { y = Relu (x) }", "Relu of opset 13 has no inputs of type tensor(int16)"),
        ("net (float[2,3] x) => (bool y) { y = OptionalHasElement () }", "no operator OptionalHasElement"),
        ("net (bfloat16[2,3] x) => (bfloat16[2,3] y) { y = Add (x, x) }", ""),
        ("net (float[2,3] x) => (float8e5m2[2,3] y) { y = Cast <to = 19> (x) }", "no outputs of type tensor(float8e5m2)"),
        ("net (float[2,3] x) => (int64[1] y) { y = Shape <end = 1> (x) }", "Shape of opset 13 has no end, which is 1"),
        ("net (seq(float[2,3]) x) => (seq(float[2,3]) y) { y = Identity (x) }", "no inputs of type seq(tensor(float))"),
        ('net (float[4] x, int64[2,1] i, float[2] u) => (float[4] y) { y = ScatterND <reduction = "max"> (x, i, u) }', "'max' (since"),
    ],
)  # fmt: skip
def test_what_an_opset_cannot_say_is_refused(text: str, reason: str) -> None:
    message = refusal(unchecked(text))
    assert reason in message
    assert message.startswith("The model cannot be written for this release: " if reason else "")
    assert bool(message) is bool(reason)


def test_a_foreign_domain_is_refused_though_the_opset_fits() -> None:
    model = unchecked("net (float[2,3] x) => (float[2,3] y) { y = own.Thing(x) }", 13)
    with pytest.raises(XverifyError, match=r"own\.Thing") as caught:
        lower(model, lower_opset)
    assert "--release" in caught.value.hint


def test_the_inside_of_a_branch_is_checked_too() -> None:
    text = """net (float[2,3] x, bool c) => (float[2,3] y) {
        y = If (c) <then_branch = a () => (float[2,3] p) { p = Trilu(x) }, else_branch = b () => (float[2,3] q) { q = Neg(x) }>
    }"""
    assert "opset 13 has no operator Trilu (at p)" in refusal(unchecked(text))


def test_operands_that_an_opset_needs_must_be_there() -> None:
    model = unchecked("net (float[2,3] x) => (bool y) { y = OptionalHasElement () }")
    assert "OptionalHasElement of opset 17 has more inputs than 0 (at y)" in refusal(model, 17)


def test_a_function_that_nobody_calls_goes() -> None:
    model = unchecked(RELU + ' <domain: "own", opset_import: ["" : 20]> thing (x) => (y) { y = Gelu(x) }')
    assert len(model.functions) == 1
    lower(model, lower_opset)
    assert not model.functions
    assert run(model)[0].shape == (2, 3, 5, 7)
