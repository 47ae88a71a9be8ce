"""onnxruntime as a source of activations."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from conftest import Copy
from numpy.typing import NDArray
from onnx import ModelProto, numpy_helper

from xverify.bundle.bundle import Bundle, load_bundle, rehash
from xverify.comparison.compare import compare_bundle
from xverify.comparison.results import Status
from xverify.errors import XverifyError
from xverify.runtimes.onnxruntime import OnnxRuntime
from xverify.runtimes.runtime import Activation

Array = NDArray[Any]
BUNDLES = ["cnn_bundle", "choices_bundle", "aliases_bundle"]


@pytest.fixture(params=BUNDLES)
def bundle(request: pytest.FixtureRequest) -> Bundle:
    made: Bundle = request.getfixturevalue(request.param)
    return made


def present(bundle: Bundle) -> list[str]:
    return [layer.id for layer in bundle.manifest.layers if not layer.alias_of]


def names(activations: Iterator[Activation] | None) -> list[str]:
    assert activations is not None
    return [activation.layer for activation in activations]


def references(bundle: Bundle) -> dict[str, Array]:
    return {name: bundle.reference(bundle.layers[name]) for name in present(bundle)}


def test_it_gives_every_layer_three_times(bundle: Bundle) -> None:
    runtime = OnnxRuntime(1)
    assert names(runtime.local(bundle, references(bundle))) == present(bundle)
    assert names(runtime.accumulated(bundle)) == present(bundle)
    outputs = {bundle.survivor(bundle.layers[output.layer]).id for output in bundle.manifest.outputs}
    assert set(names(runtime.optimised(bundle))) == outputs


def test_a_fresh_export_passes(bundle: Bundle) -> None:
    comparison = compare_bundle(bundle, OnnxRuntime(1))
    assert comparison.passed
    assert comparison.coverage.compared == comparison.coverage.total == len(bundle.manifest.layers)
    assert comparison.first_fault is None
    assert comparison.parameters.checked == len(bundle.manifest.initializers) > 0


def test_it_says_what_it_is() -> None:
    runtime = OnnxRuntime(2)
    assert runtime.name.startswith("onnxruntime 1.")
    assert runtime.environment["threads"] == "2"
    assert OnnxRuntime().environment["threads"] == "default"
    assert (runtime.reads_model, runtime.notes) == (True, ())


@pytest.mark.parametrize("threads", [0, 1, 2])
def test_any_number_of_threads(cnn_bundle: Bundle, threads: int) -> None:
    assert compare_bundle(cnn_bundle, OnnxRuntime(threads)).passed


def test_it_reads_and_writes_nothing_else(cnn_bundle: Bundle, copied: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    """A read-only bundle will do, from whatever working directory."""
    bundle = copied(cnn_bundle)
    for path in bundle.path.iterdir():
        path.chmod(0o444)
    bundle.path.chmod(0o555)
    before = {path: path.stat().st_mtime_ns for path in (bundle.path, *bundle.path.iterdir())}
    elsewhere = bundle.path.parent / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    try:
        assert compare_bundle(bundle, OnnxRuntime(1)).passed
        assert {path: path.stat().st_mtime_ns for path in (bundle.path, *bundle.path.iterdir())} == before
        assert list(elsewhere.iterdir()) == []
    finally:
        bundle.path.chmod(0o755)


@pytest.mark.parametrize(
    "name", ["with spaces", "größer 你好 é", 'quote\'s "and" %41$', "x" * 200, "a/" + "b" * 200 + "/" + "c" * 200]
)
def test_folders_of_any_name(cnn_bundle: Bundle, tmp_path: Path, name: str) -> None:
    bundle = load_bundle(shutil.copytree(cnn_bundle.path, tmp_path / name))
    assert compare_bundle(bundle, OnnxRuntime(1)).passed


def test_a_folder_whose_name_is_no_utf8_is_the_users_error(cnn_bundle: Bundle, tmp_path: Path) -> None:
    try:
        moved = Path(shutil.copytree(cnn_bundle.path, tmp_path / "net\udcff"))
    except OSError:
        pytest.skip("this file system has UTF-8 names only")
    with pytest.raises(XverifyError, match="the path is no UTF-8"):
        compare_bundle(load_bundle(moved), OnnxRuntime(1))


def test_a_relative_path(cnn_bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(cnn_bundle.path.parent)
    assert compare_bundle(load_bundle(cnn_bundle.path.name), OnnxRuntime(1)).passed
    monkeypatch.chdir(cnn_bundle.path)
    assert compare_bundle(load_bundle("."), OnnxRuntime(1)).passed


def test_a_bundle_behind_a_symlink(cnn_bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(cnn_bundle.path)
    assert compare_bundle(load_bundle(tmp_path / "link"), OnnxRuntime(1)).passed


def test_a_model_file_that_is_a_symlink(cnn_bundle: Bundle, copied: Copy) -> None:
    """As data version control stores large files."""
    bundle = copied(cnn_bundle)
    store = bundle.path.parent / "store"
    store.mkdir()
    bundle.model_path.rename(store / "4f1c")
    bundle.model_path.symlink_to(store / "4f1c")
    assert compare_bundle(bundle, OnnxRuntime(1)).passed


def edit(bundle: Bundle, change: Callable[[ModelProto], object]) -> None:
    model = onnx.load(bundle.model_path)
    change(model)
    onnx.save(model, bundle.model_path)
    rehash(bundle.path)


def test_a_changed_weight_moves_its_layer_alone_locally_and_all_that_follow_otherwise(
    cnn_bundle: Bundle, copied: Copy
) -> None:
    bundle = copied(cnn_bundle)

    def double_one(model: ModelProto) -> None:
        weight = next(item for item in model.graph.initializer if item.name == "layer_4_weight")
        array = numpy_helper.to_array(weight).copy()
        array[0, 0, 1, 2] *= 2
        weight.CopyFrom(numpy_helper.from_array(array, "layer_4_weight"))

    edit(bundle, double_one)
    comparison = compare_bundle(bundle, OnnxRuntime(1))
    assert not comparison.passed
    assert comparison.first_fault == "layer_4"
    wrong = {r.id for r in comparison.layers if r.local is not None and not r.local.passed}
    assert wrong == {"layer_4"}
    assert [r.id for r in comparison.layers if r.status is Status.FAILED] == ["layer_4", "layer_5", "layer_6"]
    assert {r.id for r in comparison.layers if r.optimised is not None and not r.optimised.passed} == {"layer_6"}


BROKEN: dict[str, Callable[[ModelProto], object]] = {
    "an unknown operation": lambda model: setattr(model.graph.node[0], "op_type", "Convolve"),
    "an unknown attribute": lambda model: setattr(model.graph.node[0].attribute[0], "name", "padding"),
    "an operator set of the future": lambda model: setattr(model.opset_import[0], "version", 999),
    "a lost node": lambda model: model.graph.node.pop(2),
    "a weight of another shape": lambda model: model.graph.initializer[0].dims.reverse(),
    "a renamed input": lambda model: setattr(model.graph.input[0], "name", "image"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_model_that_onnxruntime_refuses_is_the_users_error(cnn_bundle: Bundle, copied: Copy, kind: str) -> None:
    bundle = copied(cnn_bundle)
    edit(bundle, BROKEN[kind])
    with pytest.raises(XverifyError, match=f"onnxruntime refuses {bundle.model_path}") as caught:
        compare_bundle(bundle, OnnxRuntime(1))
    assert caught.value.hint


@pytest.mark.parametrize("kind", ["an input more", "an input less"])
def test_another_number_of_inputs_is_the_users_error(choices_bundle: Bundle, copied: Copy, kind: str) -> None:
    bundle = copied(choices_bundle)

    def change(model: ModelProto) -> None:
        if kind == "an input less":
            model.graph.input.pop()
        else:
            model.graph.input.append(onnx.helper.make_tensor_value_info("more", onnx.TensorProto.FLOAT, [2]))

    edit(bundle, change)
    with pytest.raises(XverifyError, match="onnxruntime refuses"):
        compare_bundle(bundle, OnnxRuntime(1))


def test_an_exception_of_ours_is_not_taken_for_onnxruntimes(
    cnn_bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    import onnxruntime

    def fault(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(onnxruntime, "InferenceSession", fault)
    with pytest.raises(ZeroDivisionError):
        compare_bundle(cnn_bundle, OnnxRuntime(1))


def test_values_keep_their_types(choices_bundle: Bundle) -> None:
    activations = OnnxRuntime(1).accumulated(choices_bundle)
    assert activations is not None
    for name, value in activations:
        layer = choices_bundle.layers[name]
        assert (np.asarray(value).shape, str(np.asarray(value).dtype)) == (layer.shape, layer.dtype)
