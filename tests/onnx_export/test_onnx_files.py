import time
from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
from onnx import ModelProto, TensorProto, helper
from onnx_graphs import convolution, model, node, relu, torch_2_9_style, value, weight, written

from xverify.errors import XverifyError
from xverify.onnx_export import onnx_files
from xverify.onnx_export.onnx_files import Fault, external_locations, parse_onnx, read_onnx, structural_faults

# --- reading -------------------------------------------------------------------------------------------------------


def refused(path: Path, *words: str) -> XverifyError:
    with pytest.raises(XverifyError) as caught:
        read_onnx(path)
    assert [word for word in words if word not in str(caught.value)] == []
    assert caught.value.hint
    return caught.value


def test_a_sound_file_is_read(tmp_path: Path) -> None:
    assert read_onnx(written(relu(), tmp_path / "a.onnx")) == relu()


def test_what_is_no_file(tmp_path: Path) -> None:
    refused(tmp_path / "none.onnx", "none.onnx", "does not exist")
    refused(tmp_path, "is a folder")
    (tmp_path / "empty.onnx").touch()
    refused(tmp_path / "empty.onnx", "is empty")


@pytest.mark.parametrize("data", [b"hello, world\n", b"\x89PNG\r\n\x1a\n" + bytes(64), b"<html></html>", bytes(100)])
def test_what_is_no_onnx_file(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.onnx").write_bytes(data)
    refused(tmp_path / "a.onnx", "is not an ONNX file")


def test_a_pytorch_archive_is_recognised(tmp_path: Path) -> None:
    (tmp_path / "a.onnx").write_bytes(b"PK\x03\x04" + bytes(50))
    refused(tmp_path / "a.onnx", "zip", "export")


def test_a_file_that_was_cut_is_damaged(tmp_path: Path) -> None:
    data = convolution().SerializeToString()
    for length in (len(data) // 2, len(data) - len("\x00\x10\x11") - 40):
        (tmp_path / "a.onnx").write_bytes(data[:length])
        refused(tmp_path / "a.onnx", "damaged", "too early")


@pytest.mark.parametrize("name", [b"relu", b"Relu", b"net"])
def test_a_name_that_is_no_text_is_damage(tmp_path: Path, name: bytes) -> None:
    (tmp_path / "a.onnx").write_bytes(relu().SerializeToString().replace(name, b"\xff" * len(name)))
    refused(tmp_path / "a.onnx", "damaged", "UTF-8")


def test_every_cut_of_a_file_is_an_error_or_a_fault(tmp_path: Path) -> None:
    data = relu().SerializeToString()
    for length in range(len(data)):
        path = tmp_path / "a.onnx"
        path.write_bytes(data[:length])
        try:
            read = read_onnx(path)
        except XverifyError:
            continue
        assert structural_faults(read), length


@pytest.mark.parametrize("graph", [False, True])
def test_a_model_without_a_graph(tmp_path: Path, graph: bool) -> None:
    proto = ModelProto(ir_version=8)
    if graph:
        proto.graph.name = "nothing"
    refused(written(proto, tmp_path / "a.onnx"), "holds no graph")


def test_a_file_beyond_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_files, "LIMIT", 20)
    refused(written(relu(), tmp_path / "a.onnx"), "too large", "2 GB")


# --- weights in another file ---------------------------------------------------------------------------------------


def with_external(folder: Path, location: str = "a.data") -> Path:
    """A convolution whose weights lie in a.data, said to lie in `location`."""
    proto = convolution()
    onnx.save_model(proto, folder / "a.onnx", save_as_external_data=True, location="a.data", size_threshold=0)
    read = onnx.load(folder / "a.onnx", load_external_data=False)
    for entry in read.graph.initializer[0].external_data:
        if entry.key == "location":
            entry.value = location
    return written(read, folder / "a.onnx")


def test_weights_beside_the_model_are_read(tmp_path: Path) -> None:
    path = with_external(tmp_path)
    assert external_locations(parse_onnx(path)) == ["a.data"]
    read = read_onnx(path)
    assert read.graph.initializer[0].raw_data == convolution().graph.initializer[0].raw_data
    assert external_locations(read) == []


def test_weights_that_are_missing_or_cut(tmp_path: Path) -> None:
    path = with_external(tmp_path)
    (tmp_path / "a.data").write_bytes((tmp_path / "a.data").read_bytes()[:-1])
    refused(path, "a.data", "too short", "'w'")
    (tmp_path / "a.data").unlink()
    refused(path, "a.data", "not there")


@pytest.mark.parametrize("location", ["../secret", "{absolute}", "sub/../../secret", "link", "a\0b", ""])
def test_weights_outside_the_folder_are_refused(tmp_path: Path, location: str) -> None:
    home = tmp_path / "home"
    (home / "sub").mkdir(parents=True)
    (tmp_path / "secret").write_bytes(bytes(10_000))
    (home / "link").symlink_to(tmp_path / "secret")
    path = with_external(home, location.replace("{absolute}", str(tmp_path / "secret")))
    refused(path, "outside its own folder")


def test_weights_behind_a_link_are_refused_also_inside_the_folder(tmp_path: Path) -> None:
    """onnx itself follows no link."""
    path = with_external(tmp_path)
    (tmp_path / "a.data").rename(tmp_path / "b.data")
    (tmp_path / "a.data").symlink_to("b.data")
    refused(path, "cannot be read", "link")


# --- faults --------------------------------------------------------------------------------------------------------


def only(proto: ModelProto) -> Fault:
    (fault,) = structural_faults(proto)
    assert fault.message.endswith((".", "...")) or fault.kind == "model"
    assert fault.hint
    return fault


@pytest.mark.parametrize("make", [relu, convolution, torch_2_9_style])
def test_sound_models_have_no_faults(make: Callable[[], ModelProto]) -> None:
    assert structural_faults(make()) == []


def test_large_weights_and_old_files_whose_weights_are_inputs_have_no_faults() -> None:
    dense = [node("Gemm", "x w", "y", "dense")]
    weights = [weight("w", 80, 90)]
    new = model(dense, weights, [value("x", [2, 80])], [value("y", [2, 90])])
    old = model(
        dense, weights, [value("x", [2, 80]), value("w", [80, 90])], [value("y", [2, 90])], ir_version=3, opset=9
    )
    old.graph.node[0].input.append("b")
    old.graph.initializer.append(weight("b", 90))
    old.graph.input.append(value("b", [90]))
    assert structural_faults(new) == structural_faults(old) == []


def test_operators_of_another_domain() -> None:
    proto = model([node("Fast", "x", "a", "fast", domain="com.acme"), node("Relu", "a", name="r")])
    assert (only(proto).kind, only(proto).where) == ("operator domain", "fast")
    assert "com.acme.Fast" in only(proto).message


def test_functions_of_the_file_itself() -> None:
    proto = model([node("Mine", "x", "y", "mine", domain="local")])
    opset = [helper.make_opsetid("", 17)]
    proto.functions.append(helper.make_function("local", "Mine", ["a"], ["b"], [node("Relu", "a", "b")], opset))
    proto.opset_import.append(helper.make_opsetid("local", 1))
    assert only(proto).kind == "operator domain"
    assert "function" in only(proto).message


def test_loops_and_branches() -> None:
    branch = helper.make_graph([node("Relu", "x", "b")], "branch", [], [value("b")])
    condition = helper.make_tensor("c", TensorProto.BOOL, [], [True])
    proto = model([node("If", "c", "y", "choice", then_branch=branch, else_branch=branch)], [condition])
    assert (only(proto).kind, only(proto).where) == ("control flow", "choice")


def test_sequences() -> None:
    proto = model([node("SequenceConstruct", "x x", "s", "pack"), node("ConcatFromSequence", "s", "y", "join", axis=0)])
    assert {(fault.kind, fault.where) for fault in structural_faults(proto)} == {("types", "pack"), ("types", "join")}
    sequence = helper.make_tensor_sequence_value_info("x", TensorProto.FLOAT, None)
    assert only(model([node("Relu", "z", "y")], [weight("z", 2)], [sequence])).where == "x"


@pytest.mark.parametrize(("opset", "word"), [(99, "opset 99"), (0, "does not say")])
def test_opsets_that_are_not_known_or_not_said(opset: int, word: str) -> None:
    proto = relu()
    del proto.opset_import[:]
    if opset:
        proto.opset_import.append(helper.make_opsetid("", opset))
    assert only(proto).kind == "versions"
    assert word in only(proto).message


def test_ir_versions_that_are_not_known_or_not_said() -> None:
    for version in (99, 0):
        proto = relu()
        proto.ir_version = version
        assert only(proto).kind == "versions"


@pytest.mark.parametrize(
    ("operator", "opset", "word"),
    [("Gelu", 17, "opset 20 brought it"), ("Frobnicate", 17, "no operator"), ("", 17, "no")],
)
def test_operators_that_the_opset_has_not(operator: str, opset: int, word: str) -> None:
    fault = only(model([node(operator, "x", "y", "odd")], opset=opset))
    assert (fault.kind, fault.where) == ("unknown operator", "odd")
    assert word in fault.message


def test_an_operator_that_is_deprecated() -> None:
    assert "deprecated" in only(model([node("Upsample", "x s", "y", "up")], [weight("s", 4)], opset=10)).message


def test_a_cycle_and_a_wrong_order_are_told_apart() -> None:
    cycle = model([node("Add", "x b", "a", "one"), node("Relu", "a", "b", "two"), node("Relu", "b", "y", "three")])
    assert "cycle" in only(cycle).message
    unsorted = model([node("Relu", "a", "y", "late"), node("Relu", "x", "a", "early")])
    assert "not in order" in only(unsorted).message
    assert only(unsorted).where == "late"
    assert "cycle" in only(model([node("Add", "x y", "y", "self")])).message


def test_values_that_nothing_makes() -> None:
    assert "'ghost'" in only(model([node("Relu", "ghost", "y", "r")])).message
    assert "output 'y'" in only(model([node("Relu", "x", "z", "r")])).message


def test_values_that_are_made_twice() -> None:
    twice = model([node("Relu", "x", "y", "a"), node("Relu", "x", "y", "b")])
    assert (only(twice).kind, only(twice).where) == ("names", "y")
    assert only(model([node("Relu", "x", "x", "a"), node("Relu", "x", "y", "b")])).where == "x"


def test_node_names_that_repeat_are_a_fault_of_their_own_kind() -> None:
    assert only(model([node("Relu", "x", "a", "same"), node("Relu", "a", "y", "same")])).kind == "node names"
    assert structural_faults(model([node("Relu", "x", "a"), node("Relu", "a", "y")])) == []


def test_attributes_and_shapes_that_do_not_fit() -> None:
    assert only(model([node("Softmax", "x", "y", "s", axis="last")])).kind == "model"
    wrong = model([node("Gemm", "x w", "y", "dense")], [weight("w", 5, 2)], [value("x", [2, 4])])
    assert only(wrong).kind == "model"
    assert len(only(wrong).message) < 350


def test_ten_thousand_nodes_are_fast_also_when_all_are_wrong() -> None:
    count = 10_000
    chain = [node("Relu", f"v{index}", f"v{index + 1}", f"n{index}") for index in range(count)]
    sound = model(chain, inputs=[value("v0")], outputs=[value(f"v{count}")])
    backwards = model(chain[::-1], inputs=[value("v0")], outputs=[value(f"v{count}")])
    foreign = model([node("Odd", f"g{index}", "v", "same") for index in range(count)], outputs=[value("v")])
    started = time.perf_counter()
    assert structural_faults(sound) == []
    assert [fault.kind for fault in structural_faults(backwards)] == ["order"]
    assert {fault.kind for fault in structural_faults(foreign)} == {"unknown operator", "names", "node names", "order"}
    assert time.perf_counter() - started < 5
