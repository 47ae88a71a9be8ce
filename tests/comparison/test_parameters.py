"""Every change of an initializer is found, down to one bit."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from conftest import Copy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import ModelProto, TensorProto, numpy_helper

from xverify.bundle.bundle import Bundle, rehash
from xverify.bundle.onnxfile import OnnxFile
from xverify.comparison.compare import compare_bundle
from xverify.comparison.parameters import check_interface, check_parameters
from xverify.comparison.policy import Policy
from xverify.errors import XverifyError
from xverify.runtimes.onnxruntime import OnnxRuntime

WEIGHT, PARAMETER = "layer_4_weight", "4.weight"
"""Name of the second convolution's weight, in the ONNX and in PyTorch."""


@pytest.fixture
def bundle(cnn_bundle: Bundle, copied: Copy) -> Bundle:
    return copied(cnn_bundle)


def edit(bundle: Bundle, change: Callable[[ModelProto], object]) -> None:
    model = onnx.load(bundle.model_path)
    change(model)
    onnx.save(model, bundle.model_path)


def tensor(model: ModelProto, name: str = WEIGHT) -> TensorProto:
    item: TensorProto = next(item for item in model.graph.initializer if item.name == name)
    return item


def problems(bundle: Bundle) -> dict[str, str]:
    return {finding.initializer: finding.problem for finding in check_parameters(bundle).changed}


def test_untouched_parameters_are_all_checked(bundle: Bundle) -> None:
    result = check_parameters(bundle)
    assert result.changed == ()
    assert result.checked == len(onnx.load(bundle.model_path).graph.initializer) > 5


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_one_flipped_bit_is_found_wherever_it_is(bundle: Bundle, data: st.DataObject) -> None:
    with OnnxFile(bundle.model_path) as model:
        item = data.draw(st.sampled_from(sorted(model.initializers.values())))
    position = item.offset + data.draw(st.integers(0, item.nbytes - 1))
    original = bundle.model_path.read_bytes()
    changed = bytearray(original)
    changed[position] ^= 1 << data.draw(st.integers(0, 7))
    try:
        bundle.model_path.write_bytes(changed)
        assert problems(bundle) == {item.name: "its values differ from PyTorch's"}
    finally:
        bundle.model_path.write_bytes(original)


def test_a_finding_names_the_parameter_and_the_layers_that_read_it(bundle: Bundle) -> None:
    def negate(model: ModelProto) -> None:
        item = tensor(model)
        item.CopyFrom(numpy_helper.from_array(-numpy_helper.to_array(item), WEIGHT))

    edit(bundle, negate)
    (finding,) = check_parameters(bundle).changed
    assert finding.parameters == (PARAMETER,)
    assert finding.layers == ("layer_4",)


def test_negative_zero_is_another_value(bundle: Bundle) -> None:
    def zero(model: ModelProto) -> None:
        array = numpy_helper.to_array(tensor(model, "layer_6_bias")).copy()
        array[0] = 0.0
        tensor(model, "layer_6_bias").CopyFrom(numpy_helper.from_array(array, "layer_6_bias"))

    edit(bundle, zero)
    assert list(problems(bundle)) == ["layer_6_bias"]


def rename(item: TensorProto, name: str) -> None:
    item.name = name


