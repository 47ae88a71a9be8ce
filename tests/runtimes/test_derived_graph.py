"""Derived models: valid ONNX, the same values as the original, no weights of their own."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from conftest import Copy
from numpy.typing import NDArray
from onnx import TensorProto

from xverify.bundle.bundle import Bundle
from xverify.bundle.onnxfile import OnnxFile
from xverify.runtimes.derived_graph import FEED_PREFIX, INLINE_BELOW, Tensor, derive

Array = NDArray[Any]
BUNDLES = ["cnn_bundle", "choices_bundle", "aliases_bundle"]


@pytest.fixture(params=BUNDLES)
def bundle(request: pytest.FixtureRequest, copied: Copy) -> Bundle:
    made: Bundle = request.getfixturevalue(request.param)
    return copied(made)


def tensors(bundle: Bundle) -> dict[str, Tensor]:
    layers = [layer for layer in bundle.manifest.layers if layer.onnx_tensor]
    return {layer.id: Tensor(layer.onnx_tensor, layer.dtype, layer.shape) for layer in layers}


def written(bundle: Bundle, feeds: dict[str, Tensor] | None = None) -> Path:
    with OnnxFile(bundle.model_path) as model:
        data = derive(model, outputs=tensors(bundle).values(), feeds=feeds)
    (bundle.path / "derived.onnx").write_bytes(data)
    return bundle.path / "derived.onnx"


def read_layers(bundle: Bundle) -> dict[str, Tensor]:
    """Tensor name -> tensor, of every layer that a node reads: what a local run is fed with."""
    with OnnxFile(bundle.model_path) as model:
        read = {name for node in model.nodes for name in node.inputs}
    return {tensor.name: tensor for tensor in tensors(bundle).values() if tensor.name in read}


def run(path: Path, feeds: dict[str, Array]) -> dict[str, Array]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, feeds), strict=True))


def inputs_of(bundle: Bundle) -> dict[str, Array]:
    return {item.onnx_tensor: bundle.reference(item) for item in bundle.manifest.inputs}


def references_of(bundle: Bundle) -> dict[str, Array]:
    read = read_layers(bundle)
    layers = [layer for layer in bundle.manifest.layers if layer.onnx_tensor in read]
    return {FEED_PREFIX + layer.onnx_tensor: bundle.reference(layer) for layer in layers}


@pytest.mark.parametrize("local", [False, True])
def test_it_is_valid_onnx(bundle: Bundle, local: bool) -> None:
    path = written(bundle, read_layers(bundle) if local else None)
    onnx.checker.check_model(path, full_check=True)
    original, derived = onnx.load(bundle.model_path), onnx.load(path, load_external_data=False)
    assert (derived.ir_version, list(derived.opset_import)) == (original.ir_version, list(original.opset_import))
    assert [node.op_type for node in derived.graph.node] == [node.op_type for node in original.graph.node]
    assert [node.output for node in derived.graph.node] == [node.output for node in original.graph.node]
    assert [value.name for value in derived.graph.output] == [tensor.name for tensor in tensors(bundle).values()]


def test_its_weights_are_those_of_the_original_file(bundle: Bundle) -> None:
    original = {item.name: item for item in onnx.load(bundle.model_path).graph.initializer}
    with_data = {item.name: item for item in onnx.load(written(bundle)).graph.initializer}
    assert with_data.keys() == original.keys()
    for name, item in with_data.items():
        np.testing.assert_array_equal(
            onnx.numpy_helper.to_array(item), onnx.numpy_helper.to_array(original[name]), strict=True
        )


def test_large_weights_stay_where_they_are(cnn_bundle: Bundle, copied: Copy) -> None:
    bundle = copied(cnn_bundle)
    path = written(bundle)
    large = [item for item in onnx.load(bundle.model_path).graph.initializer if len(item.raw_data) >= INLINE_BELOW]
    assert len(large) >= 2
    assert path.stat().st_size < bundle.model_path.stat().st_size - sum(len(item.raw_data) for item in large) + 2000
    for item in onnx.load(path, load_external_data=False).graph.initializer:
        external = item.data_location == TensorProto.EXTERNAL
        assert external == any(item.name == other.name for other in large)


def test_all_layers_have_the_values_of_the_original(bundle: Bundle) -> None:
    found = run(written(bundle), inputs_of(bundle))
    expected = run(bundle.model_path, inputs_of(bundle))
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value, strict=True)
    for layer in bundle.manifest.layers:
        if layer.onnx_tensor:
            np.testing.assert_allclose(found[layer.onnx_tensor], bundle.reference(layer), rtol=1e-4, atol=1e-5)


def test_each_layer_is_computed_from_what_is_fed(bundle: Bundle) -> None:
    """A local run on other inputs and one changed reference moves only the layers that read them directly."""
    path, feeds = written(bundle, read_layers(bundle)), inputs_of(bundle) | references_of(bundle)
    before = run(path, feeds)
    with OnnxFile(bundle.model_path) as model:
        made_from = {output: node.inputs for node in model.nodes for output in node.outputs}
    for name, value in feeds.items():
        if value.dtype != np.float32:
            continue
        changed = {
            key for key, old in before.items() if not np.array_equal(run(path, feeds | {name: value + 2})[key], old)
        }
        assert changed
        assert changed <= _readers(name.removeprefix(FEED_PREFIX), made_from, set(before))


def _readers(name: str, made_from: dict[str, tuple[str, ...]], layers: set[str]) -> set[str]:
    """The layers that read a tensor directly or through tensors that are no layers."""
    direct = {output for output, inputs in made_from.items() if name in inputs}
    inner = [_readers(output, made_from, layers) for output in direct - layers]
    return (direct & layers).union(*inner)


def test_feeds_are_named_apart_and_typed(bundle: Bundle) -> None:
    feeds = read_layers(bundle)
    inputs = {value.name: value for value in onnx.load(written(bundle, feeds), load_external_data=False).graph.input}
    for name, tensor in feeds.items():
        kind = inputs[FEED_PREFIX + name].type.tensor_type
        assert onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type) == np.dtype(tensor.dtype)
        assert tuple(size.dim_value for size in kind.shape.dim) == tensor.shape
    assert len(inputs) == len(feeds) + len(bundle.manifest.inputs)


def test_the_original_is_not_touched(bundle: Bundle) -> None:
    before = bundle.model_path.read_bytes()
    written(bundle, read_layers(bundle))
    assert bundle.model_path.read_bytes() == before


def test_networks_of_pytorchs_older_exporter_compute_the_same(tmp_path: Path) -> None:
    """Files of the onnx package, with the inputs that came with them."""
    folder = Path(onnx.__file__).parent / "backend" / "test" / "data" / "pytorch-converted"
    cases = sorted(path.parent for path in folder.glob("*/model.onnx"))[::3]
    if not cases:
        pytest.skip("this onnx package comes without its backend test data")
    assert sum(_computes_the_same(case, tmp_path / case.name) for case in cases) >= 10


def _computes_the_same(case: Path, folder: Path) -> bool:
    """False where onnxruntime has no kernel for so old an operator set."""
    shutil.copytree(case, folder)
    graph = onnx.load(folder / "model.onnx").graph
    weights = {item.name for item in graph.initializer}
    names = [value.name for value in graph.input if value.name not in weights]
    feeds = {name: _input(folder / "test_data_set_0" / f"input_{index}.pb") for index, name in enumerate(names)}
    try:
        expected = run(folder / "model.onnx", feeds)
    except onnxruntime.capi.onnxruntime_pybind11_state.NotImplemented:
        return False
    outputs = [Tensor(name, str(value.dtype), value.shape) for name, value in expected.items()]
    with OnnxFile(folder / "model.onnx") as model:
        (folder / "derived.onnx").write_bytes(derive(model, outputs=outputs))
    for name, value in run(folder / "derived.onnx", feeds).items():
        np.testing.assert_array_equal(value, expected[name], strict=True)
    return True


def _input(path: Path) -> Array:
    return onnx.numpy_helper.to_array(TensorProto.FromString(path.read_bytes()))
