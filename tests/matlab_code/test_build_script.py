"""build_NAME.m as text: what it says, that it parses, and that no name of a model can break out of it."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import tree_sitter_matlab
from handmade_steps import HOSTILE, Steps, branching, step, steps, stored
from tree_sitter import Language, Node, Parser

from xverify.bundle.weights import Attribute, Operation
from xverify.matlab_code.build_script import build_script
from xverify.matlab_code.generated_files import generated_files

PARSER = Parser(Language(tree_sitter_matlab.language()))


def written(made: Steps) -> str:
    return build_script(made.manifest, made.graph, made.parameters)


def faults(node: Node) -> Iterator[str]:
    if node.is_error or node.is_missing:
        yield f"line {node.start_point[0] + 1}"
    for child in node.children:
        yield from faults(child)


def blocked(made: Steps) -> str:
    """The code of a network that cannot be built."""
    code = written(made)
    assert "xverify:build:unsupported" in code
    assert "dlnetwork" not in code.split("varargin")[-1]
    assert not list(faults(PARSER.parse(code.encode()).root_node))
    return code


def image_steps(folder: Path, *graph: Operation, shape: tuple[int, ...] = (1, 2, 7, 6)) -> Steps:
    """Steps whose values all have one shape."""
    shapes = dict.fromkeys(("x", *(item.layer for item in graph)), (shape, "NCHW"))
    return steps(folder, graph, [], shapes)


def test_it_reads_like_code_of_the_designer(tmp_path: Path) -> None:
    code = written(branching(tmp_path))
    assert "function [net, values] = build_handmade(varargin)" in code
    assert "imageInputLayer([7 6 2], 'Name', 'x', 'Normalization', 'none')" in code
    assert "convolution2dLayer([3 3], 4, 'Name', 'conv', 'Stride', [2 1], 'Padding', [0 0 1 1]" in code
    assert "'Weights', w.conv_Weights.value, 'Bias', zeros(1, 1, 4, 'single')" in re.sub(r" \.\.\.\n +", " ", code)
    assert "functionLayer(@(X) X .* min(max(X + 3, 0), 6), 'Name', 'act')" in code
    assert "additionLayer(2, 'Name', 'add')" in code
    assert "lgraph = connectLayers(lgraph, 'conv', 'add/in2');" in code
    assert "for_flatten(w.head_Weights.value, [3 6 4])" in code
    assert "net = dlnetwork(lgraph);" in code
    assert "'flat', 'flat', 'BC', [3 6 4]" in code
    assert "not yet run in matlab" in code.lower()


@pytest.mark.parametrize("name", ["handmade", HOSTILE, "", "9 lives", "end", "x" * 300])
def test_it_is_ascii_and_parses_whatever_the_model_is_called(tmp_path: Path, name: str) -> None:
    made = branching(tmp_path, name=name, classes=[HOSTILE])
    for file, text in generated_files(made.manifest, made.graph, made.parameters).items():
        assert re.fullmatch(r"(build|import|verify)_[A-Za-z0-9_]{1,40}\.m|README\.md", file)
        assert text.isascii()
        if file.endswith(".m"):
            assert not list(faults(PARSER.parse(text.encode()).root_node))
            assert f" {Path(file).stem}(varargin)" in text.splitlines()[0]
            assert max(map(len, text.splitlines())) <= 180


def test_a_hostile_name_stays_inside_its_comment(tmp_path: Path) -> None:
    plain, hostile = (
        generated_files(made.manifest, made.graph, made.parameters)
        for made in (branching(tmp_path / "a", name="n"), branching(tmp_path / "b", name=HOSTILE))
    )
    for (_, one), (_, other) in zip(plain.items(), hostile.items(), strict=True):
        assert len(one.splitlines()) == len(other.splitlines())
    code = next(text for file, text in hostile.items() if file.startswith("build_"))
    assert all(line.startswith("%") for line in code.splitlines() if "system(" in line)
    assert not [line for line in code.splitlines() if line.strip() in {"%{", "%}"}]


def test_the_same_network_gives_the_same_text(tmp_path: Path) -> None:
    assert written(branching(tmp_path / "a")) == written(branching(tmp_path / "b"))


def test_mh_lint_has_nothing_to_say(tmp_path: Path) -> None:
    made = branching(tmp_path, name=HOSTILE)
    folder = tmp_path / "code"
    folder.mkdir()
    for file, text in generated_files(made.manifest, made.graph, made.parameters).items():
        if file.endswith(".m"):
            (folder / file).write_text(text)
    command = [str(Path(sys.executable).parent / "mh_lint"), "--brief", str(folder)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_step_without_a_layer_is_listed_and_what_follows_is_not_blamed(tmp_path: Path) -> None:
    made = image_steps(
        tmp_path, step("reluLayer", "a", ["x"]), step("Wonder", "b", ["a"]), step("Wonder", "c", ["b"]), step("reluLayer", "d", ["c"])
    )  # fmt: skip
    code = blocked(made)
    assert "b (Wonder): there is no such layer" in code
    assert "c (Wonder)" not in code
    assert "d (" not in code


@pytest.mark.parametrize(
    ("op", "attributes", "reason"),
    [
        ("maxPooling2dLayer", {"kernel_size": [2.0, 2.0], "dilation": [2.0, 1.0]}, "dilation"),
        ("averagePooling2dLayer", {"kernel_size": [2.0, 2.0], "divisor_override": 3.0}, "divisor"),
        ("softmaxLayer", {"dim": 3.0}, "over another axis"),
        ("clippedReluLayer", {"min_val": -1.0, "max_val": 1.0}, "floor"),
        ("eluLayer", {"scale": 1.05}, "scale"),
        ("instanceNormalizationLayer", {"use_input_stats": 0.0}, "running mean"),
        ("wordEmbeddingLayer", {}, "Text Analytics Toolbox"),
        ("Flatten", {"axis": 2.0}, "batch"),
    ],
)
def test_settings_that_no_layer_has_are_refused(
    tmp_path: Path, op: str, attributes: dict[str, Attribute], reason: str
) -> None:
    assert reason in blocked(image_steps(tmp_path, step(op, "y", ["x"], (), "", **attributes)))


def test_a_transposed_convolution_may_crop_no_less_than_nothing(tmp_path: Path) -> None:
    made = step("transposedConv2dLayer", "y", ["x"], ["Weights"], stride=[2.0, 2.0], output_padding=[1.0, 0.0])
    shapes = {"x": ((1, 2, 4, 3), "NCHW"), "y": ((1, 3, 9, 5), "NCHW")}
    assert "output_padding" in blocked(steps(tmp_path, [made], [stored("y_Weights", 2, 2, 3, 2)], shapes))


def test_unknown_axes_of_an_input_are_not_guessed(tmp_path: Path) -> None:
    made = steps(tmp_path, [step("reluLayer", "y", ["x"])], [], {"x": ((2, 3, 4), ""), "y": ((2, 3, 4), "")})
    assert "x (input): what its axes mean is not known" in blocked(made)


def test_a_release_that_lacks_a_layer_is_refused_in_matlab(tmp_path: Path) -> None:
    code = written(image_steps(tmp_path, step("geluLayer", "y", ["x"], approximate="tanh")))
    assert "isMATLABReleaseOlderThan('R2022b')" in code
    assert "geluLayer('Name', 'y', 'Approximation', 'tanh')" in code
    assert "isMATLABReleaseOlderThan" not in written(image_steps(tmp_path / "b", step("reluLayer", "y", ["x"])))


def test_padding_of_a_rounded_up_pooling_is_written_as_numbers(tmp_path: Path) -> None:
    made = step(
        "maxPooling2dLayer", "y", ["x"], kernel_size=[3.0, 2.0], stride=[2.0, 2.0], padding=[1.0, 0.0], ceil_mode=1.0
    )
    shapes = {"x": ((1, 2, 8, 7), "NCHW"), "y": ((1, 2, 5, 4), "NCHW")}
    code = written(steps(tmp_path, [made], [], shapes))
    assert "maxPooling2dLayer([3 2], 'Name', 'y', 'Stride', [2 2], 'Padding', [1 2 0 1])" in code


def test_a_shared_output_is_named_in_the_order_of_pytorch(tmp_path: Path) -> None:
    graph = [step("reluLayer", "a", ["x"]), step("tanhLayer", "b", ["a"]), step("sigmoidLayer", "c", ["a"])]
    shapes = dict.fromkeys(("x", "a", "b", "c"), ((1, 3), "NC"))
    code = written(steps(tmp_path, graph, [], shapes, outputs=["c", "a"]))
    assert "outputs = {'c', 'a'}; % in PyTorch's order" in code
    assert "dlnetwork(lgraph, 'OutputNames', outputs)" in code


def test_a_flattening_that_others_read_keeps_pytorchs_order(tmp_path: Path) -> None:
    graph = [step("Flatten", "flat", ["x"], axis=1.0), step("softmaxLayer", "y", ["flat"], dim=1.0)]
    shapes = {"x": ((2, 3, 4, 5), "NCHW"), "flat": ((2, 60), "NC"), "y": ((2, 60), "NC")}
    code = written(steps(tmp_path, graph, [], shapes))
    assert "reshape(permute(stripdims(X), [2 1 3 4]), [], size(X, 4))" in code
    assert "flattenLayer(" not in code


def test_one_pixel_needs_no_other_order(tmp_path: Path) -> None:
    graph = [step("Flatten", "flat", ["x"], axis=1.0), step("fullyConnectedLayer", "y", ["flat"], ["Weights"])]
    shapes = {"x": ((2, 3, 1, 1), "NCHW"), "flat": ((2, 3), "NC"), "y": ((2, 4), "NC")}
    code = written(steps(tmp_path, graph, [stored("y_Weights", 4, 3)], shapes))
    assert "flattenLayer('Name', 'flat')" in code
    assert "for_flatten" not in code
