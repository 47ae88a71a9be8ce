"""README.md of a bundle."""

from pathlib import Path

from handmade_steps import HOSTILE, branching, step, steps

from xverify.matlab_code.readme import code, readme


def test_it_says_what_to_type_and_what_was_tried(tmp_path: Path) -> None:
    made = branching(tmp_path, name="my net", classes=["cat", "dog"])
    text = readme(made.manifest, made.graph, made.parameters)
    assert "Not yet run in MATLAB" in text
    for part in (
        "`verify_my_net`",
        "`import_my_net`",
        "`net = build_my_net`",
        "7 x 6 x 2 x 1 (SSCB)",
        "2 classes, in order: `cat`, `dog`",
    ):
        assert part in text
    for file in ("model.onnx", "weights.mat", "reference.mat", "manifest.json", "activations.mat"):
        assert f"| `{file}` |" in text


def test_it_says_what_cannot_be_built(tmp_path: Path) -> None:
    shapes = dict.fromkeys(("x", *(f"y{k}" for k in range(30))), ((1, 3), "NC"))
    graph = [step("Wonder", f"y{k}", ["x"]) for k in range(30)]
    made = steps(tmp_path, graph, [], shapes)
    text = readme(made.manifest, made.graph, made.parameters)
    assert "`build_handmade` cannot build this network" in text
    assert "- `y0` (`Wonder`): there is no such layer" in text
    assert "- and 10 more" in text


def test_names_stay_in_their_code_spans(tmp_path: Path) -> None:
    made = branching(tmp_path, name=HOSTILE, classes=[HOSTILE, ""])
    text = readme(made.manifest, made.graph, made.parameters)
    assert "<b>" in text
    outside = "".join(text.split("`")[::2])
    assert "<b>" not in outside
    assert "system(" not in outside
    assert code("a`b|c\nd") == "`a'b/c d`"
