"""Every node has a unique name of at most 20 characters: its layer's id, or its layer's id and its operator."""

from handmade_graphs import parsed, state_of

from xverify.onnx_export.passes.name_nodes import name_nodes

NAMES = 20


def named(text: str, layers: dict[str, str]) -> list[str]:
    model = parsed(text)
    name_nodes(state_of(model, layers))
    return [node.name or "" for node in model.graph]


def test_the_node_that_makes_a_layer_has_its_id_and_inner_nodes_say_whose_they_are() -> None:
    text = """net (float[2,3] x) => (float[2,3] y) {
        val_0 = Exp(x)
        val_1 = Neg(val_0)
        a = Add(val_1, x)
        y = Relu(a)
    }"""
    assert named(text, {"a": "block_softplus", "y": "head"}) == [
        "block_softplus_Exp", "block_softplus_Neg", "block_softplus", "head",
    ]  # fmt: skip


def test_a_node_of_several_layers_has_the_first_ones_id() -> None:
    text = "net (float[2,6] x) => (float[2,3] a, float[2,3] b) { a, b = Split <axis = 1, num_outputs = 2> (x) }"
    assert named(text, {"a": "split_0", "b": "split_1"}) == ["split_0"]


def test_names_are_unique_short_and_never_those_of_a_layer() -> None:
    steps = "\n".join(f"v{index + 1} = Exp(v{index})" for index in range(300))
    text = f"net (float[2,3] x) => (float[2,3] y) {{ v0 = Neg(x) {steps} a = Abs(v300) y = Relu(a) }}"
    names = named(text, {"a": "a_long_name_of_layer", "y": "long_name_of_laye_Ex"})
    assert len(set(names)) == len(names) == 303
    assert max(map(len, names)) <= NAMES
    assert names[-2:] == ["a_long_name_of_layer", "long_name_of_laye_Ex"]


def test_a_node_that_leads_to_no_layer_is_named_after_its_operator() -> None:
    text = "net (float[2,3] x) => (float[2,3] y) { y = Relu(x) }"
    assert named(text, {}) == ["inner_Relu"]