CHANGES: dict[str, tuple[Callable[[ModelProto], object], dict[str, str]]] = {
    "missing": (lambda model: model.graph.initializer.remove(tensor(model)), {WEIGHT: "missing from model.onnx"}),
    "renamed": (
        lambda model: rename(tensor(model), "other"),
        {WEIGHT: "missing from model.onnx", "other": "not in the manifest: added to model.onnx after the export"},
    ),
    "added": (
        lambda model: model.graph.initializer.extend([numpy_helper.from_array(np.ones(2), n) for n in ("b", "a")]),
        dict.fromkeys(("a", "b"), "not in the manifest: added to model.onnx after the export"),
    ),
    "another type of the same bytes": (
        lambda model: tensor(model).MergeFrom(TensorProto(data_type=TensorProto.INT32)),
        {WEIGHT: "is int32 12x7x3x3 instead of float32 12x7x3x3"},
    ),
    "a type that numpy does not have": (
        lambda model: tensor(model).MergeFrom(TensorProto(data_type=TensorProto.BFLOAT16)),
        {WEIGHT: "is type 16 12x7x3x3 instead of float32 12x7x3x3"},
    ),
    "another shape of the same bytes": (
        lambda model: tensor(model).dims.reverse(),
        {WEIGHT: "is float32 3x3x7x12 instead of float32 12x7x3x3"},
    ),
    "one axis more": (
        lambda model: tensor(model).dims.append(1),
        {WEIGHT: "is float32 12x7x3x3x1 instead of float32 12x7x3x3"},
    ),
    "no data": (lambda model: tensor(model).ClearField("raw_data"), {WEIGHT: "its values differ from PyTorch's"}),
    "less data": (
        lambda model: tensor(model).MergeFrom(TensorProto(raw_data=tensor(model).raw_data[:-4])),
        {WEIGHT: "its values differ from PyTorch's"},
    ),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_every_change_of_an_initializer_is_found(bundle: Bundle, kind: str) -> None:
    change, expected = CHANGES[kind]
    edit(bundle, change)
    assert problems(bundle) == expected


def test_findings_come_in_one_order(bundle: Bundle) -> None:
    edit(bundle, CHANGES["added"][0])
    assert [finding.initializer for finding in check_parameters(bundle).changed] == ["a", "b"]


def test_of_two_initializers_of_one_name_the_last_counts_as_in_onnxruntime(bundle: Bundle) -> None:
    def double(model: ModelProto) -> None:
        other = numpy_helper.from_array(2 * numpy_helper.to_array(tensor(model)), WEIGHT)
        model.graph.initializer.append(other)

    edit(bundle, double)
    assert problems(bundle) == {WEIGHT: "its values differ from PyTorch's"}


@pytest.mark.parametrize("kind", ["float_data", "external"])
def test_data_that_is_not_inline_raw_bytes_is_refused(bundle: Bundle, kind: str) -> None:
    def move(model: ModelProto) -> None:
        item = tensor(model)
        if kind == "float_data":
            item.float_data.extend(numpy_helper.to_array(item).ravel())
        else:
            item.data_location = TensorProto.EXTERNAL
        item.ClearField("raw_data")

    edit_raw(bundle.model_path, move)
    with pytest.raises(XverifyError, match=r"layer_4_weight is not stored as raw bytes"):
        check_parameters(bundle)


def edit_raw(path: Path, change: Callable[[ModelProto], object]) -> None:
    """As `edit`, but without loading or saving external data."""
    model = ModelProto.FromString(path.read_bytes())
    change(model)
    path.write_bytes(model.SerializeToString())


def test_a_wrong_parameter_keeps_the_comparison_from_passing_whatever_the_tolerance(bundle: Bundle) -> None:
    def nudge(model: ModelProto) -> None:
        array = numpy_helper.to_array(tensor(model)).copy()
        array[3, 2, 1, 0] = np.nextafter(array[3, 2, 1, 0], np.float32(9))
        tensor(model).CopyFrom(numpy_helper.from_array(array, WEIGHT))

    edit(bundle, nudge)
    rehash(bundle.path)
    comparison = compare_bundle(bundle, OnnxRuntime(1))
    assert {str(layer.status) for layer in comparison.layers} == {"passed"}  # it is below the rounding
    assert not comparison.passed
    assert f"'{PARAMETER}'" in comparison.problems[0]
    assert compare_bundle(bundle, OnnxRuntime(1), Policy(check_parameters=False)).passed


def test_the_interface_is_that_of_the_manifest(bundle: Bundle, choices_bundle: Bundle, aliases_bundle: Bundle) -> None:
    for whole in (bundle, choices_bundle, aliases_bundle):
        assert check_interface(whole) == ()


def test_exchanged_outputs_are_found(choices_bundle: Bundle, copied: Copy) -> None:
    bundle = copied(choices_bundle)

    def exchange(model: ModelProto) -> None:
        outputs = list(model.graph.output)
        del model.graph.output[:]
        model.graph.output.extend(reversed(outputs))

    edit(bundle, exchange)
    (problem,) = check_interface(bundle)
    assert problem.startswith("model.onnx has the outputs ")


def test_a_lost_input_is_found(choices_bundle: Bundle, copied: Copy) -> None:
    bundle = copied(choices_bundle)
    edit(bundle, lambda model: model.graph.input.pop())
    (problem,) = check_interface(bundle)
    assert problem == "model.onnx has the inputs x instead of x, weights"


def test_a_weight_that_went_into_a_constant_node_is_found(bundle: Bundle) -> None:
    def hide(model: ModelProto) -> None:
        node = onnx.helper.make_node("Constant", [], ["hidden"], value=tensor(model))
        convolution = next(node for node in model.graph.node if WEIGHT in node.input)
        convolution.input[1] = "hidden"
        model.graph.node.insert(0, node)

    edit(bundle, hide)
    assert check_interface(bundle) == (
        "model.onnx has a Constant node 'hidden': its value is no checked parameter",
        f"no node of model.onnx reads the parameter '{WEIGHT}'",
    )
