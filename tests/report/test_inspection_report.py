import io

import pytest
from rich.cells import cell_len
from rich.console import Console
from sample_comparisons import HOSTILE
from sample_manifests import layer, manifest

from xverify.bundle.manifest import Manifest, Model
from xverify.report.inspection import print_layers
from xverify.report.text import one_line


def rendered(listed: Manifest, width: int | None) -> str:
    """What is printed on a terminal of this width; None stands for a pipe."""
    console = Console(file=io.StringIO(), width=width or 80, force_terminal=width is not None, color_system=None)
    print_layers(listed, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [60, 80, 120, 200, 260, None])
def test_everything_is_told_at_every_width(width: int | None) -> None:
    text = rendered(manifest(), width)
    for words in (
        "torchvision:densenet121",
        "seeded, randomised",
        "x float32 2x3x224x192 NCHW",
        "logits (layer classifier)",
        "17 (IR 8)",
        "torch 2.9.1",
        "features.relu5 is all zero",
        "6 layers, in topological order",
        "dens_dens_12_norm1",
        "features.denseblock3.denselayer12.norm1",
        "encoder.layers.encoder_layer_11.self_attention",
        "scaled_dot_product_attention",
        "2x608x14x12",
        "NCHW",
        "batchNormalizationLayer",
        "removed: dropout does nothing",
        "= dens_dens_12_norm1",
    ):
        assert words in text, words
    assert width is None or max(map(cell_len, text.splitlines())) <= width


@pytest.mark.parametrize("width", [60, 80, 120, 200, 260])
def test_parameters_are_named_inside_their_module(width: int) -> None:
    text = rendered(manifest(), width)
    assert ".weight, .bias, .running_mean, .running_var" in text
    assert "features.conv0.weight" not in text


def test_a_pipe_gets_one_line_a_layer_with_all_columns() -> None:
    lines = rendered(manifest(), None).splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("id "))
    assert lines[start].split("  ")[0] == "id"
    assert [line.split()[0] for line in lines[start + 1 :]] == [item.id for item in manifest().layers]


def test_a_tensor_of_another_name_and_notes_are_told() -> None:
    named = layer(
        "conv", "conv", "convolution", (2, 3, 5, 7), onnx_tensor="getitem_3", notes=("float64 not available",)
    )
    for width in (60, 80, 120, 200, None):
        text = rendered(manifest(layers=(named,)), width)
        assert "getitem_3" in text
        assert "float64 not available" in text


@pytest.mark.parametrize("width", [60, 80, 200, None])
def test_hostile_text_is_shown_and_never_interpreted(width: int | None) -> None:
    bad = layer("bad", HOSTILE, HOSTILE, (2, 3), onnx_tensor=HOSTILE, matlab_note=HOSTILE, parameters=(HOSTILE,))
    listed = manifest(layers=(bad,), model=Model(HOSTILE, HOSTILE, HOSTILE, 17, 8), warnings=(HOSTILE,))
    text = rendered(listed, width)
    assert "[bold]evil[/bold]" in text
    assert not set(text) & set("\x1b\x00\t\u202e\udc80")
    assert width is None or max(map(cell_len, text.splitlines())) <= width
    if width is None:
        assert one_line(HOSTILE) in text
