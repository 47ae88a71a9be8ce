import time
from pathlib import Path

import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper

from xverify.compat.naming import ImportedNames, graph_names, imported_names, make_valid_name, unique_names
from xverify.program.identifiers import is_identifier

UNET = Path(__file__).parents[3] / "shared" / "data" / "matlab-made" / "unet"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("/conv1/Conv", "x_conv1_Conv"),
        ("21", "x21"),
        ("onnx::Gemm_0", "onnx__Gemm_0"),
        ("_hidden", "x_hidden"),
        ("end", "xEnd"),
        ("endless", "endless"),
        ("my layer", "myLayer"),
        ("my Layer 2", "myLayer2"),
        (" lead", "lead"),
        ("über", "x_ber"),
        ("a.b-c", "a_b_c"),
        ("", "x"),
        ("fine_1", "fine_1"),
    ],
)
def test_make_valid_name(name: str, expected: str) -> None:
    assert make_valid_name(name) == expected


def test_a_tensor_takes_the_name_before_the_node() -> None:
    """Seen in the import of a YOLOv8n."""
    names = imported_names(["/model.0/act/Sigmoid_output_0"], ["/model.0/act/Sigmoid"])
    assert names.tensors == {"/model.0/act/Sigmoid_output_0": "x_model_0_act_Sigmoi"}
    assert names.layers == ("x_model_0_act_Sigm_1",)


def test_the_cut_leaves_room_for_the_widest_suffix_of_the_group() -> None:
    """Seen in the import of a YOLOv8n, in a group that reaches _13."""
    names = unique_names(["x_model_22_cv2_0__layer"] * 14)
    assert names[0] == "x_model_22_cv2_0__la"
    assert names[7] == "x_model_22_cv2_0__7"
    assert names[13] == "x_model_22_cv2_0__13"
    assert unique_names(["x_model_22_cv2_0__layer"] * 10)[7] == "x_model_22_cv2_0___7"


def test_nodes_are_numbered_in_their_order_with_slashes_sorted_behind_letters() -> None:
    nodes = [f"a_long_prefix_for_all/{name}/Conv" for name in ("conv2d", "conv2d_1", "conv2d_10")]
    assert sorted(nodes) == nodes
    names = imported_names([], nodes)
    assert names.layers == ("a_long_prefix_for__2", "a_long_prefix_for__1", "a_long_prefix_for_al")


def test_a_number_that_is_taken_is_skipped() -> None:
    assert unique_names(["a", "a", "a_1", "a"]) == ["a", "a_2", "a_1", "a_3"]


def test_skipped_numbers_can_widen_the_suffix() -> None:
    long = "abcdefghijklmnopqrst"
    taken = [f"abcdefghijklmnopqr_{number}" for number in range(1, 10)]
    assert unique_names([long, long, *taken])[:2] == [long, "abcdefghijklmnopq_1"]


def test_short_valid_unique_names_stay() -> None:
    names = imported_names(["input", "conv_out", "conv_w"], ["conv", "relu"])
    assert names.layers == ("conv", "relu")


def test_tensor_names_count_once_although_an_output_is_listed_twice() -> None:
    node = helper.make_node("Relu", ["x"], ["y"], name="y")
    value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 2]) for name in "xy"]
    assert graph_names(helper.make_graph([node], "g", value[:1], value[1:])).layers == ("y_1",)


@pytest.mark.skipif(not UNET.is_dir(), reason=f"the network that MATLAB saved is not here: {UNET}")
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_layers_of_a_unet_that_two_releases_saved() -> None:
    graph = onnx.load(UNET / "unet_113.onnx").graph
    names = graph_names(graph)
    convolutions = [index for index, node in enumerate(graph.node) if node.op_type == "Conv"]
    saved_2024 = saved_names(UNET / "unet113_2024b.mat")
    saved_2019 = saved_names(UNET / "unet113_2019.mat")
    assert len(convolutions) == 19
    assert len(saved_2024) == len(saved_2019) == 51
    in_both = [index for index in range(len(saved_2019)) if saved_2019[index].endswith("BiasAdd")]
    expected = {graph.node[index].name.replace("/", "|"): names.layers[index] for index in convolutions}
    assert len(in_both) == 19
    assert {saved_2019[index]: saved_2024[index] for index in in_both} == expected
    others = [index for index, name in enumerate(saved_2019) if name.startswith("Stateful")]
    by_name = {node.name.replace("/", "|"): names.layers[index] for index, node in enumerate(graph.node)}
    assert [saved_2024[index] for index in others] == [by_name[saved_2019[index]] for index in others]


def saved_names(path: Path) -> list[str]:
    """Names of all layers of a DAGNetwork that MATLAB saved."""
    matio = pytest.importorskip("matio", reason="mat-io, which reads network objects, is not installed")
    (network,) = (value.properties["any"][0, 0] for value in matio.load_from_mat(path).values())
    records = [layer.properties["any"][0, 0] for layer in network["Layers"].flat]
    return [str(record["Name"].flat[0]) for record in records]


ANY_NAMES = st.lists(st.text(alphabet="ab_1/ :.é", max_size=25) | st.text(max_size=30), max_size=40)
FINE_NAMES = st.lists(st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,19}", fullmatch=True), unique=True, max_size=30)


@given(ANY_NAMES, ANY_NAMES)
def test_names_are_always_valid_unique_and_short(tensors: list[str], nodes: list[str]) -> None:
    names = imported_names(tensors, nodes)
    every = [*names.tensors.values(), *names.layers]
    assert len(set(every)) == len(every) == len(set(tensors)) + len(nodes)
    assert [name for name in every if not is_identifier(name) and name != "ans"] == []


@given(FINE_NAMES, st.integers(0, 30))
def test_fine_names_are_kept(names: list[str], split: int) -> None:
    fine = [name for name in names if is_identifier(name)]
    tensors, nodes = fine[:split], fine[split:]
    assert imported_names(tensors, nodes) == ImportedNames({name: name for name in tensors}, tuple(nodes))


@pytest.mark.parametrize("form", ["the_same_long_prefix_for_all_{}", "a_{}", "{}"])
def test_ten_thousand_nodes_take_less_than_a_second(form: str) -> None:
    nodes = [form.format(number) for number in range(10_000)]
    started = time.perf_counter()
    names = imported_names([f"{name}_output" for name in nodes] + ["a"] * 10, [*nodes, *nodes])
    assert time.perf_counter() - started < 1
    assert len(set(names.layers)) == 20_000
